"""The one way to write into the event log: in the transaction of the change that the event tells of."""

import itertools
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Organization, User

# Every write runs this: by the ORM it took four times as long.
INSERT = """
INSERT INTO audits_event (id, organization_id, type, at, actor_id, task_id, session_id, subject_id, before, after)
VALUES """
ROW = "(" + ", ".join(["%s"] * 10) + ")"


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
    rows = [
        (uuid7(), organization.pk, type, now, actor and actor.pk, change.get("task_id"), change.get("session_id"),
         change.get("subject_id"), json.dumps(change.get("before") or {}), json.dumps(change.get("after") or {}))
        for change in changes
    ]  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(INSERT + ", ".join([ROW] * len(rows)), list(itertools.chain.from_iterable(rows)))
