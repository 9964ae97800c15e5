"""The figures of a selection: what stands on the dashboard and in `/v1/reports/summary`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Sum, Value
from django.db.models.functions import Coalesce

# ruff: noqa: S608  (all parts are written here or by the ORM, values are parameters)
from labelops.tenancy.models import Organization
from reports.engine.estimates import Estimate, Stratum, chance_of, estimate
from reports.models import NO_DESIGN, Feed
from reports.selecting import Selection

VERDICTS = ("accepted", "fixed", "rejected")
COUNTED = ("tasks", "reviews", *VERDICTS, "milliseconds", *(f"sampled_{name}" for name in VERDICTS))
# Judged and population of each session that could have drawn the tasks of these designs.
CHANCES = """
SELECT d.digest, json_agg(json_build_array(coalesce(t.judged, 0), f.population))
  FROM reports_design d
 CROSS JOIN LATERAL unnest(d.sessions) s (id)
  JOIN reports_frame f ON f.organization_id = d.organization_id AND f.session_id = s.id
 CROSS JOIN LATERAL (SELECT sum(accepted + fixed + rejected) AS judged FROM audits_sessiontally y
                      WHERE y.organization_id = d.organization_id AND y.session_id = s.id) t
 WHERE d.organization_id = %s AND d.digest = ANY (%s::uuid[])
 GROUP BY d.digest
"""
SCANNED = ", ".join([
    "count(*) AS tasks",
    *(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in ("reviews", *VERDICTS, "milliseconds")),
    *(f"count(*) FILTER (WHERE sampled = '{name}') AS sampled_{name}" for name in VERDICTS),
])  # fmt: skip
# Only the audits of one person, and so no sample.
OWN = """
SELECT g.id, g.day, g.review_status, g.batch_id, '' AS sampled, '00000000-0000-0000-0000-000000000000'::uuid AS design,
       o.* FROM ({{facts}}) g
 CROSS JOIN LATERAL (SELECT count(*) AS reviews, {verdicts}, sum((a ->> 3)::bigint) AS milliseconds
                       FROM jsonb_array_elements(g.audits) e (a) WHERE a ->> 0 = %s) o
""".format(verdicts=", ".join(f"count(*) FILTER (WHERE a ->> 1 = '{name}') AS {name}" for name in VERDICTS))


@dataclass
class Counts:
    """Sums of one group; tasks by their newest verdict are in `by_status`."""

    tasks: int = 0
    reviews: int = 0
    accepted: int = 0
    fixed: int = 0
    rejected: int = 0
    milliseconds: int = 0
    by_status: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("", *VERDICTS), 0))

    def add(self, row: dict[str, Any]) -> None:
        for name in ("tasks", "reviews", *VERDICTS, "milliseconds"):
            setattr(self, name, getattr(self, name) + row[name])
        self.by_status[row["status"]] += row["tasks"]

    @property
    def audited(self) -> int:
        return self.tasks - self.by_status[""]

    @property
    def ready(self) -> int:
        return self.by_status[""]


@dataclass
class Figures:
    """Totals of a selection, and what its random sample says: one Estimate per verdict."""

    counts: Counts
    estimates: dict[str, Estimate]
    feed: Feed | None
    # Audits that no estimate may use: by hand, by API without a session, or out of a session chosen by verdict.
    by_hand: int = 0

    @property
    def as_of(self) -> datetime | None:
        return self.feed.read_at if self.feed else None


def feed_of(organization: Organization) -> Feed | None:
    """None before the first count."""
    return Feed.objects.for_organization(organization).exclude(zone="").first()


def figures_of(selection: Selection, *, feed: Feed | None = None) -> Figures:
    """Three statements, whatever the number of tasks; a selection that was not counted ahead scans its facts.

    `feed` as it was read already saves one.
    """
    counts, sampled = Counts(), {}
    for row in _rows(selection):
        counts.add(row)
        if row["design"] != NO_DESIGN:
            into = sampled.setdefault(row["design"], dict.fromkeys(VERDICTS, 0))
            for name in VERDICTS:
                into[name] += row[f"sampled_{name}"]
    strata = _strata(selection.organization, sampled)
    estimates = {name: estimate(strata, name, population=counts.tasks) for name in VERDICTS}
    judged = sum(stratum.number for stratum in strata)
    return Figures(counts, estimates, feed or feed_of(selection.organization), by_hand=counts.audited - judged)


def counts_of(selection: Selection) -> Counts:
    """The totals alone. One statement."""
    counts = Counts()
    names = ("tasks", "reviews", *VERDICTS, "milliseconds")
    if selection.is_counted:
        rows = selection.cells().order_by().values("status").annotate(**sums(names))
    else:
        rows = scan(selection, "review_status AS status", "1")
    for row in rows:
        counts.add(row)
    return counts


def _rows(selection: Selection) -> Iterable[dict[str, Any]]:
    if selection.is_counted:
        return selection.cells().order_by().values("status", "design").annotate(**sums(COUNTED))
    return scan(selection, "review_status AS status, design", "1, 2")


def sums(names: Iterable[str]) -> dict[str, Coalesce]:
    # By a name of their own: a sum must not be taken for the column in the next one.
    return {name: Coalesce(Sum(name), Value(0), output_field=BigIntegerField()) for name in names}


def scan(selection: Selection, columns: str, groups: str) -> list[dict[str, Any]]:
    """Sums of the facts by `columns` of them (SQL of ours); with an auditor of this person's audits only."""
    facts = selection.facts if selection.facts is not None else selection.rows()
    try:
        sql, values = facts.order_by().query.sql_with_params()
    except EmptyResultSet:
        return []
    values = list(values)
    if selection.auditor_id:
        sql, values = OWN.format(facts=sql), [*values, str(selection.auditor_id)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}, {SCANNED} FROM ({sql}) f GROUP BY {groups} ORDER BY {groups}", values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _strata(organization: Organization, sampled: dict[UUID, dict[str, int]]) -> list[Stratum]:
    chances = chances_of(organization, sampled) if sampled else {}
    return [Stratum(chances[design], **counts) for design, counts in sampled.items() if chances.get(design)]


def chances_of(organization: Organization, designs: Iterable[UUID]) -> dict[UUID, float]:
    """How likely a task of each design was to be judged in a random session."""
    with connection.cursor() as cursor:
        cursor.execute(CHANCES, [organization.pk, list(designs)])
        return {design: chance_of(sessions) for design, sessions in cursor.fetchall()}
