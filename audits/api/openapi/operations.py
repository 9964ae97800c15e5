"""What each call takes and answers, by address and method. Without a row here the route alone describes a call."""

from dataclasses import dataclass, field
from typing import Any

from audits.api.openapi import exports, reports
from audits.api.openapi.shapes import (
    EMAIL,
    FLAG,
    ID,
    INSTANT,
    ITEM_STATES,
    OBJECT,
    RESULT,
    REVIEW,
    SCOPE,
    SHORT,
    TEXT,
    WHOLE,
    Shape,
    list_of,
    one_of,
    or_null,
    ref,
    some,
)
from audits.models import AuditSession, Batch, Task
from audits.models.feedback import FeedbackType
from audits.services.projects import LONGEST_REASON
from audits.services.sampling import LARGEST_SEED
from audits.services.task_errors import LONGEST_ERROR

FREE: Shape = {"type": "object", "additionalProperties": True}


def strict(shape: Shape) -> Shape:
    """For what the original API does not have: a misspelt key is refused."""
    return shape | {"additionalProperties": False}


@dataclass(frozen=True)
class Operation:
    summary: str
    answer: Shape = field(default_factory=lambda: FREE)
    body: Shape | None = None
    query: dict[str, Shape] = field(default_factory=dict)
    example: Any = None
    """A body that works, or with a query: its values."""


