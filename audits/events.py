"""The one way to write into the event log: in the transaction of the change that the event tells of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from audits.models import Event, EventType
from labelops.tenancy.models import Organization, User


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
    Event.objects.create(
        organization=organization,
        type=type,
        at=now,
        actor=actor,
        task_id=task_id,
        session_id=session_id,
        subject_id=subject_id,
        before=before or {},
        after=after or {},
    )
