"""What a task filter asks of the figures: cells where they were counted ahead, else a scan of the facts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict

from audits.filters import READY, TaskFilter
from audits.models import Batch, Task
from labelops.tenancy.models import Membership, Organization, User
from reports.engine.spans import Span, spans
from reports.engine.weeks import local_day, starts
from reports.models import Cell, Dimension, TaskFact

# Nothing of these stands in the facts: the tasks themselves are asked.
BEYOND = (
    "q",
    "ids",
    "unique_ids",
    "reason",
    "created_after",
    "created_before",
    "updated_after",
    "updated_before",
    "redo",
)
PLACES = ("project", "batch", "batch_status", "type", "performer", "tag", "tags", "auditor")


@dataclass
class Selection:
    """`dimension` and `values` name the cells; `facts` is set where none were counted ahead for what is asked."""

    organization: Organization
    dimension: str = Dimension.ALL
    values: list[str] = field(default_factory=lambda: [""])
    first: date | None = None
    last: date | None = None
    statuses: list[str] | None = None
    auditor_id: UUID | None = None
    facts: QuerySet | None = None
    # The facts that match, where somebody asks what no cell says (another dimension of the same tasks).
    rows: Callable[[], QuerySet] = TaskFact.objects.none
    # The same whoever audited them: second audits stand in no fact.
    places: Callable[[], QuerySet] = TaskFact.objects.none

    @property
    def is_everything(self) -> bool:
        """Narrowed by nothing but time and verdict."""
        return self.is_counted and self.dimension == Dimension.ALL

    @property
    def is_of_all_time(self) -> bool:
        """Narrowed by nothing, or by who audited alone: every task is in it."""
        is_whole = self.is_everything or (self.is_counted and self.dimension == Dimension.AUDITOR)
        return is_whole and self.statuses is None and self.first is None and self.last is None

    @property
    def is_counted(self) -> bool:
        """Whether the answer was counted ahead, so that its cost does not grow with the tasks."""
        return self.facts is None

    @property
    def is_by_outcome(self) -> bool:
        """Narrowed by what audits said or by who audited: no estimate for all tasks comes out of it."""
        return self.statuses is not None or self.auditor_id is not None

    def cells(self, dimension: str = "", *values: str) -> QuerySet:
        """The cells of this selection, or of another dimension in the same time and with the same verdicts."""
        cells = Cell.objects.for_organization(self.organization).of(
            dimension or self.dimension, *(values if dimension else self.values or [None])
        )
        return self.narrowed(cells.filter(self._time()))

    def narrowed(self, cells: QuerySet) -> QuerySet:
        return cells if self.statuses is None else cells.filter(status__in=self.statuses)

    def spans(self) -> Iterator[Span]:
        return spans(self.first, self.last)

    def _time(self) -> Q:
        found = Q(pk__in=[])
        for span in self.spans():
            part = Q(grain=span.grain)
            if span.first:
                part &= Q(day__gte=span.first)
            if span.last:
                part &= Q(day__lte=span.last)
            found |= part
        return found


def select(found: TaskFilter, *, member: Membership) -> Selection:
    """The selection of a valid filter for this member. Looks names up: one statement for each that is given."""
    selection, was_counted = _asked(found, member)
    if not was_counted:
        selection.facts = selection.rows()
    return selection


def select_counted(found: TaskFilter, *, member: Membership) -> Selection | None:
    """The same; None where it was not counted ahead."""
    selection, was_counted = _asked(found, member)
    return selection if was_counted else None


def _asked(found: TaskFilter, member: Membership) -> tuple[Selection, bool]:
    organization = member.organization
    wishes = _wishes(found)
    selection = Selection(organization, statuses=_statuses(wishes))
    days = _days(wishes, organization.time_zone)
    given = [name for name in PLACES if wishes.get(name)]
    plain = days is not None and not member.needs_assignment and not any(wishes.get(name) for name in BEYOND)
    if wishes.get("auditor"):
        selection.auditor_id = _auditor(wishes["auditor"])
    if not _completed(wishes):
        return selection, False
    selection.rows = lambda: _facts(found, member, wishes, selection)
    anybody = wishes | {"auditor": ""}
    selection.places = lambda: _facts(found, member, anybody, replace(selection, auditor_id=None))
    if not plain or not _one_place(selection, found, wishes, given):
        return selection, False
    selection.first, selection.last = days
    return selection, True


def _wishes(found: TaskFilter) -> dict[str, Any]:
    """What the form has, and what the API's filter reads beside it."""
    more = {name: getattr(found, name, None) for name in ("tags", "unique_ids")}
    return found.form.cleaned_data | {name: value for name, value in more.items() if value}


def everything_of(member: Membership) -> Selection:
    """All that this member may see, without a filter."""
    tasks = Task.objects.for_organization(member.organization).visible_to(member).completed()
    found = TaskFilter(QueryDict(), queryset=tasks, organization=member.organization, zone=UTC)
    found.is_valid()
    return select(found, member=member)


