"""The one filter of tasks: the Tasks page, the Quality page, the API and a session's frame all read it."""

from copy import copy, deepcopy
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.db import connection
from django.db.models import Case, Exists, Q, QuerySet, Value, When
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from audits.models import Audit, Batch, Task
from labelops.errors import InvalidInput
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Organization

READY = "pending"
REVIEW_CHOICES = [
    (READY, _("Ready to audit")), ("accepted", _("Accepted")), ("fixed", _("Fixed")), ("rejected", _("Rejected")),
]  # fmt: skip


REDO_CHOICES = [("any", _("Sent back")), ("waiting", _("Waits for its redo")), ("done", _("Done again"))]


# Each list begins with one of these; to say it by the ORM took four times as long as the answer.
PROJECTS = "SELECT id FROM audits_project WHERE organization_id = %s AND name = %s"
BATCHES = "SELECT id FROM audits_batch WHERE organization_id = %s AND name = %s"
BATCHES_OF_PROJECT = """
SELECT b.id FROM audits_batch b JOIN audits_project p ON p.organization_id = b.organization_id AND p.id = b.project_id
 WHERE b.organization_id = %s AND b.name = %s AND p.name = %s
"""
# No task is of a time before or after, and each of these is a day in every zone, with a month behind it.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
PERFORMERS = "SELECT id FROM audits_performer WHERE organization_id = %s AND external_id = %s"


class InstantField(forms.CharField):
    """Any ISO 8601 date or time. Without an offset: in the filter's zone; a bare date ending a range means its end."""

    def __init__(self, *, ends: bool = False, **kwargs: Any) -> None:
        self.ends, self.zone = ends, UTC
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> datetime | None:
        text = (value or "").strip()
        if not text:
            return None
        try:
            return self._instant(text)
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError(
                _("Use a date such as 2026-11-22 or a time such as 2026-11-22T16:00:00Z.")
            ) from error

    def _instant(self, text: str) -> datetime:
        # A "+" of an offset arrives as a space where the sender did not quote it.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        if self.ends and len(text) == 10:
            moment = datetime.combine(moment.date() + timedelta(days=1), time(), self.zone) - timedelta(microseconds=1)
        return min(max(moment.astimezone(UTC), EARLIEST), LATEST)


class InstantFilter(django_filters.Filter):
    field_class = InstantField


class TextsField(forms.Field):
    """The key repeated, each value as it stands."""

    widget = forms.SelectMultiple


class TextsFilter(django_filters.Filter):
    field_class = TextsField


class Shared(dict[str, django_filters.Filter]):
    """A filter set's declared filters: each set copies them, and most of what they hold never changes."""

    def __deepcopy__(self, _memo: dict[int, Any]) -> dict[str, django_filters.Filter]:
        return {name: self._copy(one) for name, one in self.items()}

    @staticmethod
    def _copy(one: django_filters.Filter) -> django_filters.Filter:
        found = copy(one)
        found.method = one.method  # Binds it to this copy.
        return found


class FormMadeOnce:
    """A filter set whose form is the same class in every request: a form copies the fields it is declared with."""

    def get_form_class(self) -> type[forms.Form]:
        return _form_class(type(self), tuple(self.filters))


# All of a set's fields, or the few that calls name; nobody fills the memory by naming each time others.
@lru_cache(maxsize=256)
def _form_class(kind: type[django_filters.FilterSet], names: tuple[str, ...]) -> type[forms.Form]:
    fields = {name: deepcopy(kind.base_filters[name]).field for name in names}
    return type(f"{kind.__name__}Form", (forms.Form,), fields)


