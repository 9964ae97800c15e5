"""The figures of a selection: what stands on the dashboard and in `/v1/reports/summary`."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

# ruff: noqa: S608  (all parts are written here or by the ORM, values are parameters)
from labelops.tenancy.models import Organization
from labelops.tenancy.rows import fetch, instance
from reports.engine.estimates import Estimate, Stratum, estimate, stratum_of
from reports.models import NO_DESIGN, Feed
from reports.selecting import Selection

VERDICTS = ("accepted", "fixed", "rejected")
COUNTED = ("tasks", "reviews", *VERDICTS, "milliseconds", *(f"sampled_{name}" for name in VERDICTS))
# Judged and population of each session that could have drawn the tasks of these designs, and speaks.
DRAWS = """
SELECT d.digest, json_agg(json_build_array(coalesce(t.judged, 0), f.population))
  FROM reports_design d
 CROSS JOIN LATERAL unnest(d.sessions) s (id)
  JOIN reports_frame f ON f.organization_id = d.organization_id AND f.session_id = s.id AND f.reached_at IS NULL
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


_known: ContextVar[dict[UUID, Any] | None] = ContextVar("known", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Inside it, what is known of a design is asked for once: the totals and their course over time need the same."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once(ask: Callable[[Organization, Iterable[UUID]], dict[UUID, Any]]) -> Callable[..., dict[UUID, Any]]:
    @wraps(ask)
    def asked(organization: Organization, designs: Iterable[UUID]) -> dict[UUID, Any]:
        known, wanted = _known.get(), list(designs)
        if known is None:
            return ask(organization, wanted)
        if missing := [design for design in wanted if design not in known]:
            known.update(dict.fromkeys(missing) | ask(organization, missing))
        return {design: known[design] for design in wanted if known[design] is not None}

    return asked


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
    sql = "SELECT f AS feed FROM reports_feed f WHERE f.organization_id = %s AND f.zone <> ''"
    return instance(Feed, next((row["feed"] for row in fetch(sql, [organization.pk])), None))


def figures_of(selection: Selection, *, feed: Feed | None = None) -> Figures:
    """Three statements, whatever the number of tasks; a selection that was not counted ahead scans its facts.

    `feed` as it was read already saves one.
    """
    counts, sampled = Counts(), {}
    for row in _rows(selection):
        if row["status"] is not None:
            counts.add(row)
        elif row["design"] != NO_DESIGN:
            sampled[row["design"]] = {name: row[f"sampled_{name}"] for name in VERDICTS}
    strata = _strata(selection.organization, sampled)
    estimates = {name: estimate(strata, name, population=counts.tasks) for name in VERDICTS}
    judged = sum(stratum.number for stratum in strata)
    return Figures(counts, estimates, feed or feed_of(selection.organization), by_hand=counts.audited - judged)


def counts_of(selection: Selection) -> Counts:
    """The totals alone. One statement."""
    counts = Counts()
    if selection.is_counted:
        rows = summed(selection.cells(), "status")
    else:
        rows = scan(selection, "review_status AS status", "1")
    for row in rows:
        counts.add(row)
    return counts


def _rows(selection: Selection) -> Iterable[dict[str, Any]]:
    """By status (then `design` is None), and by design (then `status` is)."""
    by = "GROUPING SETS ((1), (2))"
    if selection.is_counted:
        return summed(selection.cells(), "status", "design", by=by)
    return scan(selection, "review_status AS status, design", by)


def summed(cells: QuerySet, *columns: str, by: str = "") -> list[dict[str, Any]]:
    """Sums of the cells by these columns (or `by`, SQL of ours). Put together here: the ORM takes as long as the query.

    One dict per group, with the columns and COUNTED.
    """
    try:
        sql, values = cells.order_by().values(*columns, *COUNTED).query.sql_with_params()
    except EmptyResultSet:
        return []
    groups = by or ", ".join(str(number + 1) for number in range(len(columns)))
    totals = ", ".join(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in COUNTED)
    return _dicts(f"SELECT {', '.join(columns)}, {totals} FROM ({sql}) c GROUP BY {groups}", values)


def _dicts(sql: str, values: Iterable[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


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
    return _dicts(f"SELECT {columns}, {SCANNED} FROM ({sql}) f GROUP BY {groups} ORDER BY 1", values)


def _strata(organization: Organization, sampled: dict[UUID, dict[str, int]]) -> list[Stratum]:
    draws = draws_of(organization, sampled) if sampled else {}
    found = (stratum_of(draws.get(design, []), **counts) for design, counts in sampled.items())
    return [stratum for stratum in found if stratum]


@once
def draws_of(organization: Organization, designs: Iterable[UUID]) -> dict[UUID, list[tuple[int, int]]]:
    """(judged, population) of each random session that could have drawn the tasks of each design."""
    with connection.cursor() as cursor:
        cursor.execute(DRAWS, [organization.pk, list(designs)])
        return {design: [(judged, population) for judged, population in found] for design, found in cursor.fetchall()}
