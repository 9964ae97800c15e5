"""What every page here begins with: the filter in the address, as a form and as a selection."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext_lazy as _

from audits.filters import TaskFilter, page_filter
from audits.models import Task
from audits.views.filtering import ALL_FIELDS, MORE_QUALITY_FIELDS, QUALITY_FIELDS, OneOfMany, TaskFilterBar
from labelops.lists.chips import ANY, Chip, chips_of
from labelops.tenancy.models import Membership
from labelops.tenancy.permissions import Permission
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

    def __init__(self, request: HttpRequest, *, with_choices: bool) -> None:
        self._request, self._with_choices = request, with_choices

    @cached_property
    def filter(self) -> TaskFilter:
        request = self._request
        tasks = Task.objects.for_organization(request.organization).visible_to(request.membership).completed()
        found = page_filter(request.GET, tasks=tasks, organization=request.organization)
        if not self._with_choices:
            # A form that was sent has empty fields too.
            for name in ("status", "review_status"):
                found.form.fields[name].widget = OneOfMany(choices=found.form.fields[name].choices)
        return found

    @cached_property
    def bar(self) -> "TaskFilterBar | Chips":
        if not self._with_choices:
            return Chips(self)
        bar = TaskFilterBar(self.filter, member=self._request.membership, first=QUALITY_FIELDS,
                            more=MORE_QUALITY_FIELDS)  # fmt: skip
        self.filter.form.fields["auditor"].widget = forms.Select(choices=_auditors(self._request))
        return bar

    @cached_property
    def selection(self) -> Selection:
        member = self._request.membership
        if self._with_choices:
            _ = self.bar  # Its widgets read a form that was sent with empty fields.
        if self.filter.is_valid():
            return select(self.filter, member=member)
        return Selection(member.organization, facts=TaskFact.objects.for_organization(member.organization).none())

    @cached_property
    def query(self) -> str:
        return filter_query(self._request.GET)

    @property
    def is_given(self) -> bool:
        """Whether anything is filtered by."""
        return bool(self.query)

    @property
    def context(self) -> dict[str, Any]:
        return {
            "bar": self.bar, "query": self.query, "is_filtered": bool(self.bar.chips),
            "selection": SimpleLazyObject(lambda: self.selection),
        }  # fmt: skip


@dataclass
class Chips:
    """What is left of a filter bar where only its chips are shown: no statement."""

    asked: Asked

    @cached_property
    def chips(self) -> list[Chip]:
        return chips_of(self.asked.filter.form, self.asked.filter.data) if self.asked.is_given else []


def asked(request: HttpRequest, *, with_choices: bool = True) -> Asked:
    return Asked(request, with_choices=with_choices)


def _auditors(request: HttpRequest) -> list[tuple[str, Any]]:
    members = Membership.objects.for_organization(request.organization).who_may(Permission.AUDIT)
    emails = list(members.order_by("user__email").values_list("user__email", flat=True))
    given = request.GET.get("auditor")
    # What the address names is offered too, so that sending the form again does not drop it.
    offered = emails if not given or given in emails else [given, *emails]
    return [ANY, *((email, email) for email in offered)]


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
