"""/v1/audit_sessions/{id}/second_audits: tasks judged again, blind. Unknown fields are refused."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields
from audits.api.session_json import lock_json
from audits.api.sessions import read_hold, session_id_of
from audits.api.tasks import read_verdict
from audits.api.views import AUDIT, ApiView
from audits.models import SecondAudit
from audits.services import remote_seconds
from audits.services.blindness import blind_json
from audits.services.remote_seconds import SecondHold
from audits.wire import instant, response_json, task_json
from labelops.tenancy.models import Organization


def second_task_json(hold: SecondHold, organization: Organization) -> dict[str, Any]:
    """The task without a word of its audits; `response` is the one that the first auditor judged."""
    seen = {"response": response_json(hold.response)} if hold.response is not None else {}
    return blind_json(task_json(hold.task, organization)) | seen


def _lock(hold: SecondHold) -> dict[str, Any] | None:
    return lock_json(hold.token, hold.auditor, hold.expires_at) if hold.expires_at else None


def second_json(one: SecondAudit) -> dict[str, Any]:
    found = {
        "session_id": one.session_id.hex, "task_id": one.task_id.hex, "audit_result": one.verdict,
        "audited_by": one.auditor.email, "audited_at": instant(one.judged_at), "comments": one.comment,
        "response": response_json(one.response) if one.response is not None else None,
        "audit_active_time_secs": one.active_seconds,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


class ClaimSecondView(ApiView):
    needs = {"POST": AUDIT}

    def post(self, request: Request, session_id: str) -> Response:
        fields = Fields(request)
        auditor = fields.text("auditor")
        fields.refuse_rest()
        turn = remote_seconds.claim_second_remotely(
            by=request.membership, session_id=session_id_of(session_id), auditor_email=auditor
        )
        if turn.hold is None:
            return Response({"task": None, "lock": None, "remaining": 0})
        task = second_task_json(turn.hold, request.organization)
        return Response({"task": task, "lock": _lock(turn.hold), "remaining": turn.remaining})


class HeartbeatSecondView(ApiView):
    needs = {"POST": AUDIT}

    def post(self, request: Request, session_id: str) -> Response:
        fields = Fields(request)
        held = read_hold(fields)
        fields.refuse_rest()
        hold = remote_seconds.renew_second_remotely(by=request.membership, session_id=session_id_of(session_id), **held)
        return Response(second_task_json(hold, request.organization) | {"lock": _lock(hold)})


class ReleaseSecondView(ApiView):
    needs = {"POST": AUDIT}

    def post(self, request: Request, session_id: str) -> Response:
        fields = Fields(request)
        held = read_hold(fields)
        fields.refuse_rest()
        hold = remote_seconds.release_second_remotely(
            by=request.membership, session_id=session_id_of(session_id), now=timezone.now(), **held
        )
        return Response(second_task_json(hold, request.organization) | {"lock": None})


class SubmitSecondView(ApiView):
    needs = {"POST": AUDIT}

    def post(self, request: Request, session_id: str) -> Response:
        fields = Fields(request)
        held, judgement = read_hold(fields), read_verdict(fields)
        fields.refuse_rest()
        kept = remote_seconds.judge_second_remotely(
            by=request.membership, session_id=session_id_of(session_id), judgement=judgement, now=timezone.now(),
            **held,
        )  # fmt: skip
        return Response(second_json(kept))


ACTS: dict[str, type[ApiView]] = {
    "claim": ClaimSecondView,
    "heartbeat": HeartbeatSecondView,
    "release": ReleaseSecondView,
    "submit": SubmitSecondView,
}
