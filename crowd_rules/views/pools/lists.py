"""What the lists of pools and of control tasks can show, and what they can be filtered by."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crowd_rules.models import Pool, PoolTask
from crowd_rules.services.controls import RETIRED, suspicious_controls
from labelops.lists.chips import ANY, FilterForm
from labelops.lists.table import Column, ListOf

POOLS = ListOf(
    "pools",
    (
        Column("name", _("Pool"), sort="private_name", always=True),
        Column("project", _("Project"), sort="project__name"),
        Column("status", _("Status"), sort="status"),
        Column("progress", _("Progress")),
        Column("review", _("To review"), number=True),
        Column("reward", _("Reward"), sort="reward", falls_first=True, number=True),
        Column("spent", _("Spent"), number=True),
        Column("overlap", _("Overlap"), sort="default_overlap", falls_first=True, number=True, hidden=True),
        Column("priority", _("Priority"), sort="priority", falls_first=True, number=True, hidden=True),
        Column("started", _("Last opened"), sort="last_started_at", falls_first=True, hidden=True),
        Column("created", _("Created"), sort="created_at", falls_first=True, spare=True),
    ),
    export="pools",
)
CONTROLS = ListOf(
    "controls",
    (
        Column("task", _("Control task"), always=True),
        Column("solution", _("Known solution")),
        Column("shown", _("Shown"), number=True),
        Column("right", pgettext_lazy("answers", "Right"), number=True),
        Column("state", _("State")),
        Column("created", _("Created"), sort="created_at", falls_first=True, spare=True),
    ),
    export="controls",
)
REWARDS = ListOf(
    "rewards",
    (
        Column("performer", _("Performer"), always=True),
        Column("amount", _("Amount"), number=True),
        Column("kind", _("Kind")),
        Column("work", _("Work")),
        Column("at", _("Paid"), sort="at", falls_first=True),
    ),
    sort="-at",
    export="rewards",
)
IN_USE, RETIRED_ONES, SUSPICIOUS = "used", "retired", "suspicious"


class PoolFilter(FilterForm):
    q = forms.CharField(label=_("Name"), widget=forms.TextInput(attrs={"type": "search"}))
    project = forms.CharField(label=_("Project"))
    status = forms.ChoiceField(
        label=_("Status"),
        choices=[("", _("In use")), ("OPEN", _("Open")), ("CLOSED", _("Closed")), ("ARCHIVED", _("Archived"))],
    )
    type = forms.ChoiceField(
        label=_("Kind"), choices=[ANY, ("REGULAR", _("Work")), ("TRAINING", _("Training or exam"))]
    )

    def __init__(self, *args: Any, projects: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["project"].widget = forms.Select(choices=[ANY, *((name, name) for name in projects)])

    def of(self, pools: QuerySet) -> QuerySet:
        if name := self.chosen("q"):
            pools = pools.filter(private_name__icontains=name)
        if project := self.chosen("project"):
            pools = pools.filter(project__name=project)
        if type := self.chosen("type"):
            pools = pools.filter(type=type)
        if status := self.chosen("status"):
            return pools.filter(status=status)
        return pools.exclude(status=Pool.Status.ARCHIVED)


class ControlFilter(FilterForm):
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All")), (IN_USE, _("In use")), (SUSPICIOUS, _("Suspicious")), (RETIRED_ONES, _("Retired"))],
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[ANY, (PoolTask.Kind.CONTROL, _("Control")), (PoolTask.Kind.TRAINING, _("Training"))]
    )

    def of(self, controls: QuerySet, pool: Pool) -> QuerySet:
        if kind := self.chosen("kind"):
            controls = controls.filter(kind=kind)
        state, retired = self.chosen("state"), Q(settings__has_key=RETIRED)
        if state == SUSPICIOUS:
            return controls.filter(pk__in=suspicious_controls(pool)).exclude(retired)
        if state:
            return controls.filter(retired) if state == RETIRED_ONES else controls.exclude(retired)
        return controls
