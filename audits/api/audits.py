"""/v1/audits: audits with feedback items, as programs make them."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields, Query, refuse
from audits.api.tasks import known_id, read_verdict
from audits.api.views import AUDIT, READ, ApiView
from audits.models import Audit, Feedback
from audits.models.feedback import FeedbackType
from audits.services.feedback import NO_SUCH_AUDIT, FoundFeedback, audits_of_task, find_audit, put_feedback
from audits.wire import instant
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.identifiers import parse_public_id

MOST_ITEMS = 1000
STATES = ("accepted", "rejected", "disputed")
ITEM_KEYS = {"id", "type", "scope", "category", "message", "state"}


def read_items(fields: Fields) -> list[dict[str, Any]]:
    items = fields.rest.pop("feedback_items", None)
    if items is None:
        return []
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        refuse("feedback_items", f"must be a list of at most {MOST_ITEMS} items.")
    return [_item(number, item) for number, item in enumerate(items)]


def _item(number: int, item: Any) -> dict[str, Any]:
    place = f"feedback_items/{number}"
    if not isinstance(item, dict):
        refuse(place, "must be a JSON object.")
    if item.get("type") not in FeedbackType.values:
        refuse(f"{place}/type", f"must be one of {', '.join(FeedbackType.values)}.")
    if item.get("state") not in (None, *STATES):
        refuse(f"{place}/state", f"must be one of {', '.join(STATES)}.")
    for name, longest in (("category", 120), ("message", 10_000)):
        text = item.get(name)
        if text is not None and (not isinstance(text, str) or len(text) > longest):
            refuse(f"{place}/{name}", f"must be text of at most {longest} characters.")
    if not isinstance(item.get("scope"), dict | str | None):
        refuse(f"{place}/scope", "must be a JSON object or text.")
    if unknown := sorted(item.keys() - ITEM_KEYS):
        raise InvalidInput(f"Unknown field “{place}/{unknown[0][:64]}”.")
    # An item that comes back to us gets an id of its own.
    return {name: value for name, value in item.items() if value is not None and name != "id"}


def read_feedback(fields: Fields) -> FoundFeedback:
    comment = fields.text("comments", longest=None) or ""
    judges = any(fields.rest.get(name) is not None for name in ("accepted", "audit_result"))
    if judges:
        fields.rest["comments"] = comment
    return FoundFeedback(
        items=read_items(fields), judgement=read_verdict(fields) if judges else None, comment=comment,
        source=fields.text("source", longest=120) or "", response_url=fields.text("response_url", longest=2048) or "",
    )  # fmt: skip


class AuditsView(ApiView):
    """PUT adds an audit; GET finds one by `id`, or all of a task by `task_id`."""

    needs = {"GET": READ, "PUT": AUDIT}

    def get(self, request: Request) -> Response:
        query, by = Query(request.query_params), request.membership
        task_id, audit_id = query.text("task_id"), query.text("id")
        if bool(task_id) == bool(audit_id):
            raise InvalidInput("Name task_id or id, one of them.")
        if audit_id:
            known = parse_public_id(audit_id)
            if known is None:
                raise NotFound(NO_SUCH_AUDIT)
            return Response(found_json(find_audit(by=by, audit_id=known)))
        docs = [found_json(one) for one in audits_of_task(by=by, task_id=known_id(task_id))]
        return Response({"docs": docs, "total": len(docs)})

    def put(self, request: Request) -> Response:
        fields = Fields(request)
        task_id, auditor, found = fields.required_text("task_id"), fields.text("auditor"), read_feedback(fields)
        fields.refuse_rest()
        feedback = put_feedback(
            by=request.membership, task_id=known_id(task_id), found=found, auditor_email=auditor, now=timezone.now()
        )
        return Response(found_json(feedback))


def found_json(one: Audit | Feedback) -> dict[str, Any]:
    """One shape for both: what people judged has no items, what a linter found may have no verdict."""
    is_feedback = isinstance(one, Feedback)
    found = {
        "id": one.pk.hex,
        "task_id": one.task_id.hex,
        "audit_result": one.verdict or None,
        "audited_by": (one.created_by if is_feedback else one.auditor).email,
        "audited_at": instant(one.created_at if is_feedback else one.audited_at),
        "audit_source": "customer",
        "comments": one.comment,
        "feedback_items": one.items if is_feedback else [],
        "errors": one.errors if is_feedback else 0,
        "source": (one.source or None) if is_feedback else None,
        "response_url": (one.response_url or None) if is_feedback else None,
    }
    return {key: value for key, value in found.items() if value is not None}
