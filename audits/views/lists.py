"""What the lists of projects, batches and sessions can show, and what they can be filtered by."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits.models import AuditSession, Batch, TaskImport
from audits.task_types import TASK_TYPES
from labelops.lists.chips import ANY, FilterForm
from labelops.lists.table import Column, ListOf
from labelops.tenancy.models import Membership

TASKS = ListOf(
    "tasks",
    (
        Column("task", _("Task"), always=True),
        Column("project", _("Project, batch")),
        Column("type", _("Type"), hidden=True),
        Column("status", _("Status")),
        Column("review", _("Audit status")),
        Column("auditor", _("Auditor"), spare=True),
        Column("tags", _("Tags"), hidden=True),
        Column("created", _("Created"), sort="created_at", falls_first=True, hidden=True),
        Column("completed", _("Completed, by"), sort="completed_at", falls_first=True, needs=("status", "completed")),
    ),
    sort="-created_at",
    export="tasks",
)
PROJECTS = ListOf(
    "projects",
    (
        Column("name", _("Project"), sort="name", always=True),
        Column("type", _("Type"), sort="type"),
        Column("tasks", _("Tasks"), number=True),
        Column("ready", _("Ready to audit"), number=True),
        Column("callback", _("Callback URL"), spare=True),
        Column("created", _("Created"), sort="created_at", falls_first=True),
    ),
    export="projects",
)
BATCHES = ListOf(
    "batches",
    (
        Column("name", _("Batch"), sort="name", always=True),
        Column("project", _("Project"), sort="project__name"),
        Column("status", _("Status"), sort="status"),
        Column("tasks", _("Tasks"), number=True),
        Column("ready", _("Ready to audit"), number=True),
        Column("callback", _("Callback URL"), hidden=True),
        Column("created", _("Created"), sort="created_at", falls_first=True),
    ),
    export="batches",
)
SESSIONS = ListOf(
    "sessions",
    (
        Column("session", _("Session"), always=True),
        Column("status", _("Status"), sort="status"),
        Column("progress", _("Progress")),
        Column("accepted", _("Accepted"), number=True),
        Column("fixed", _("Fixed"), number=True),
        Column("rejected", _("Rejected"), number=True),
        Column("opener", _("Opened by"), sort="created_by__email"),
        Column("created", pgettext_lazy("session", "Opened"), sort="created_at", falls_first=True),
    ),
    export="sessions",
)
IMPORTS = ListOf(
    "imports",
    (
        Column("file", _("File"), sort="name", always=True),
        Column("project", _("Project"), hidden=True),
        Column("state", _("State")),
        Column("imported", _("Imported"), number=True),
        Column("duplicates", _("There already"), number=True),
        Column("refused", _("Refused"), number=True),
        Column("created", _("Begun"), sort="id", falls_first=True),
        Column("who", _("By")),
    ),
    export="imports",
)
ARCHIVED = "archived"


class ProjectFilter(FilterForm):
    q = forms.CharField(label=_("Name"), widget=forms.TextInput(attrs={"type": "search"}))
    type = forms.ChoiceField(label=_("Type"), choices=lambda: [ANY, *((one, one) for one in sorted(TASK_TYPES))])
    state = forms.ChoiceField(label=_("State"), choices=[("", _("In use")), (ARCHIVED, _("Archived"))])

    def of(self, projects: QuerySet) -> QuerySet:
        if name := self.chosen("q"):
            projects = projects.filter(name__icontains=name)
        if type := self.chosen("type"):
            projects = projects.filter(type=type)
        return projects.filter(archived_at__isnull=self.chosen("state") != ARCHIVED)


class BatchFilter(FilterForm):
    q = forms.CharField(label=_("Name"), widget=forms.TextInput(attrs={"type": "search"}))
    project = forms.CharField(label=_("Project"))
    status = forms.ChoiceField(label=_("Status"), choices=[ANY, *Batch.Status.choices])

    def __init__(self, *args: Any, projects: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["project"].widget = forms.Select(choices=[ANY, *((name, name) for name in projects)])

    def of(self, batches: QuerySet) -> QuerySet:
        if name := self.chosen("q"):
            batches = batches.filter(name__icontains=name)
        if project := self.chosen("project"):
            batches = batches.filter(project__name=project)
        if status := self.chosen("status"):
            batches = batches.filter(status=status)
        return batches


class SessionFilter(FilterForm):
    q = forms.CharField(label=_("Name"), widget=forms.TextInput(attrs={"type": "search"}))
    status = forms.ChoiceField(label=_("Status"), choices=[ANY, *AuditSession.Status.choices])
    opener = forms.ChoiceField(label=_("Opened by"), choices=[("", _("Anybody")), ("me", _("Me"))])

    def of(self, sessions: QuerySet, member: Membership) -> QuerySet:
        if name := self.chosen("q"):
            sessions = sessions.filter(name__icontains=name)
        if status := self.chosen("status"):
            sessions = sessions.filter(status=status)
        return sessions.filter(created_by_id=member.user_id) if self.chosen("opener") else sessions


class ImportFilter(FilterForm):
    q = forms.CharField(label=_("File"), widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label=_("State"), choices=[ANY, *TaskImport.Status.choices])
    refused = forms.ChoiceField(label=_("Refused"), choices=[ANY, ("some", _("With refused records"))])

    def of(self, imports: QuerySet) -> QuerySet:
        if name := self.chosen("q"):
            imports = imports.filter(name__icontains=name)
        if state := self.chosen("state"):
            imports = imports.filter(status=state)
        return imports.filter(refused__gt=0) if self.chosen("refused") else imports
