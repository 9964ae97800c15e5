"""Tasks as the wire needs them: fifty with neighbours and audits would be some two hundred instances.

One statement finds them, and PostgreSQL writes them as one JSON: read at once here, where each cell by itself (a number
of JSON columns, ids and instants per row) took longer than everything else of a list. Instants stay the text that they
came as: nearly all go out as text again.
"""

import json
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from labelops.tenancy.models import Organization

# The same few neighbours come again and again.
_id = lru_cache(maxsize=4096)(UUID)
_decode_fast = msgspec.json.Decoder().decode


class Neighbour(NamedTuple):
    name: str | None = None
    external_id: str | None = None


class Person(NamedTuple):
    email: str


_named = lru_cache(maxsize=4096)(Neighbour)


class ListedAudit(NamedTuple):
    """What of an audit the wire shows; `audited_at` is ISO 8601 in UTC."""

    auditor: Person
    verdict: str
    comment: str
    audited_at: str
    seconds: float
    active_seconds: float | None
    reasons: list[str]
    pins: list[dict[str, Any]]


class ListedTask:
    """Has of `Task` what `task_json` reads, its instants as ISO 8601 in UTC. `delivered`: how its newest callback
    ended, None before."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.__dict__ = row
        # 32 digits, as it is shown.
        self.public_id: str = row["id"].replace("-", "")
        for name in ("project_id", "batch_id", "completed_by_id"):
            if row[name]:
                row[name] = _id(row[name])
        row["project"], row["batch"] = _named(row["project"]), _named(row["batch"])
        row["completed_by"] = _named(None, row["completed_by"])
        row["known_audits"] = [_audit(cells) for cells in row.pop("audits") or ()]

    @property
    def may_have_audits(self) -> bool:
        return bool(self.known_audits)


def _audit(cells: list[Any]) -> ListedAudit:
    email, verdict, comment, audited_at, seconds, active, *rest = cells
    # PostgreSQL writes 2.0 as 2.
    times = (float(seconds), None if active is None else float(active))
    return ListedAudit(Person(email), verdict, comment, audited_at, *times, *rest)


def listed(tasks: QuerySet, *, organization: Organization) -> list[ListedTask]:
    """One statement, in the order of `tasks`, all of this organization."""
    return [ListedTask(row) for row in _decode(written_by("audits_listed", tasks, organization=organization))]


def written_by(function: str, tasks: QuerySet, *, organization: Organization) -> str:
    """The JSON that this function of the database makes of the tasks: it says which columns, the queryset in which
    order."""
    try:
        page, values = tasks.values("id").query.sql_with_params()
    except EmptyResultSet:
        return "[]"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, ARRAY({page}))", [organization.pk, *values])
        return cursor.fetchone()[0]


def _decode(text: str) -> list[dict[str, Any]]:
    try:
        return _decode_fast(text)
    except msgspec.MsgspecError:  # A number that no float holds.
        return json.loads(text)
