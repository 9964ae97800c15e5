"""Tasks as the wire needs them: fifty with neighbours and audits would be some two hundred instances.

One statement finds them, and PostgreSQL writes them as one JSON: read at once here, where each cell by itself (a number
of JSON columns, ids and instants per row) took longer than everything else of a list.
"""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from labelops.tenancy.models import Organization

# Its function says which columns; the ids come out of the queryset, in its order.
ROWS = "SELECT audits_listed(%s, ARRAY({page}))"
# The same few neighbours come again and again.
_id = lru_cache(maxsize=4096)(UUID)


class Neighbour(NamedTuple):
    name: str | None = None
    external_id: str | None = None


class Person(NamedTuple):
    email: str


class ListedAudit(NamedTuple):
    """What of an audit the wire shows."""

    auditor: Person
    verdict: str
    comment: str
    audited_at: datetime
    seconds: float
    active_seconds: float | None
    reasons: list[str]
    pins: list[dict[str, Any]]


class Audits(list[ListedAudit]):
    """Stands where a task has its related manager."""

    def all(self) -> "Audits":
        return self


class ListedTask:
    """Has of `Task` what `task_json` reads."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.__dict__ = row
        self.id = UUID(row["id"])
        for name in ("created_at", "updated_at", "completed_at"):
            row[name] = row[name] and datetime.fromisoformat(row[name])
        for name in ("project_id", "batch_id", "completed_by_id"):
            row[name] = row[name] and _id(row[name])
        self.project, self.batch = Neighbour(row["project"]), Neighbour(row["batch"])
        self.completed_by = Neighbour(external_id=row["completed_by"])
        self.audits = Audits(map(_audit, row["audits"] or ()))

    @property
    def public_id(self) -> str:
        return self.id.hex

    @property
    def may_have_audits(self) -> bool:
        return bool(self.audits)


def _audit(cells: list[Any]) -> ListedAudit:
    email, verdict, comment, audited_at, seconds, active, *rest = cells
    # PostgreSQL writes 2.0 as 2.
    times = (datetime.fromisoformat(audited_at), float(seconds), None if active is None else float(active))
    return ListedAudit(Person(email), verdict, comment, *times, *rest)


def listed(tasks: QuerySet, *, organization: Organization) -> list[ListedTask]:
    """One statement, in the order of `tasks`, all of this organization."""
    try:
        page, values = tasks.values("id").query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(ROWS.format(page=page), [organization.pk, *values])
        return [ListedTask(row) for row in json.loads(cursor.fetchone()[0])]
