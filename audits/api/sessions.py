"""/v1/audit_sessions: what the original API lacks, in its style. Unknown fields are refused."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields, Query, checked_texts, refuse
from audits.api.paging import read_id_token, token_behind
from audits.api.session_json import lock_json, seconds_json, session_json
from audits.api.session_plans import read_plan, read_second_share
from audits.api.tasks import known_id, read_verdict
from audits.api.views import AUDIT, ApiView, answer_task, whole_task
from audits.filters import REVIEW_CHOICES
from audits.models import AuditSession, attach_audits
from audits.plans import PlanRequest
from audits.services import remote_sessions
from audits.services.sampling import LARGEST_SEED, SampleSize
from audits.services.sessions import NO_SUCH_SESSION, find_session
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Scope
from labelops.tenancy.permissions import Permission

READ_SESSIONS = (Scope.TASKS_READ, Permission.AUDIT)
DRAW = (Scope.AUDITS_WRITE, Permission.DRAW_SAMPLE)
REVIEW_STATUSES = [value for value, _ in REVIEW_CHOICES]
LARGEST_SIZE = 2**31 - 1
TOKENS = 2**63


def session_id_of(text: str) -> UUID:
    session_id = parse_public_id(text)
    if session_id is None:
        raise NotFound(NO_SUCH_SESSION)
    return session_id


def read_filter(fields: Fields) -> dict[str, Any]:
    """The keys of TaskFilter that the body names."""
    given = {name: fields.text(name) for name in ("project", "batch", "type")}
    for name in ("completed_after", "completed_before"):
        given[name] = fields.instant_text(name)
    given["review_status"] = _review_statuses(fields)
    given["tags"] = fields.texts("tags")
    return {name: value for name, value in given.items() if value not in (None, "", [])}


def _review_statuses(fields: Fields) -> list[str]:
    """One, several with commas, or a list."""
    given = fields.rest.pop("review_status", None)
    texts = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else [given]
    texts = [text.strip() if isinstance(text, str) else text for text in texts if text not in (None, "")]
    if any(text not in REVIEW_STATUSES for text in texts):
        refuse("review_status", f"must be one or several of {', '.join(REVIEW_STATUSES)}.")
    return texts


def read_size(fields: Fields, plan: PlanRequest | None) -> SampleSize:
    size, percent, everything = fields.number("size"), fields.decimal("percent"), fields.flag("all")
    if (size is not None) + (percent is not None) + bool(everything) + (plan is not None) != 1:
        raise InvalidInput("Send one of size (a number), percent (above 0, up to 100), all (true) and plan.")
    if size is not None and not 1 <= size <= LARGEST_SIZE:
        refuse("size", f"must be a whole number from 1 to {LARGEST_SIZE}.")
    if percent is not None and not 0 < percent <= 100:
        refuse("percent", "must be above 0 and up to 100.")
    return SampleSize(number=size, percent=percent)


def read_seed(fields: Fields) -> int | None:
    seed = fields.number("seed")
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        refuse("seed", f"must be a whole number from 0 to {LARGEST_SEED}.")
    return seed


def read_auditors(fields: Fields) -> list[str]:
    return checked_texts("auditors", fields.texts("auditors") or [])


class SessionListView(ApiView):
    needs = {"GET": READ_SESSIONS, "POST": DRAW}

    def get(self, request: Request) -> Response:
        query = Query(request.query_params)
        limit, offset = query.limit(), query.offset()
        mine = AuditSession.objects.for_organization(request.organization).joinable_by(request.membership)
        if status := query.text("status"):
            if status not in AuditSession.Status.values:
                refuse("status", f"must be one of {', '.join(AuditSession.Status.values)}.")
            mine = mine.filter(status=status)
        page = mine.with_people().with_progress().with_auditors().newest_first()
        if token := query.text("next_token"):
            page = page.filter(pk__lt=read_id_token(token, request.organization))
        found = list(page[offset : offset + limit + 1])
        more = len(found) > limit
        answer = {"docs": [session_json(session) for session in found[:limit]], "total": mine.count(),
                  "offset": offset, "limit": limit, "has_more": more}  # fmt: skip
        if more:
            answer["next_token"] = token_behind(found[limit - 1].pk, request.organization)
        return Response(answer)

    def post(self, request: Request) -> Response:
        fields = Fields(request)
        plan = read_plan(fields)
        filter, size, seed = read_filter(fields), read_size(fields, plan), read_seed(fields)
        second_share = read_second_share(fields)
        auditors, name = read_auditors(fields), fields.text("name") or ""
        fields.refuse_rest()
        session = remote_sessions.open_remote_session(
            by=request.membership, filter=filter, size=size, seed=seed, auditors=auditors, name=name,
            plan=plan, second_share=second_share, now=timezone.now(),
        )  # fmt: skip
        return Response(session_json(session))


class SessionView(ApiView):
    needs = {"GET": READ_SESSIONS}

    def get(self, request: Request, session_id: str) -> Response:
        session = find_session(member=request.membership, session_id=session_id_of(session_id))
        return Response(session_json(session) | seconds_json(session, request.organization))


class FinishView(ApiView):
    needs = {"POST": AUDIT}

    def post(self, request: Request, session_id: str) -> Response:
        Fields(request).refuse_rest()
        session = remote_sessions.finish_remotely(
            by=request.membership, session_id=session_id_of(session_id), now=timezone.now()
        )
        return Response(session_json(session))


class ClaimView(ApiView):
    needs = {"POST": AUDIT}

    def post(self, request: Request, session_id: str) -> Response:
        fields = Fields(request)
        auditor = fields.text("auditor")
        fields.refuse_rest()
        turn = remote_sessions.claim_remotely(
            by=request.membership, session_id=session_id_of(session_id), auditor_email=auditor
        )
        if turn.claimed is None:
            return Response({"task": None, "lock": None, "remaining": turn.remaining})
        task, lease = turn.claimed.task, turn.claimed.lease
        attach_audits([task] if task.may_have_audits else [])
        lock = lock_json(lease.token, turn.auditor, lease.expires_at)
        return Response({"task": whole_task(task, request.organization), "lock": lock, "remaining": turn.remaining})


def read_hold(fields: Fields) -> dict[str, Any]:
    """`task_id`, `token` and `auditor_email` of a call about a held task."""
    task_id, token = fields.required_text("task_id"), fields.number("lock_token")
    if token is None:
        refuse("lock_token", "is required.")
    if not -TOKENS <= token < TOKENS:
        refuse("lock_token", "must be a whole number as claim gave it.")
    return {"task_id": known_id(task_id), "token": token, "auditor_email": fields.text("auditor")}


class HeartbeatView(ApiView):
    """A sign of life. The answer is the task, and beside it the lock with its new expiry."""

    needs = {"POST": AUDIT}

    def post(self, request: Request, session_id: str) -> Response:
        fields = Fields(request)
        held = read_hold(fields)
        fields.refuse_rest()
        hold = remote_sessions.renew_remotely(by=request.membership, session_id=session_id_of(session_id), **held)
        return _answer_hold(request, hold)


class ReleaseView(ApiView):
    """Gives the task back. The answer is the task, and `lock` is null."""

    needs = {"POST": AUDIT}

    def post(self, request: Request, session_id: str) -> Response:
        fields = Fields(request)
        held = read_hold(fields)
        fields.refuse_rest()
        hold = remote_sessions.release_remotely(
            by=request.membership, session_id=session_id_of(session_id), now=timezone.now(), **held
        )
        return _answer_hold(request, hold)


def _answer_hold(request: Request, hold: remote_sessions.Hold) -> Response:
    attach_audits([hold.task] if hold.task.may_have_audits else [])
    lock = lock_json(hold.token, hold.auditor, hold.expires_at) if hold.expires_at else None
    return Response(whole_task(hold.task, request.organization) | {"lock": lock})


class SubmitView(ApiView):
    needs = {"POST": AUDIT}

    def post(self, request: Request, session_id: str) -> Response:
        fields = Fields(request)
        held, judgement = read_hold(fields), read_verdict(fields)
        fields.refuse_rest()
        recorded = remote_sessions.submit_remotely(
            by=request.membership, session_id=session_id_of(session_id), judgement=judgement, now=timezone.now(),
            **held,
        )  # fmt: skip
        return answer_task(recorded.task, request.organization)
