"""Tasks completed last week: the last four weeks of an organization and, apart, the one that is running."""

from dataclasses import dataclass
from datetime import datetime

from reports.engine.weeks import Week, last_weeks, running_week
from reports.figures import Counts, scan, sums
from reports.models import Cell, Grain
from reports.selecting import Selection

COUNTED = ("tasks", "reviews", "accepted", "fixed", "rejected", "milliseconds")


@dataclass(frozen=True)
class WeekFigures:
    """Tasks completed in the week, and of them by their newest verdict."""

    week: Week
    counts: Counts

    @property
    def completed(self) -> int:
        return self.counts.tasks

    @property
    def audited(self) -> int:
        return self.counts.audited

    @property
    def accepted(self) -> int:
        return self.counts.by_status["accepted"]

    @property
    def fixed(self) -> int:
        return self.counts.by_status["fixed"]

    @property
    def rejected(self) -> int:
        return self.counts.by_status["rejected"]

    @property
    def filter(self) -> str:
        """The week as the dates of a task filter in the organization's zone."""
        return f"completed_after={self.week.monday}&completed_before={self.week.sunday}"


def weeks_of(selection: Selection, *, now: datetime) -> list[WeekFigures]:
    """The running week and then the last four complete ones, newest first. One statement."""
    zone = selection.organization.time_zone
    return figures_of_weeks(selection, [running_week(now, zone), *last_weeks(now, zone)])


def figures_of_weeks(selection: Selection, weeks: list[Week]) -> list[WeekFigures]:
    """These weeks' figures, of everything or of what a filter leaves (then its own dates do not count)."""
    counts = {week: Counts() for week in weeks}
    of_day = {day: week for week in weeks for day in week.days}
    for row in _rows(selection, weeks):
        counts[of_day[row.pop("day")]].add(row)
    return [WeekFigures(week, counts[week]) for week in weeks]


def _rows(selection: Selection, weeks: list[Week]) -> list[dict]:
    days = (min(week.monday for week in weeks), max(week.sunday for week in weeks))
    if selection.is_counted:
        cells = Cell.objects.for_organization(selection.organization).filter(grain=Grain.DAY, day__range=days)
        cells = selection.narrowed(cells.of(selection.dimension, *selection.values or [None]))
        return list(cells.order_by().values("day", "status").annotate(**sums(COUNTED)))
    asked = Selection(selection.organization, auditor_id=selection.auditor_id,
                      facts=selection.facts.filter(day__range=days))  # fmt: skip
    return scan(asked, "day, review_status AS status", "1, 2")