class TaskFilter(FormMadeOnce, django_filters.FilterSet):
    """`zone` decides what a date without an offset means: the organization's on pages, UTC in the API."""

    q = django_filters.CharFilter(method="search", label=_("Id or unique id"))
    ids = django_filters.CharFilter(method="with_ids", label=_("Chosen tasks"))
    status = django_filters.MultipleChoiceFilter(choices=Task.Status, distinct=False, label=_("Status"))
    review_status = django_filters.MultipleChoiceFilter(
        choices=REVIEW_CHOICES, method="reviewed", distinct=False, label=_("Audit status")
    )
    project = django_filters.CharFilter(method="of_project", label=_("Project"))
    batch = django_filters.CharFilter(method="of_batch", label=_("Batch"))
    batch_status = django_filters.ChoiceFilter(
        choices=Batch.Status, method="with_batch_status", label=_("Batch status")
    )
    redo = django_filters.ChoiceFilter(choices=REDO_CHOICES, method="sent_back", label=_("Redo"))
    type = django_filters.CharFilter(field_name="type", label=_("Type"))
    performer = django_filters.CharFilter(method="done_by", label=_("Performer"))
    auditor = django_filters.CharFilter(method="audited_by", label=_("Auditor"))
    reason = django_filters.CharFilter(method="blamed", label=_("Reason"))
    tag = django_filters.CharFilter(method="tagged", label=_("Tag"))
    # For callers that are no form: a tag may hold a comma.
    tags = TextsFilter(field_name="tags", lookup_expr="overlap", label=_("Tags"))
    completed_after = InstantFilter(method="completed_since", label=_("Completed from"))
    completed_before = InstantFilter(method="completed_until", label=_("Completed to"), ends=True)
    created_after = InstantFilter(field_name="created_at", lookup_expr="gte", label=_("Created from"))
    created_before = InstantFilter(field_name="created_at", lookup_expr="lte", label=_("Created to"), ends=True)
    updated_after = InstantFilter(field_name="updated_at", lookup_expr="gte", label=_("Changed from"))
    updated_before = InstantFilter(field_name="updated_at", lookup_expr="lte", label=_("Changed to"), ends=True)

    class Meta:
        model = Task
        fields: list[str] = []

    def __init__(self, data: QueryDict | None, *, queryset: QuerySet, organization: Organization, zone: tzinfo) -> None:
        self.organization, self.zone = organization, zone
        self._called: dict[tuple[str, ...], list[UUID]] = {}
        super().__init__(data, queryset=queryset)
        for field in self.form.fields.values():
            if isinstance(field, InstantField):
                field.zone = zone

    def checked(self) -> QuerySet:
        """The matching tasks; InvalidInput names the field that is wrong."""
        if not self.is_valid():
            raise InvalidInput(fields={name: str(errors[0]) for name, errors in self.form.errors.items()})
        return self.qs

    def search(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        return tasks.filter(id_match(value.strip()))

    def reviewed(self, tasks: QuerySet, name: str, values: list[str]) -> QuerySet:
        """`pending` is a completed task that was never audited."""
        if not values:
            return tasks
        stored = ["" if value == READY else value for value in values]
        return tasks.filter(status=Task.Status.COMPLETED, review_status__in=stored)

    # Only completed tasks have the time; the index of it holds only those.
    def completed_since(self, tasks: QuerySet, name: str, value: datetime) -> QuerySet:
        return tasks.completed().filter(completed_at__gte=value)

    def completed_until(self, tasks: QuerySet, name: str, value: datetime) -> QuerySet:
        return tasks.completed().filter(completed_at__lte=value)

    def begun(self, tasks: QuerySet) -> QuerySet:
        """The same matching tasks for a list by creation, told where it begins: not at the newest of all.

        Nothing changes before it is there, and hardly anything is completed before: who completes a task may name such
        a time, and where there is one of those nothing is left out. A count goes without: it would only be misled.
        """
        wishes = self.form.cleaned_data
        if until := wishes.get("updated_before"):
            tasks = tasks.filter(created_at__lte=until)
        if until := wishes.get("completed_before"):
            is_any_earlier = Exists(Task.objects.for_organization(self.organization).completed_before_created())
            always = Value(datetime.max.replace(tzinfo=UTC))
            tasks = tasks.filter(created_at__lte=Case(When(is_any_earlier, then=always), default=Value(until)))
        return tasks

    def sent_back(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        return tasks.redone(value)

    def with_ids(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        """Ids with commas between; what is no id matches nothing."""
        return tasks.filter(pk__in=list(filter(None, map(parse_public_id, value.split(",")))))

    # Names are looked up first: the tasks' indexes hold ids, and an unknown name matches nothing.
    def of_project(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        return tasks.filter(project_id__in=self.projects_called(value))

    def of_batch(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        return tasks.filter(batch_id__in=self.batches_called(value))

    def projects_called(self, name: str) -> list[UUID]:
        return self._once(PROJECTS, name)

    def batches_called(self, name: str, *, project: str = "") -> list[UUID]:
        """Of this project only, where one is named."""
        return self._once(BATCHES_OF_PROJECT, name, project) if project else self._once(BATCHES, name)

    def performers_called(self, name: str) -> list[UUID]:
        return self._once(PERFORMERS, name)

    def _once(self, query: str, *names: str) -> list[UUID]:
        """The ids that this finds; the list and its count ask for the same names."""
        key = (query, *names)
        if key not in self._called:
            with connection.cursor() as cursor:
                cursor.execute(query, [self.organization.pk, *names])
                self._called[key] = [id for (id,) in cursor.fetchall()]
        return self._called[key]

    def with_batch_status(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        return tasks.filter(batch__status=value, batch__organization=self.organization)

    def done_by(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        return tasks.filter(completed_by_id__in=self.performers_called(value))

    def audited_by(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        """With a standing audit by the person of this address."""
        audits = Audit.objects.for_organization(self.organization).standing()
        return tasks.filter(pk__in=audits.filter(auditor__email__iexact=value.strip()).values("task_id"))

    def blamed(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        """With a standing audit that names this reason."""
        audits = Audit.objects.for_organization(self.organization).standing().exclude(reasons=[])
        return tasks.filter(pk__in=audits.filter(reasons__contains=[value]).values("task_id"))

    def tagged(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        return tasks.filter(tags__overlap=[tag.strip() for tag in value.split(",")])


TaskFilter.base_filters = Shared(TaskFilter.base_filters)


def id_match(text: str) -> Q:
    """A whole id, or the beginning of a unique id."""
    try:
        return Q(pk=UUID(text)) | Q(unique_id=text)
    except ValueError:
        return Q(unique_id__startswith=text)


class PageFilter(TaskFilter):
    """Of what a page's form sent, empty fields too: those ask for nothing."""

    def __init__(self, data: QueryDict, **kwargs: Any) -> None:
        given = QueryDict(mutable=True)
        for name in FIELDS:
            if values := [value for value in data.getlist(name) if value]:
                given.setlist(name, values)
        # Only those asked for: each filter and its form field is copied for each request.
        self.base_filters = Shared({name: FIELDS[name] for name in given})
        super().__init__(given, **kwargs)


FIELDS = TaskFilter.base_filters


def page_filter(data: QueryDict, *, tasks: QuerySet, organization: Organization) -> PageFilter:
    return PageFilter(data, queryset=tasks, organization=organization, zone=ZoneInfo(organization.time_zone))


def page_form() -> type[forms.Form]:
    """All that tasks can be filtered by, to be shown; its base_fields are everybody's."""
    return _form_class(TaskFilter, tuple(FIELDS))
