"""The JSON of tasks, batches and projects as the official Scale client reads it, in API answers and callbacks alike.

Keys that have no value are absent, never null: `hasattr(task, "tags")` means something to that client.
"""

from datetime import UTC, datetime
from typing import Any

from audits.models import Audit, Batch, ListedTask, Project, Task, Verdict
from audits.task_types.patch import json_patch
from labelops.tenancy.models import Organization

VERDICT_IN_WORDS = {"accepted": "Accepted", "fixed": "Fixed", "rejected": "Rejected"}


def instant(value: datetime | str | None) -> str | None:
    """`2026-11-22T16:00:00.123Z`, out of an instant or of what PostgreSQL writes into its JSON; None stays None."""
    if type(value) is str:
        if value.endswith("+00:00") and len(value) < 33:
            return f"{value[:19]}.{value[20:-6]:0<3.3}Z"
        value = datetime.fromisoformat(value)
    # isoformat cuts to milliseconds and writes every year with four digits; strftime does not.
    return value.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z" if value else None


def response_json(response: dict[str, Any]) -> dict[str, Any]:
    """Says inside of every response whether an audit made it."""
    return {**response, "is_customer_fix": bool(response.get("is_customer_fix"))}


def task_json(task: Task | ListedTask, organization: Organization, *, delivered: bool | None = None) -> dict[str, Any]:
    """The whole task. `delivered`: how its newest callback ended, None before.

    Reads `project`, `batch`, `completed_by` and `audits` (newest first): fetch them before.
    """
    found: dict[str, Any] = {
        "task_id": task.public_id,
        "created_at": instant(task.created_at),
        "updated_at": instant(task.updated_at),
        "completed_at": instant(task.completed_at),
        "type": task.type,
        "status": task.status,
        "instruction": task.instruction,
        "params": task.params,
        "is_test": organization.is_test,
        "urgency": task.urgency,
        "metadata": task.metadata,
        "processed_attachments": [],
    }
    # Fifty times in a list: what is not there is not written, rather than taken out again.
    if task.response is not None:
        found["response"] = response_json(task.response)
    if task.callback_url:
        found["callback_url"] = task.callback_url
    if delivered is not None:
        found["callback_succeeded"] = found["callback_completed"] = delivered
    if task.unique_id is not None:
        found["unique_id"] = task.unique_id
    if task.tags is not None:
        found["tags"] = task.tags
    if task.completed_by_id:
        found["completed_by"] = task.completed_by.external_id
    # From the first redo on.
    if task.attempt > 1:
        found["attempt"] = task.attempt
    _add_place(found, task)
    if task.may_have_audits:
        found |= _review_json(task)
    return {key: value for key, value in found.items() if value is not None} if None in found.values() else found


def _add_place(found: dict[str, Any], task: Task | ListedTask) -> None:
    if task.project_id:
        found["project"], found["projectId"] = task.project.name, task.project_id.hex
        found["project_param_version"] = task.project_version
    if task.batch_id:
        found["batch"] = task.batch.name


def _review_json(task: Task | ListedTask) -> dict[str, Any]:
    """What audits added; nothing at all before the first."""
    audits = task.known_audits
    if not audits:
        return {}
    newest = audits[0]
    return {
        "customer_review_status": task.review_status or None,
        "customer_review_comments": [audit.comment for audit in reversed(audits)],
        "prior_responses": [response_json(response) for response in task.prior_responses],
        "changes": _changes(task),
        "audits": [audit_json(audit) for audit in audits],
        "customer_reviewed_by": newest.auditor.email,
        "customer_audited_at": instant(newest.audited_at),
        "customer_audit_time_secs": newest.seconds,
        "customer_audit_active_time_secs": newest.active_seconds,
    }


def _changes(task: Task | ListedTask) -> list[dict[str, Any]] | None:
    """Of a fixed task: JSON Patch (RFC 6902) from the last of `prior_responses` to `response`, as both are sent."""
    if task.review_status != Verdict.FIXED or not task.prior_responses or task.response is None:
        return None
    return json_patch(response_json(task.prior_responses[-1]), response_json(task.response))


def audit_json(audit: Audit) -> dict[str, Any]:
    found = {
        "audited_by": audit.auditor.email,
        "audited_at": instant(audit.audited_at),
        "audit_time_secs": round(audit.seconds, 3),
        "audit_active_time_secs": audit.active_seconds,
        "audit_result": audit.verdict,
        "audit_source": "customer",
        "reasons": audit.reasons or None,
        "pinned_comments": audit.pins or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def callback_json(task: Task, organization: Organization) -> dict[str, Any]:
    """The callback's body: Scale's four keys, and at top level the seed's three with the seed's words."""
    whole = task_json(task, organization)
    body = {"task": whole, "response": whole.get("response"), "task_id": task.public_id, "status": task.status}
    body["sequence"] = task.callback_sequence
    if "customer_review_comments" in whole:
        body["customer_review_status"] = VERDICT_IN_WORDS.get(task.review_status)
        body["customer_review_comments"] = whole["customer_review_comments"]
        body["prior_responses"] = whole["prior_responses"]
    return {key: value for key, value in body.items() if value is not None}


def project_json(project: Project) -> dict[str, Any]:
    """Reads `versions` (oldest first): fetch them before."""
    history = [
        {**version.params, "instruction": version.instruction, "version": version.version,
         "created_at": instant(version.created_at)}
        for version in project.versions.all()
    ]  # fmt: skip
    found = {
        "id": project.id.hex,
        "name": project.name,
        "type": project.type,
        "created_at": instant(project.created_at),
        "param_history": history,
        "callback_url": project.callback_url or None,
        "hold_callbacks": project.hold_callbacks,
        "archived": True if project.archived_at else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def batch_json(batch: Batch) -> dict[str, Any]:
    found = {
        "id": batch.id.hex,
        "name": batch.name,
        "project": batch.project.name,
        "projectId": batch.project_id.hex,
        "status": batch.status,
        "callback": batch.callback_url or None,
        "metadata": batch.metadata,
        "is_calibration_batch": batch.is_calibration,
        "is_self_label_batch": batch.is_self_label,
        "created_at": instant(batch.created_at),
        "completed_at": instant(batch.completed_at),
    }
    return {key: value for key, value in found.items() if value is not None}
