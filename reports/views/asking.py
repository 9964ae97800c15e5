"""What every page here begins with: the filter in the address, as a form and as a selection."""

from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext_lazy as _

from audits.filters import PageFilter, page_filter
from audits.models import Task
from audits.views.filtering import ALL_FIELDS, MORE_QUALITY_FIELDS, QUALITY_FIELDS, TaskFilterBar, task_chips
from labelops.lists.chips import Chip
from labelops.tenancy.permissions import Permission
from labelops.tenancy.services.people import who_may
from reports.engine.weeks import local_day
from reports.models import TaskFact
from reports.selecting import Selection, select

TABS = [
    ("reports:quality", _("Dashboard"), "layout-dashboard"),
    ("reports:weeks", _("Tasks completed last week"), "calendar-days"),
    ("reports:tasks", _("Task Level Report"), "list-checks"),
    ("reports:batches", _("Auditor Tracker"), "layers"),
    ("reports:auditors", _("Auditor Quality"), "users"),
]


class Asked:
    """Each part is looked up where something asks for it: figures that are drawn already need none but the chips.

    `selection` is empty where the filter is invalid: the form says why.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def filter(self) -> PageFilter:
        request = self._request
        tasks = Task.objects.for_organization(request.organization).visible_to(request.membership).completed()
        return page_filter(request.GET, tasks=tasks, organization=request.organization)

    @cached_property
    def chips(self) -> tuple[Chip, ...]:
        return task_chips(self._request.GET) if self.query else ()

    @cached_property
    def selection(self) -> Selection:
        member = self._request.membership
        if self.filter.is_valid():
            return select(self.filter, member=member)
        return Selection(member.organization, facts=TaskFact.objects.for_organization(member.organization).none())

    @cached_property
    def query(self) -> str:
        """The filter's part of the address; empty where nothing is filtered by."""
        return filter_query(self._request.GET)

    @property
    def context(self) -> dict[str, Any]:
        return {
            "chips": self.chips, "query": self.query, "is_filtered": bool(self.chips),
            "selection": SimpleLazyObject(lambda: self.selection),
        }  # fmt: skip


def asked(request: HttpRequest) -> Asked:
    return Asked(request)


def quality_bar(request: HttpRequest) -> TaskFilterBar:
    people = who_may(Permission.AUDIT, organization=request.organization)
    return TaskFilterBar(
        request.GET, member=request.membership, first=QUALITY_FIELDS, more=MORE_QUALITY_FIELDS,
        auditors=[email for _id, _name, email in people],
    )  # fmt: skip


def filter_query(data: QueryDict, **changes: Any) -> str:
    """The filter's part of an address; `changes` replace keys, None takes one away."""
    query = QueryDict(mutable=True)
    for name in ALL_FIELDS:
        if values := [value for value in data.getlist(name) if value]:
            query.setlist(name, values)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query.setlist(name, value if isinstance(value, list) else [value])
    return query.urlencode()


def today_of(request: HttpRequest):
    return local_day(timezone.now(), request.organization.time_zone)
