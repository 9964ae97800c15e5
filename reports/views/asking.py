"""What every page here begins with: the filter in the address, as a form and as a selection."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils import timezone
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


@dataclass
class Chips:
    """What is left of a filter bar where only its chips are shown: no statement."""

    filter: TaskFilter

    @property
    def chips(self) -> list[Chip]:
        return chips_of(self.filter.form, self.filter.data)


@dataclass
class Asked:
    """`selection` is empty where the filter is invalid: the form says why."""

    filter: TaskFilter
    bar: TaskFilterBar | Chips
    selection: Selection
    query: str

    @property
    def context(self) -> dict[str, Any]:
        return {"bar": self.bar, "query": self.query, "selection": self.selection, "is_filtered": bool(self.bar.chips)}


def asked(request: HttpRequest, *, with_choices: bool = True) -> Asked:
    member = request.membership
    tasks = Task.objects.for_organization(request.organization).visible_to(member).completed()
    found = page_filter(request.GET, tasks=tasks, organization=request.organization)
    if with_choices:
        bar = TaskFilterBar(found, member=member, first=QUALITY_FIELDS, more=MORE_QUALITY_FIELDS)
        found.form.fields["auditor"].widget = forms.Select(choices=_auditors(request))
    else:
        # A form that was sent has empty fields too.
        for name in ("status", "review_status"):
            found.form.fields[name].widget = OneOfMany(choices=found.form.fields[name].choices)
        bar = Chips(found)
    nothing = Selection(request.organization, facts=TaskFact.objects.for_organization(request.organization).none())
    selection = select(found, member=member) if found.is_valid() else nothing
    return Asked(found, bar, selection, filter_query(request.GET))


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
