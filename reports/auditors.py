"""Auditor Quality: what each auditor judged, in what time, and whether others who judged the same task agreed."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection

from labelops.tenancy.models import User
from reports.figures import sums
from reports.models import Dimension
from reports.selecting import Selection

COUNTED = ("tasks", "reviews", "accepted", "fixed", "rejected", "milliseconds")
SCAN = """
SELECT a ->> 0, count(DISTINCT f.id), count(*), count(*) FILTER (WHERE a ->> 1 = 'accepted'),
       count(*) FILTER (WHERE a ->> 1 = 'fixed'), count(*) FILTER (WHERE a ->> 1 = 'rejected'), sum((a ->> 3)::bigint)
  FROM ({facts}) f CROSS JOIN LATERAL jsonb_array_elements(f.audits) e (a)
 WHERE f.reviews > 0 AND (%s::text IS NULL OR a ->> 0 = %s) GROUP BY 1
"""
# Where a task was judged by two people: pairs of the newest verdict of each, most recent tasks first.
PAIRS = """
SELECT x.auditor, count(*), count(*) FILTER (WHERE x.verdict = y.verdict)
  FROM (SELECT f.id, a ->> 0 AS auditor, a ->> 1 AS verdict, n FROM ({facts}) f
         CROSS JOIN LATERAL jsonb_array_elements(f.audits) WITH ORDINALITY e (a, n)) x
  JOIN (SELECT f.id, a ->> 0 AS auditor, a ->> 1 AS verdict, n FROM ({facts}) f
         CROSS JOIN LATERAL jsonb_array_elements(f.audits) WITH ORDINALITY e (a, n)) y
    ON y.id = x.id AND y.auditor <> x.auditor
 GROUP BY x.auditor
"""
MOST_PAIRED = 5000


@dataclass(frozen=True)
class AuditorFigures:
    """`seconds` in use over all reviews; `agreed` of `paired` verdicts that another person's audit of the task met."""

    auditor_id: UUID
    email: str
    tasks: int
    reviews: int
    accepted: int
    fixed: int
    rejected: int
    seconds: float
    paired: int = 0
    agreed: int = 0

    @property
    def seconds_each(self) -> float | None:
        return self.seconds / self.reviews if self.reviews and self.seconds else None

    @property
    def shares(self) -> dict[str, float]:
        return {name: round(100 * getattr(self, name) / self.reviews, 1) for name in ("accepted", "fixed", "rejected")}


def auditors_of(selection: Selection, *, with_agreement: bool = False) -> list[AuditorFigures]:
    """Those with a review in the selection, the busiest first. Two statements, one more for the agreement."""
    rows = _counted(selection) if selection.is_everything else _scanned(selection)
    rows = {key: counts for key, counts in rows.items() if counts[1] > 0}
    emails = dict(User.objects.filter(pk__in=list(rows)).values_list("pk", "email"))
    pairs = _pairs(selection) if with_agreement else {}
    found = [
        AuditorFigures(key, emails.get(key, ""), *counts[:5], counts[5] / 1000, *pairs.get(key, (0, 0)))
        for key, counts in rows.items()
    ]
    return sorted(found, key=lambda one: (-one.reviews, one.email))


def _counted(selection: Selection) -> dict[UUID, list[int]]:
    cells = selection.cells(Dimension.AUDITOR).order_by().values("value").annotate(**sums(COUNTED))
    return {UUID(row["value"]): [row[name] for name in COUNTED] for row in cells}


def _scanned(selection: Selection) -> dict[UUID, list[int]]:
    auditor = str(selection.auditor_id) if selection.auditor_id else None
    rows = _query(SCAN, selection.rows() if selection.is_counted else selection.facts, [auditor, auditor])
    return {UUID(key): list(counts) for key, *counts in rows}


def _pairs(selection: Selection) -> dict[UUID, tuple[int, int]]:
    facts = (selection.rows() if selection.is_counted else selection.facts).filter(reviews__gt=1)
    facts = facts.order_by("-completed_at")[:MOST_PAIRED]
    return {UUID(key): (pairs, agreed) for key, pairs, agreed in _query(PAIRS, facts, [], times=2)}


def _query(sql: str, facts: Any, values: list[Any], times: int = 1) -> list[tuple]:
    try:
        part, arguments = facts.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.format(facts=part), [*arguments * times, *values])
        return cursor.fetchall()
