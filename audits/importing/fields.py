"""From a record to a task's fields: the shape of the Scale dialect, checked without the database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from audits.models import Task
from audits.services.metadata import MOST_METADATA_BYTES, checked_metadata
from labelops.errors import InvalidInput

ATTACHMENT = ("attachment", "attachments", "attachment_type")
OBJECTS = ("params", "response", "metadata")
# Kept in the metadata: who said what before the response was settled.
JUDGMENTS = "judgments"
KNOWN = frozenset(
    {"task_id", "unique_id", "type", "status", "project", "batch", "instruction", "callback_url", "created_at",
     "completed_at", "completed_by", "tags", JUDGMENTS, *OBJECTS, *ATTACHMENT}
)  # fmt: skip
# What the product writes itself when it returns a task: nothing to take over, nothing to warn about.
_OWN = frozenset({"updated_at", "is_test", "urgency", "processed_attachments", "callback_succeeded", "projectId",
                 "callback_completed", "project_param_version", "callback_succeeded_at"})  # fmt: skip
ACCEPTED = KNOWN | _OWN
STATUSES = frozenset(Task.Status.values)


@dataclass(slots=True)
class TaskFields:
    """What a record says about a task. `None` or empty: it says nothing."""

    type: str
    project: str
    batch: str
    unique_id: str | None
    status: str
    instruction: str
    params: dict[str, Any]
    response: dict[str, Any] | None
    metadata: dict[str, Any]
    tags: list[str] | None
    callback_url: str
    completed_by: str
    completed_at: datetime | None
    created_at: datetime | None
    unknown: set[str] = field(default_factory=set)


def unique_id_of(record: dict[str, Any]) -> str | None:
    """The record's `unique_id`, else its `task_id`: what makes the same file import nothing twice."""
    found = record.get("unique_id")
    if type(found) is str and 0 < len(found) <= 255:
        return found
    if found in (None, ""):
        found = record.get("task_id")
    if found in (None, ""):
        return None
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str) or len(found) > 255:
        raise InvalidInput("unique_id must be a text of at most 255 characters.")
    return found


def read_fields(record: dict[str, Any], *, now: datetime, size: int | None = None) -> TaskFields:
    """The checked fields. Raises InvalidInput with a sentence that names the field.

    `size`: of the record's text, where it is known; a small record has no metadata that is too large.
    """
    params, unknown = _params(record)
    response = _object(record, "response")
    status = _status(record, response)
    created_at, completed_at = _times(record, status, now)
    return TaskFields(
        type=_text(record, "type", 64), project=_text(record, "project"), batch=_text(record, "batch"),
        unique_id=unique_id_of(record), status=status, instruction=_text(record, "instruction", None),
        params=params, response=response, metadata=_metadata(record, size), tags=_tags(record),
        callback_url=_text(record, "callback_url", 2048), completed_by=_text(record, "completed_by"),
        completed_at=completed_at, created_at=created_at, unknown=unknown,
    )  # fmt: skip


def _text(record: dict[str, Any], name: str, longest: int | None = 255) -> str:
    found = record.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise InvalidInput(f"{name} must be text.")
    if longest and len(found) > longest:
        raise InvalidInput(f"{name} is longer than {longest} characters.")
    return found if longest is None else found.strip()


def _object(record: dict[str, Any], name: str) -> dict[str, Any] | None:
    found = record.get(name)
    if found is not None and not isinstance(found, dict):
        raise InvalidInput(f"{name} must be an object, such as {{…}}.")
    return found


def _params(record: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """The type's own parameters, and the keys that nobody knows. Without `params` those keys are the parameters."""
    given = _object(record, "params")
    # Mostly there is none: a look at each key costs less than a set made of all.
    unknown = set() if record.keys() <= ACCEPTED else record.keys() - ACCEPTED
    if given is None:
        return {name: record[name] for name in record if name in unknown or name in ATTACHMENT}, set()
    beside = {name: record[name] for name in ATTACHMENT if name in record}
    return {**beside, **given} if beside else given, unknown


def _status(record: dict[str, Any], response: dict[str, Any] | None) -> str:
    status = record.get("status") or ("completed" if response is not None else "pending")
    if not isinstance(status, str) or status not in STATUSES:
        raise InvalidInput(f"status must be one of {', '.join(Task.Status.values)}.")
    if status == Task.Status.COMPLETED and response is None:
        raise InvalidInput("A completed task needs a response.")
    if status == Task.Status.PENDING and response is not None:
        raise InvalidInput("A pending task has no response yet: leave the response or the status out.")
    return status


def _times(record: dict[str, Any], status: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    created_at, completed_at = _instant(record, "created_at", now), _instant(record, "completed_at", now)
    if status != Task.Status.COMPLETED:
        return created_at, None
    if created_at and completed_at and created_at > completed_at:
        raise InvalidInput("completed_at lies before created_at.")
    return created_at, completed_at


def _instant(record: dict[str, Any], name: str, now: datetime) -> datetime | None:
    found = record.get(name)
    if not found and found in (None, ""):
        return None
    try:
        instant = datetime.fromisoformat(found)
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{name} must be a time such as 2026-11-22T16:00:00Z.") from error
    if instant > now:
        raise InvalidInput(f"{name} lies in the future.")
    return instant


def _metadata(record: dict[str, Any], size: int | None) -> dict[str, Any]:
    found = _object(record, "metadata") or {}
    # Blanks between its parts may double what the text took.
    if size is None or 2 * size > MOST_METADATA_BYTES:
        checked_metadata(found)
    judgments = record.get(JUDGMENTS)
    return {**found, JUDGMENTS: judgments} if judgments else found


def _tags(record: dict[str, Any]) -> list[str] | None:
    found = record.get("tags")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(tag, str) and len(tag) <= 255 for tag in found):
        raise InvalidInput("tags must be a list of texts of at most 255 characters.")
    return found