PAGE: dict[str, Shape] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 100},
    "offset": {"type": "integer", "minimum": 0, "maximum": 100_000, "default": 0},
}
TOKEN: dict[str, Shape] = {"next_token": TEXT}
WHEN = ("completed_after", "completed_before")
TASK_QUERY: dict[str, Shape] = {
    **PAGE, **TOKEN, "project": TEXT, "batch": TEXT, "type": TEXT, "status": one_of(Task.Status.values),
    **dict.fromkeys(("start_time", "end_time", *WHEN, "updated_after", "updated_before"), INSTANT),
    "customer_review_status": {"type": "string", "examples": ["pending", "fixed,rejected"]}, "tags": list_of(TEXT),
    "unique_id": list_of(TEXT), "redo": one_of(["any", "waiting", "done"]), "limited_response": FLAG,
    "include_attachment_url": FLAG,
}  # fmt: skip
REPORT_QUERY: dict[str, Shape] = {
    **{name: shape for name, shape in TASK_QUERY.items() if name not in (
        *PAGE, "next_token", "limited_response", "include_attachment_url")},
    "auditor": EMAIL, "performer": TEXT,
}  # fmt: skip
REPORT_PAGES: dict[str, Shape] = {**PAGE, **TOKEN, **REPORT_QUERY}
BATCH_QUERY: dict[str, Shape] = {
    **PAGE, "project": TEXT, "status": one_of(Batch.Status.values), "exclude_archived": FLAG,
    **dict.fromkeys(("start_time", "end_time", *WHEN), INSTANT),
}  # fmt: skip
NEW_TASK = some(
    project=SHORT, project_version={"type": "integer", "minimum": -1, "maximum": 1000}, batch=SHORT, instruction=TEXT,
    metadata=OBJECT, tags=list_of(SHORT), unique_id=SHORT, callback_url=SHORT,
    urgency={"type": "string", "maxLength": 32},
) | {"additionalProperties": True}  # fmt: skip
BIRD = {
    "project": "birds", "unique_id": "frame-1", "attachment_type": "image",
    "attachment": "https://example.com/1.jpg", "categories": ["duck", "goose"],
}  # fmt: skip
REASON: Shape = {"type": "string", "maxLength": LONGEST_REASON, "description": "One of the project's reasons."}
VERDICT: dict[str, Shape] = {
    "audit_result": RESULT, "comments": TEXT, "response": OBJECT, "auditor": EMAIL, "reasons": list_of(REASON),
}  # fmt: skip
HOLD: dict[str, Shape] = {"task_id": ID, "lock_token": WHOLE}
HELD = {"task_id": "019bb1d0c8f27c1e8c5d3f6a9b2e4d10", "lock_token": 41}
NEW_SESSION = strict(some(
    project=SHORT, batch=SHORT, type=SHORT, completed_after=INSTANT, completed_before=INSTANT,
    review_status={"anyOf": [REVIEW, list_of(REVIEW)]}, tags=list_of(SHORT),
    size={"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    percent={"type": "number", "exclusiveMinimum": 0, "maximum": 100}, all=FLAG,
    seed={"type": "integer", "minimum": 0, "maximum": LARGEST_SEED}, auditors=list_of(EMAIL), name=SHORT,
))  # fmt: skip
NEW_ITEM = strict(some(
    "type", id=ID, type=one_of(FeedbackType.values), scope=SCOPE, category={"type": "string", "maxLength": 120},
    message=TEXT, state=ITEM_STATES,
))  # fmt: skip
NEW_AUDIT = strict(some(
    "task_id", task_id=ID, feedback_items=list_of(NEW_ITEM), source={"type": "string", "maxLength": 120},
    response_url=TEXT, accepted=FLAG, **VERDICT,
))  # fmt: skip
TAGS = Operation("Replace the task's tags", ref("Task"), list_of(SHORT), example=["river"])
TASK = "/v1/task/{task_id}"
SESSION = "/v1/audit_sessions/{session_id}"
SECOND = f"{SESSION}/second_audits"

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/v1/tasks"): Operation("List tasks, newest first", ref("TaskList"), query=TASK_QUERY),
    ("GET", "/v1/task/{name}"): Operation("One task, by its id or its unique_id", ref("Task")),
    ("POST", "/v1/task/{name}"): Operation("Create a task of this type", ref("Task"), NEW_TASK, example=BIRD),
    ("POST", f"{TASK}/audit"): Operation(
        "Audit a completed task", ref("Task"), some(accepted=FLAG, **VERDICT),
        example={"audit_result": "fixed", "response": {"category": "goose"}, "comments": "In front is a goose."}),
    ("POST", f"{TASK}/cancel"): Operation("Cancel a pending task", ref("Task"), query={"clear_unique_id": FLAG}),
    ("POST", f"{TASK}/response"): Operation(
        "Complete a pending task", ref("Task"),
        strict(some("response", response=OBJECT, completed_by=SHORT, completed_at=INSTANT)),
        example={"response": {"category": "duck"}, "completed_by": "annotator-17"}),
    ("POST", f"{TASK}/error"): Operation(
        "Say that a pending task cannot be done", ref("Task"),
        strict(some("error", error={"type": "string", "minLength": 1, "maxLength": LONGEST_ERROR})),
        example={"error": "The image could not be loaded."}),
    ("POST", f"{TASK}/redo"): Operation(
        "Send a rejected task back to be done again", ref("Task"),
        strict(some(note={"type": "string", "maxLength": 2000})),
        example={"note": "Look at the bird in front."}),
    ("POST", f"{TASK}/unique_id"): Operation(
        "Set the task's unique_id", ref("Task"), some("unique_id", unique_id=SHORT), example={"unique_id": "frame-1"}),
    ("DELETE", f"{TASK}/unique_id"): Operation("Clear the task's unique_id", ref("Task")),
    ("POST", f"{TASK}/setMetadata"): Operation("Replace the task's metadata", ref("Task"), FREE, example={"frame": 1}),
    ("POST", f"{TASK}/tags"): TAGS,
    ("PUT", f"{TASK}/tags"): Operation("Add tags", ref("Task"), list_of(SHORT), example=["checked"]),
    ("DELETE", f"{TASK}/tags"): Operation("Remove tags", ref("Task"), list_of(SHORT), example=["checked"]),
    ("GET", "/v1/projects"): Operation("List projects", list_of(ref("Project")), query={"archived": FLAG}),
    ("POST", "/v1/projects"): Operation(
        "Create a project", ref("Project"), some("name type", name=SHORT, type=SHORT, params=OBJECT),
        example={"name": "birds", "type": "categorization", "params": {"categories": ["duck", "goose"]}}),
    ("GET", "/v1/projects/{name}"): Operation("One project", ref("Project")),
    ("POST", "/v1/projects/{name}/setParams"): Operation(
        "Add a version of the project's parameters", ref("Project"), some(patch=FLAG) | {"additionalProperties": True},
        example={"instruction": "Which bird is in front?", "patch": True}),
    ("POST", "/v1/projects/{name}/setCallbacks"): Operation(
        "Where callbacks of the project's tasks go, and when a verdict is told", ref("Project"),
        strict(some(callback_url={"type": "string", "maxLength": 2048}, hold_callbacks=or_null(FLAG))),
        example={"callback_url": "https://example.com/callbacks", "hold_callbacks": True}),
    ("GET", "/v1/batches"): Operation("List batches, newest first", ref("BatchList"), query=BATCH_QUERY),
    ("POST", "/v1/batches"): Operation(
        "Create a batch", ref("Batch"), some("project name", project=SHORT, name=SHORT, callback=TEXT, metadata=OBJECT,
                                             calibration_batch=FLAG, self_label_batch=FLAG, staging=FLAG),
        example={"project": "birds", "name": "week 1"}),
    ("GET", "/v1/batches/{name}"): Operation("One batch", ref("Batch")),
    ("GET", "/v1/batches/{name}/status"): Operation(
        "The batch's status, and how many of its tasks have which", some("status", status=TEXT, pending=WHOLE,
                                                                         completed=WHOLE, error=WHOLE, canceled=WHOLE)),
    ("POST", "/v1/batches/{name}/finalize"): Operation("Staging ends: the batch is in progress", ref("Batch")),
    ("POST", "/v1/batches/{name}/setMetadata"): Operation(
        "Replace the batch's metadata", ref("Batch"), FREE, example={"camera": 4}),
    ("GET", "/v1/audits"): Operation(
        "One audit by `id`, or all audits of a task by `task_id`",
        {"anyOf": [ref("Audit"), some("docs total", docs=list_of(ref("Audit")), total=WHOLE)]},
        query={"task_id": TEXT, "id": TEXT}),
    ("PUT", "/v1/audits"): Operation(
        "Add an audit with feedback items; without audit_result the verdict is left to people", ref("Audit"), NEW_AUDIT,
        example={"task_id": HELD["task_id"], "source": "box linter 2", "feedback_items": [
            {"type": "error", "scope": {"annotation": "a1"}, "category": "label", "message": "This is a goose."}]}),
    ("GET", "/v1/reports/summary"): Operation("Totals and the acceptance", reports.SUMMARY, query=REPORT_QUERY),
    ("GET", "/v1/reports/weeks"): Operation("The last four weeks, newest first", reports.WEEKS, query=REPORT_QUERY),
    ("GET", "/v1/reports/tasks"): Operation("Task Level Report, newest first", reports.TASKS, query=REPORT_PAGES),
    ("GET", "/v1/reports/auditors"): Operation("Auditor Quality", reports.AUDITORS, query=REPORT_QUERY),
    ("GET", "/v1/reports/batches"): Operation("Auditor Tracker", reports.BATCHES, query={
        **REPORT_PAGES, "batch_status": one_of(Batch.Status.values)}),
    ("GET", "/v1/audit_sessions"): Operation(
        "List audit sessions, newest first", ref("AuditSessionList"),
        query={**PAGE, **TOKEN, "status": one_of(AuditSession.Status.values)}),
    ("POST", "/v1/audit_sessions"): Operation(
        "Draw a random sample of completed tasks and queue it; one of size, percent and all", ref("AuditSession"),
        NEW_SESSION, example={"project": "birds", "review_status": "pending", "percent": 10, "seed": 7}),
    ("GET", SESSION): Operation("One audit session", ref("AuditSession")),
    ("POST", f"{SESSION}/finish"): Operation("Hand out no more tasks", ref("AuditSession"), strict(some())),
    ("POST", f"{SESSION}/claim"): Operation(
        "The task that the auditor holds already, renewed, or the next one", ref("Claim"), strict(some(auditor=EMAIL)),
        example={"auditor": "ann@example.com"}),
    ("POST", f"{SESSION}/heartbeat"): Operation(
        "A sign of life: the lock lasts longer", ref("HeldTask"),
        strict(some("task_id lock_token", **HOLD, auditor=EMAIL)), example=HELD),
    ("POST", f"{SESSION}/release"): Operation(
        "Give the task back for others", ref("HeldTask"), strict(some("task_id lock_token", **HOLD, auditor=EMAIL)),
        example=HELD),
    ("POST", f"{SESSION}/submit"): Operation(
        "Record the verdict under the lock", ref("Task"),
        strict(some("task_id lock_token", **HOLD, accepted=FLAG, **VERDICT)),
        example={**HELD, "audit_result": "accepted", "comments": "Sharp and clear."}),
    ("POST", f"{SECOND}/claim"): Operation(
        "The task to audit again that the auditor has in hand, renewed, or the next one; nothing of the first verdict",
        ref("SecondClaim"), strict(some(auditor=EMAIL)), example={"auditor": "ben@example.com"}),
    ("POST", f"{SECOND}/heartbeat"): Operation(
        "A sign of life: the lock lasts longer", ref("SecondTask"),
        strict(some("task_id lock_token", **HOLD, auditor=EMAIL)), example=HELD),
    ("POST", f"{SECOND}/release"): Operation(
        "Leave the task to another second auditor", ref("SecondTask"),
        strict(some("task_id lock_token", **HOLD, auditor=EMAIL)), example=HELD),
    ("POST", f"{SECOND}/submit"): Operation(
        "Keep the second verdict; the task stays as it is", ref("SecondAudit"),
        strict(some("task_id lock_token", **HOLD, accepted=FLAG, **VERDICT)),
        example={**HELD, "audit_result": "accepted"}),
    ("GET", "/v1/exports/lists"): Operation(
        "What can be exported, with the columns and the keys of its filter",
        some("docs", docs=list_of(exports.LISTING))),
    ("GET", "/v1/exports"): Operation(
        "List exports, newest first", exports.EXPORTS, query={"limit": PAGE["limit"], **TOKEN}),
    ("POST", "/v1/exports"): Operation(
        "Export a list or a report in the background", exports.EXPORT, strict(exports.NEW_EXPORT),
        example={"list": "tasks", "format": "jsonl", "columns": ["task_id", "customer_review_status"],
                 "filter": {"project": "birds", "customer_review_status": "fixed,rejected"}}),
    ("GET", "/v1/exports/{export_id}"): Operation("One export: how far it is, or why it stopped", exports.EXPORT),
    ("DELETE", "/v1/exports/{export_id}"): Operation(
        "Stop it and take its file away", some("success", success=FLAG)),
    ("GET", "/v1/exports/{export_id}/download"): Operation(
        "The finished file, named and typed by its format", {"type": "string", "format": "binary"}),
}  # fmt: skip
