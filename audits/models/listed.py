"""Tasks as the lists of the wire need them: fifty with neighbours and audits would be some two hundred instances."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

COLUMNS = (
    "id", "created_at", "updated_at", "completed_at", "type", "status", "instruction", "params", "metadata", "urgency",
    "response", "prior_responses", "callback_url", "callback_sequence", "unique_id", "tags", "project_version",
    "review_status", "attempt", "project_id", "project__name", "batch_id", "batch__name", "completed_by_id",
    "completed_by__external_id",
)  # fmt: skip
OWN = COLUMNS.index("project_id")


class Neighbour(NamedTuple):
    name: str | None = None
    external_id: str | None = None


class ListedAudit(NamedTuple):
    """What of an audit the wire shows."""

    auditor: Any
    verdict: str
    comment: str
    audited_at: datetime
    seconds: float
    active_seconds: float | None
    reasons: list[str]
    pins: list[dict[str, Any]]


class Person(NamedTuple):
    email: str


class Audits(list[ListedAudit]):
    """Stands where a task has its related manager."""

    def all(self) -> "Audits":
        return self


class ListedTask:
    """Has of `Task` what `task_json` reads. `audits` is empty until `attach_listed_audits`."""

    __slots__ = (
        *COLUMNS[:OWN],
        "audits",
        "batch",
        "batch_id",
        "completed_by",
        "completed_by_id",
        "project",
        "project_id",
    )

    def __init__(self, row: tuple[Any, ...]) -> None:
        for name, value in zip(COLUMNS[:OWN], row, strict=False):
            setattr(self, name, value)
        self.project_id, project, self.batch_id, batch, self.completed_by_id, performer = row[OWN:]
        self.project, self.batch = Neighbour(project), Neighbour(batch)
        self.completed_by = Neighbour(external_id=performer)
        self.audits = Audits()

    @property
    def public_id(self) -> str:
        return self.id.hex

    @property
    def may_have_audits(self) -> bool:
        return bool(self.review_status) or self.attempt > 1


def listed(tasks: QuerySet) -> list[ListedTask]:
    """One statement, in the order of `tasks`."""
    return [ListedTask(row) for row in tasks.values_list(*COLUMNS)]


def attach_listed_audits(tasks: Iterable[ListedTask], *, organization_id: UUID) -> None:
    """Give each its standing audits, newest first; one statement, none where nobody audited."""
    audited = {task.id: task for task in tasks if task.review_status or task.attempt > 1}
    if not audited:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.task_id, u.email, a.verdict, a.comment, a.audited_at, a.seconds, a.active_seconds,
                      to_jsonb(a.reasons)::text, a.pins::text
                 FROM audits_audit a JOIN tenancy_user u ON u.id = a.auditor_id
                WHERE a.organization_id = %s AND a.task_id = ANY(%s::uuid[]) AND a.reverted_at IS NULL
                ORDER BY a.task_version DESC""",
            [organization_id, list(audited)],
        )
        for task_id, email, *rest, reasons, pins in cursor.fetchall():
            audited[task_id].audits.append(ListedAudit(Person(email), *rest, json.loads(reasons), json.loads(pins)))