def _completed(wishes: dict[str, Any]) -> bool:
    """Only completed tasks are counted: a filter on other statuses leaves nothing."""
    return not wishes.get("status") or Task.Status.COMPLETED in wishes["status"]


def _statuses(wishes: dict[str, Any]) -> list[str] | None:
    given = wishes.get("review_status")
    return ["" if value == READY else value for value in given] if given else None


def _days(wishes: dict[str, Any], zone: str) -> tuple[date | None, date | None] | None:
    """The local days, if the instants are the ends of such; None: they cut a day in two."""
    after, before = wishes.get("completed_after"), wishes.get("completed_before")
    try:
        first = after and _first_day(after, zone)
        last = before and _last_day(before, zone)
    except ValueError:
        return None
    return first, last


def _first_day(moment: datetime, zone: str) -> date:
    day = local_day(moment, zone)
    if starts(day, zone) != moment:
        raise ValueError(moment)
    return day


def _last_day(moment: datetime, zone: str) -> date:
    return _first_day(moment + timedelta(microseconds=1), zone) - timedelta(days=1)


def _auditor(email: str) -> UUID | None:
    # Nobody: an id that no audit has.
    found = User.objects.filter(email__iexact=email.strip()).values_list("pk", flat=True).first()
    return found or UUID(int=0)


def _one_place(selection: Selection, found: TaskFilter, wishes: dict[str, Any], given: list[str]) -> bool:
    """Whether one dimension says it all; then its values are set. A batch says its project."""
    if given == ["project", "batch"]:
        selection.values = _texts(found.batches_called(wishes["batch"], project=wishes["project"]))
        selection.dimension = Dimension.BATCH
        return True
    if not given:
        return True
    if len(given) > 1:
        return False
    name, wish = given[0], wishes[given[0]]
    if name in ("tag", "tags"):
        tags = wish if name == "tags" else [one.strip() for one in wish.split(",") if one.strip()]
        if len(tags) != 1:  # A task may have both: they cannot be added up.
            return False
        selection.dimension, selection.values = Dimension.TAG, tags
        return True
    selection.dimension, selection.values = _place(found, name, wish, selection)
    return True


def _place(found: TaskFilter, name: str, wish: str, selection: Selection) -> tuple[str, list[str]]:
    if name == "type":
        return Dimension.TYPE, [wish]
    if name == "auditor":
        return Dimension.AUDITOR, [str(selection.auditor_id)]
    if name == "project":
        return Dimension.PROJECT, _texts(found.projects_called(wish))
    if name == "performer":
        return Dimension.PERFORMER, _texts(found.performers_called(wish))
    if name == "batch":
        return Dimension.BATCH, _texts(found.batches_called(wish))
    batches = Batch.objects.for_organization(found.organization).filter(status=wish)
    return Dimension.BATCH, _texts(list(batches.values_list("pk", flat=True)))


def _texts(keys: list[UUID]) -> list[str]:
    return [str(key) for key in keys]


def _facts(found: TaskFilter, member: Membership, wishes: dict[str, Any], selection: Selection) -> QuerySet:
    """The facts that match; only what stands in none of them is asked of the tasks."""
    facts = TaskFact.objects.for_organization(member.organization)
    if member.needs_assignment or any(wishes.get(name) for name in BEYOND):
        return facts.filter(pk__in=found.qs.order_by().values("pk"))
    if selection.statuses is not None:
        facts = facts.filter(review_status__in=selection.statuses)
    # As in the list itself: so each name is looked up once.
    if wishes.get("batch"):
        batches = found.batches_called(wishes["batch"], project=wishes.get("project") or "")
        facts = facts.filter(batch_id__in=batches)
    elif wishes.get("project"):
        facts = facts.filter(project_id__in=found.projects_called(wishes["project"]))
    if wishes.get("performer"):
        facts = facts.filter(completed_by_id__in=found.performers_called(wishes["performer"]))
    if wishes.get("batch_status"):
        facts = facts.filter(batch_id__in=_place(found, "batch_status", wishes["batch_status"], selection)[1])
    return _narrowed(facts, wishes, selection)


def _narrowed(facts: QuerySet, wishes: dict[str, Any], selection: Selection) -> QuerySet:
    if wishes.get("type"):
        facts = facts.filter(type=wishes["type"])
    for name, lookup in (("completed_after", "gte"), ("completed_before", "lte")):
        if wishes.get(name):
            facts = facts.filter(**{f"completed_at__{lookup}": wishes[name]})
    if wishes.get("tag"):
        facts = facts.filter(tags__overlap=[one.strip() for one in wishes["tag"].split(",")])
    if wishes.get("tags"):
        facts = facts.filter(tags__overlap=wishes["tags"])
    if selection.auditor_id:
        facts = facts.audited().filter(audits__contains=[[str(selection.auditor_id)]])
    return facts
