"""The one way to write into the event log: in the transaction of the change that the event tells of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from labelops.tenancy.models import Event, EventType, Organization, User


def record_event(
    type: EventType,
    *,
    organization: Organization,
    actor: User | None,
    now: datetime,
    task_id: UUID | None = None,
    session_id: UUID | None = None,
    subject_id: UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Append one event. `before` and `after` hold what changed, by field name; values that JSON can hold."""
    change = {"task_id": task_id, "session_id": session_id, "subject_id": subject_id, "before": before, "after": after}
    record_events(type, organization=organization, actor=actor, now=now, changes=[change])


def record_events(
    type: EventType, *, organization: Organization, actor: User | None, now: datetime, changes: Iterable[dict[str, Any]]
) -> None:
    """Append one event of the same kind per change (its task_id, session_id, subject_id, before, after), at once."""
    Event.objects.bulk_create(
        Event(organization=organization, type=type, at=now, actor=actor,
              **{**change, "before": change.get("before") or {}, "after": change.get("after") or {}})
        for change in changes
    )  # fmt: skip
