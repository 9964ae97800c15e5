"""The shapes that calls take and answers have, by name. Answers may have more keys."""

from typing import Any

from audits.filters import REVIEW_CHOICES
from audits.models import AuditSession, Batch, Task, Verdict
from audits.models.feedback import FeedbackType

Shape = dict[str, Any]
TEXT: Shape = {"type": "string"}
SHORT: Shape = {"type": "string", "maxLength": 255}
FLAG: Shape = {"type": "boolean"}
WHOLE: Shape = {"type": "integer"}
OBJECT: Shape = {"type": "object"}
INSTANT: Shape = {"type": "string", "examples": ["2026-01-15T09:30:00.000Z"]}
ID: Shape = {"type": "string", "examples": ["019bb1d0c8f27c1e8c5d3f6a9b2e4d10"]}
EMAIL: Shape = {"type": "string", "examples": ["ann@example.com"]}


def ref(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def list_of(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def one_of(values: Any) -> Shape:
    return {"type": "string", "enum": list(values)}


def some(required: str = "", /, **properties: Shape) -> Shape:
    """An object with these keys; those named in `required` (with blanks) are always there."""
    found: Shape = {"type": "object", "properties": properties}
    return found | ({"required": required.split()} if required else {})


def page_of(shape: Shape, **more: Shape) -> Shape:
    return some(
        "docs total limit offset has_more",
        docs=list_of(shape), total=WHOLE, limit=WHOLE, offset=WHOLE, has_more=FLAG, **more,
    )  # fmt: skip


RESULT = one_of(Verdict.values)
REVIEW = one_of(value for value, _ in REVIEW_CHOICES)
AUDIT_ENTRY = some(
    "audited_by audited_at audit_result audit_source",
    audited_by=EMAIL, audited_at=INSTANT, audit_time_secs={"type": "number"},
    audit_active_time_secs={"type": "number"}, audit_result=RESULT, audit_source=TEXT,
)  # fmt: skip
TASK = some(
    "task_id created_at updated_at type status instruction params is_test urgency metadata",
    task_id=ID, created_at=INSTANT, updated_at=INSTANT, completed_at=INSTANT, type=TEXT,
    status=one_of(Task.Status.values), instruction=TEXT, params=OBJECT, is_test=FLAG, urgency=TEXT, metadata=OBJECT,
    processed_attachments=list_of({}), response=OBJECT, callback_url=TEXT, callback_succeeded=FLAG,
    callback_completed=FLAG, unique_id=TEXT, tags=list_of(TEXT), completed_by=TEXT, project=TEXT, projectId=ID,
    project_param_version=WHOLE, batch=TEXT, customer_review_status=RESULT, customer_review_comments=list_of(TEXT),
    attempt=WHOLE, prior_responses=list_of(OBJECT), audits=list_of(AUDIT_ENTRY), customer_reviewed_by=EMAIL,
    customer_audited_at=INSTANT, customer_audit_time_secs={"type": "number"},
    customer_audit_active_time_secs={"type": "number"},
)  # fmt: skip
LIMITED_TASK = some("task_id status metadata", task_id=ID, status=TEXT, metadata=OBJECT, project=TEXT)
LOCK = some("token holder expires_at", token=WHOLE, holder=EMAIL, expires_at=INSTANT)
SESSION = some(
    "session_id status population size seed manifest remaining created_at",
    session_id=ID, name=TEXT, status=one_of(AuditSession.Status.values), population=WHOLE, size=WHOLE, seed=WHOLE,
    manifest=OBJECT, remaining=WHOLE, accepted=WHOLE, fixed=WHOLE, rejected=WHOLE, withdrawn=WHOLE,
    auditors=list_of(EMAIL), created_by=EMAIL, created_at=INSTANT, finished_at=INSTANT,
)  # fmt: skip
SECOND_TASK = some(
    "task_id type status params second_audit", task_id=ID, type=TEXT, status=TEXT, instruction=TEXT, params=OBJECT,
    response=OBJECT, metadata=OBJECT, tags=list_of(TEXT), unique_id=TEXT, project=TEXT, batch=TEXT, completed_by=TEXT,
    second_audit=one_of(["outstanding"]),
)  # fmt: skip
SECOND_AUDIT = some(
    "session_id task_id audit_result audited_by audited_at comments", session_id=ID, task_id=ID, audit_result=RESULT,
    audited_by=EMAIL, audited_at=INSTANT, comments=TEXT, response=OBJECT, audit_active_time_secs={"type": "number"},
)  # fmt: skip
ITEM_STATES = one_of(["accepted", "rejected", "disputed"])
SCOPE = {"anyOf": [OBJECT, TEXT]}
FEEDBACK_ITEM = some(
    "type", id=ID, type=one_of(FeedbackType.values), scope=SCOPE, category={"type": "string", "maxLength": 120},
    message={"type": "string", "maxLength": 10_000}, state=ITEM_STATES,
)  # fmt: skip
FEEDBACK = some(
    "id task_id audited_by audited_at feedback_items errors",
    id=ID, task_id=ID, audit_result=RESULT, audited_by=EMAIL, audited_at=INSTANT, audit_source=TEXT, comments=TEXT,
    feedback_items=list_of(ref("FeedbackItem")), errors=WHOLE, source=TEXT, response_url=TEXT,
)  # fmt: skip
PROJECT = some(
    "id name type created_at param_history",
    id=ID, name=TEXT, type=TEXT, created_at=INSTANT, param_history=list_of(OBJECT), callback_url=TEXT,
    hold_callbacks=FLAG, archived=FLAG,
)  # fmt: skip
BATCH = some(
    "id name project projectId status metadata created_at",
    id=ID, name=TEXT, project=TEXT, projectId=ID, status=one_of(Batch.Status.values), callback=TEXT, metadata=OBJECT,
    is_calibration_batch=FLAG, is_self_label_batch=FLAG, created_at=INSTANT, completed_at=INSTANT,
)  # fmt: skip
ERROR = some("status_code error", status_code=WHOLE, error=TEXT)

SHAPES: dict[str, Shape] = {
    "Task": TASK, "TaskList": page_of({"anyOf": [ref("Task"), LIMITED_TASK]}, next_token=TEXT), "Lock": LOCK,
    "AuditSession": SESSION, "AuditSessionList": page_of(ref("AuditSession"), next_token=TEXT),
    "FeedbackItem": FEEDBACK_ITEM, "Audit": FEEDBACK, "Project": PROJECT, "Batch": BATCH,
    "BatchList": page_of(ref("Batch"), totalDocs=WHOLE), "Error": ERROR,
    "HeldTask": {"allOf": [ref("Task"), some("lock", lock=or_null(ref("Lock")))]},
    "SecondTask": {"allOf": [SECOND_TASK, some("lock", lock=or_null(ref("Lock")))]}, "SecondAudit": SECOND_AUDIT,
    "SecondClaim": some("task lock remaining", task=or_null(SECOND_TASK), lock=or_null(ref("Lock")), remaining=WHOLE),
    "Claim": some("task lock remaining", task=or_null(ref("Task")), lock=or_null(ref("Lock")), remaining=WHOLE),
}  # fmt: skip
