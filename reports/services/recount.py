"""Counts everything again from the rows and says what differs from what was counted on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope
from reports.models import Feed
from reports.services.counting import CELLS, COLUMNS, COUNTS, FACTS, KEY
from reports.services.following import follow_organization, read_news

# ruff: noqa: S608  (all parts are written here, values are parameters)
SHOWN = 20
FACTS_DIFFER = f"""
WITH {FACTS.format(tasks="", audits="")},
known AS (SELECT {COLUMNS} FROM reports_taskfact WHERE organization_id = %(organization)s)
SELECT coalesce(f.id, k.id)::text, row_to_json(k)::text, row_to_json(f)::text, count(*) OVER ()
  FROM found f FULL JOIN known k ON k.id = f.id
 WHERE (f.id IS NULL OR k.id IS NULL OR f IS DISTINCT FROM k) AND coalesce(f.id, k.id) <> ALL (%(unseen)s::uuid[])
 LIMIT {SHOWN}
"""
_NUMBERS = "ARRAY[" + ", ".join(f"coalesce({{of}}.{name}, 0)::numeric" for name in COUNTS) + "]"
_CELL = KEY.removeprefix("organization_id, ")
CELLS_DIFFER = f"""
WITH moved AS (SELECT 1 AS sign, * FROM reports_taskfact WHERE organization_id = %(organization)s), {CELLS},
known AS (SELECT {_CELL}, {", ".join(COUNTS)} FROM reports_cell WHERE organization_id = %(organization)s)
SELECT concat_ws(' ', {_CELL}), {_NUMBERS.format(of="k")}::text, {_NUMBERS.format(of="c")}::text, count(*) OVER ()
  FROM cells c FULL JOIN known k USING ({_CELL})
 WHERE {_NUMBERS.format(of="c")} <> {_NUMBERS.format(of="k")} LIMIT {SHOWN}
"""


@dataclass(frozen=True)
class Difference:
    """One thing that was counted otherwise: a task's fact or a cell, what is kept and what the rows say."""

    what: str
    kept: str
    counted: str


@dataclass(frozen=True)
class Recount:
    """`number` of differences in all; the first of them by name."""

    organization: str
    number: int
    first: list[Difference]


def recount_all(*, now: datetime) -> list[Recount]:
    """Recount every organization; one transaction each."""
    with system_scope("sweep"):
        ids = list(Organization.objects.order_by("id").values_list("pk", flat=True))
    return [recount(organization_id=one, now=now) for one in ids]


def recount(*, organization_id: UUID, now: datetime) -> Recount:
    """Compare one organization's figures with its rows, both as of one moment, and note the outcome beside them.

    Holds nothing up: what happened and was not counted yet at that moment is left out of the comparison.
    """
    with organization_scope(organization_id):
        follow_organization(Organization.objects.get(pk=organization_id))
    with _one_moment(), organization_scope(organization_id):
        found = compare(Organization.objects.get(pk=organization_id))
    with organization_scope(organization_id):
        Feed.objects.filter(organization_id=organization_id).update(recounted_at=now, differences=found.number)
    return found


def compare(organization: Organization) -> Recount:
    """Figures and rows as they are now, in the caller's transaction."""
    unseen = read_news(organization).task_ids
    differences, number = [], 0
    for sql in (FACTS_DIFFER, CELLS_DIFFER):
        with connection.cursor() as cursor:
            cursor.execute(sql, {"organization": organization.pk, "zone": organization.time_zone, "unseen": unseen})
            rows = cursor.fetchall()
        differences += [Difference(*row[:3]) for row in rows]
        number += rows[0][3] if rows else 0
    return Recount(organization.slug, number, differences)


def rebuild(*, organization_id: UUID) -> None:
    """Throw away what was counted and count again."""
    with organization_scope(organization_id):
        organization = Organization.objects.get(pk=organization_id)
        Feed.objects.for_organization(organization).update(zone="")
        follow_organization(organization, wait=True)


@contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction in which every statement sees the same rows; a caller's own transaction stays as it is."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
