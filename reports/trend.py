"""A selection over time: by the day, the week or the month in which its tasks were completed."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Min, Sum

from reports.engine.spans import month_of, next_month
from reports.figures import VERDICTS, scan
from reports.models import Cell, Grain
from reports.selecting import Selection

DAY, WEEK, MONTH = "day", "week", "month"
MOST_DAYS, MOST_WEEKS = 31, 30 * 7
COUNTED = ("tasks", "reviews", *VERDICTS)


@dataclass(frozen=True)
class Period:
    """`first` and `last` are local days; counts of the tasks completed on them, whenever they were audited."""

    first: date
    last: date
    tasks: int = 0
    reviews: int = 0
    accepted: int = 0
    fixed: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class Trend:
    grain: str
    periods: list[Period]


def trend_of(selection: Selection, *, today: date) -> Trend:
    """At most some thirty periods, those without a task included; empty where nothing matches. Two statements."""
    days = _range(selection, today)
    if days is None:
        return Trend(DAY, [])
    length = (days[1] - days[0]).days + 1
    grain = DAY if length <= MOST_DAYS else WEEK if length <= MOST_WEEKS else MONTH
    sums = _by_cells(selection, grain, days) if selection.is_counted else _by_scan(selection, grain)
    return Trend(grain, [_period(first, grain, days, sums.get(first)) for first in _firsts(days, grain)])


def _range(selection: Selection, today: date) -> tuple[date, date] | None:
    if selection.first and selection.last:
        return (selection.first, min(selection.last, today)) if selection.first <= today else None
    rows = selection.cells() if selection.is_counted else selection.facts
    if selection.is_counted:
        # Months tell the rough bounds without a look at the days.
        rows = Cell.objects.for_organization(selection.organization).of(selection.dimension, *selection.values)
        rows = selection.narrowed(rows.filter(grain=Grain.MONTH, tasks__gt=0))
    bounds = rows.order_by().aggregate(first=Min("day"), last=Max("day"))
    if bounds["first"] is None:
        return None
    last = next_month(bounds["last"]) - timedelta(days=1) if selection.is_counted else bounds["last"]
    return selection.first or bounds["first"], min(selection.last or last, today)


def _by_cells(selection: Selection, grain: str, days: tuple[date, date]) -> dict[date, tuple[int, ...]]:
    if grain == MONTH and (selection.first or selection.last):
        cells = selection.cells()  # whole months, and days at the ends
    else:
        kind = Grain.MONTH if grain == MONTH else Grain.DAY
        cells = Cell.objects.for_organization(selection.organization).of(
            selection.dimension, *selection.values or [None]
        )
        cells = selection.narrowed(cells.filter(grain=kind))
        cells = cells if grain == MONTH else cells.filter(day__range=days)
    rows = cells.order_by().values_list("day").annotate(*(Sum(name) for name in COUNTED))
    found: dict[date, tuple[int, ...]] = {}
    for day, *counts in rows:
        first = _first_of(day, grain)
        found[first] = tuple(a + b for a, b in zip(found.get(first, (0,) * len(COUNTED)), counts, strict=True))
    return found


def _by_scan(selection: Selection, grain: str) -> dict[date, tuple[int, ...]]:
    rows = scan(selection, f"date_trunc('{grain}', day)::date AS first", "1")
    return {row["first"]: tuple(row[name] for name in COUNTED) for row in rows}


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


def _period(first: date, grain: str, days: tuple[date, date], sums: tuple[int, ...] | None) -> Period:
    last = _after(first, grain) - timedelta(days=1)
    return Period(max(first, days[0]), min(last, days[1]), *(sums or ()))
