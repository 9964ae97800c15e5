"""Auditor Tracker: per batch what is completed, who audited how much of it, what is left and when that may be done."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Sum

from audits.models import Batch
from labelops.tenancy.models import Organization, User
from reports.figures import sums
from reports.models import Cell, Dimension, Grain
from reports.models.cell import CellQuerySet

# The pace is that of the last week.
PACE_DAYS = 7


@dataclass
class BatchFigures:
    """Tasks completed and of them by newest verdict; `pace` in audits per day; `by` auditor: reviews."""

    batch: Batch
    completed: int = 0
    ready: int = 0
    accepted: int = 0
    fixed: int = 0
    rejected: int = 0
    pace: float = 0
    expected_end: date | None = None
    by: list[tuple[str, int]] = field(default_factory=list)

    @property
    def more_people(self) -> int:
        """Beside the first two."""
        return max(0, len(self.by) - 2)

    @property
    def query(self) -> str:
        """This batch as a task filter: another project may have one of the same name."""
        return urlencode({"project": self.batch.project.name, "batch": self.batch.name})

    @property
    def audited(self) -> int:
        return self.completed - self.ready


def batches_of(batches: Iterable[Batch], *, organization: Organization, today: date) -> list[BatchFigures]:
    """Figures of these batches in their order. Four statements, however many there are."""
    found = {str(batch.pk): BatchFigures(batch) for batch in batches}
    cells = Cell.objects.for_organization(organization)
    whole = cells.of(Dimension.BATCH, *[*found, ""]).filter(grain=Grain.WHOLE).order_by()
    for row in whole.values("value", "status").annotate(**sums(("tasks",))):
        one, name = found[row["value"]], row["status"] or "ready"
        setattr(one, name, row["tasks"])
        one.completed += row["tasks"]
    recent = cells.of(Dimension.BATCH_PACE, *[*found, ""]).filter(grain=Grain.DAY).order_by()
    recent = recent.filter(day__gt=today - timedelta(days=PACE_DAYS), day__lte=today)
    for key, reviews in recent.values_list("value").annotate(Sum("reviews")):
        _expect(found[key], reviews, today)
    for key, people in _auditors(found, cells).items():
        found[key].by = sorted(people, key=lambda pair: (-pair[1], pair[0]))
    return list(found.values())


def _expect(one: BatchFigures, reviews: int, today: date) -> None:
    one.pace = reviews / PACE_DAYS
    if one.ready and one.pace > 0:
        one.expected_end = today + timedelta(days=min(3650, -(-one.ready // one.pace)))


def _auditors(found: dict[str, BatchFigures], cells: CellQuerySet) -> dict[str, list[tuple[str, int]]]:
    # A value begins with its batch: a range per batch, not a scan of all of them.
    audited = [key for key, one in found.items() if one.audited]
    rows = []
    if audited:
        keys = cells.of(Dimension.BATCH_AUDITOR).filter(grain=Grain.WHOLE, reviews__gt=0)
        wanted = keys.none()
        for key in audited:
            wanted = wanted | keys.filter(value__gte=f"{key}:", value__lt=f"{key};")
        rows = [(value.partition(":"), reviews) for value, reviews in wanted.values_list("value", "reviews")]
    emails = dict(User.objects.filter(pk__in={UUID(parts[2]) for parts, _ in rows}).values_list("pk", "email"))
    people = defaultdict(list)
    for parts, reviews in rows:
        people[parts[0]].append((emails.get(UUID(parts[2]), ""), reviews))
    return people
