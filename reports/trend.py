"""A selection over time: by the day, the week or the month in which its tasks were completed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, QuerySet

from reports.engine.estimates import Estimate, estimate, stratum_of
from reports.engine.spans import month_of, next_month
from reports.figures import COUNTED, VERDICTS, draws_of, scan, summed
from reports.models import NO_DESIGN, Cell, Grain
from reports.selecting import Selection

DAY, WEEK, MONTH = "day", "week", "month"
MOST_DAYS, MOST_WEEKS = 31, 30 * 7


@dataclass(frozen=True)
class Period:
    """`first` and `last` are local days; counts of the tasks completed on them, whenever they were audited."""

    first: date
    last: date
    tasks: int
    reviews: int
    accepted: int
    fixed: int
    rejected: int
    acceptance: Estimate


@dataclass(frozen=True)
class Trend:
    grain: str
    periods: list[Period]

    @property
    def most(self) -> int:
        """Reviews of the busiest period."""
        return max((period.reviews for period in self.periods), default=0)


Sums = dict[date, dict[UUID, dict[str, int]]]
"""First day of a period -> design -> counts."""


def trend_of(selection: Selection, *, today: date) -> Trend:
    """At most some thirty periods, those without a task included; empty where nothing matches. Three statements."""
    months = _months(selection) if selection.is_counted and not (selection.first and selection.last) else []
    days = _range(selection, months, today)
    if days is None:
        return Trend(DAY, [])
    length = (days[1] - days[0]).days + 1
    grain = DAY if length <= MOST_DAYS else WEEK if length <= MOST_WEEKS else MONTH
    found = _grouped(_cells(selection, grain, days, months) if selection.is_counted else _scanned(selection), grain)
    designs = {design for one in found.values() for design in one if design != NO_DESIGN}
    draws = draws_of(selection.organization, designs) if designs else {}
    periods = [_period(first, grain, days, found.get(first, {}), draws) for first in _firsts(days, grain)]
    return Trend(grain, _trimmed(periods, selection))


def _trimmed(periods: list[Period], selection: Selection) -> list[Period]:
    """Without the empty ones at an end that nobody asked for: months say only roughly where the tasks begin."""
    used = [place for place, period in enumerate(periods) if period.tasks]
    if not used:
        return periods
    return periods[0 if selection.first else used[0] : None if selection.last else used[-1] + 1]


def _months(selection: Selection) -> list[dict[str, Any]]:
    """All months by design, whatever the dates asked for."""
    return summed(_of_grain(selection, Grain.MONTH), "day", "design")


def _of_grain(selection: Selection, grain: str) -> QuerySet:
    cells = Cell.objects.for_organization(selection.organization).filter(grain=grain)
    return selection.narrowed(cells.of(selection.dimension, *selection.values or [None]))


def _range(selection: Selection, months: list[dict[str, Any]], today: date) -> tuple[date, date] | None:
    if selection.first and selection.last:
        return (selection.first, min(selection.last, today)) if selection.first <= today else None
    if selection.is_counted:
        # Months tell the rough bounds without a look at the days.
        days = [row["day"] for row in months if row["tasks"]]
        bounds = (min(days), next_month(max(days)) - timedelta(days=1)) if days else None
    else:
        found = selection.facts.order_by().aggregate(first=Min("day"), last=Max("day"))
        bounds = (found["first"], found["last"]) if found["first"] else None
    return bounds and (selection.first or bounds[0], min(selection.last or bounds[1], today))


def _cells(
    selection: Selection, grain: str, days: tuple[date, date], months: list[dict[str, Any]]
) -> Iterable[dict[str, Any]]:
    if grain == MONTH and not (selection.first or selection.last):
        return months
    # Whole months, and days at the ends; or days alone.
    cells = selection.cells() if grain == MONTH else _of_grain(selection, Grain.DAY).filter(day__range=days)
    return summed(cells, "day", "design")


def _scanned(selection: Selection) -> list[dict[str, Any]]:
    return scan(selection, "day, design", "1, 2")


def _grouped(rows: Iterable[dict[str, Any]], grain: str) -> Sums:
    found: Sums = {}
    for row in rows:
        counts = found.setdefault(_first_of(row["day"], grain), {}).setdefault(row["design"], dict.fromkeys(COUNTED, 0))
        for name in COUNTED:
            counts[name] += row[name]
    return found


def _period(
    first: date,
    grain: str,
    days: tuple[date, date],
    found: dict[UUID, dict[str, int]],
    draws: dict[UUID, list[tuple[int, int]]],
) -> Period:
    total = {name: sum(counts[name] for counts in found.values()) for name in ("tasks", "reviews", *VERDICTS)}
    strata = [
        stratum_of(draws.get(design, []), **{name: counts[f"sampled_{name}"] for name in VERDICTS})
        for design, counts in found.items()
    ]
    last = _after(first, grain) - timedelta(days=1)
    acceptance = estimate([stratum for stratum in strata if stratum], "accepted", population=total["tasks"])
    return Period(max(first, days[0]), min(last, days[1]), **total, acceptance=acceptance)


def _first_of(day: date, grain: str) -> date:
    if grain == MONTH:
        return month_of(day)
    return day - timedelta(days=day.weekday()) if grain == WEEK else day


def _firsts(days: tuple[date, date], grain: str) -> list[date]:
    found, first = [], _first_of(days[0], grain)
    while first <= days[1]:
        found.append(first)
        first = _after(first, grain)
    return found


def _after(first: date, grain: str) -> date:
    return next_month(first) if grain == MONTH else first + timedelta(days=7 if grain == WEEK else 1)
