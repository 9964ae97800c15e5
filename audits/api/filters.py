"""The filters of the dialect's lists: the page's filters under the names of the wire."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict

from audits.api.fields import Query
from audits.filters import REVIEW_CHOICES, InstantFilter, Shared, TaskFilter
from audits.models import Batch
from labelops.errors import InvalidInput

# The original knows it; here every audit has a verdict, so it matches nothing.
COMMENTED = ("commented", "Commented")
# Key on the wire -> field of the filter. `project_id` and whatever else is sent means nothing, as with the original.
TASK_KEYS = {
    "start_time": "created_after", "end_time": "created_before", "status": "status", "type": "type",
    "project": "project", "batch": "batch", "completed_after": "completed_after",
    "redo": "redo", "completed_before": "completed_before", "updated_after": "updated_after",
    "updated_before": "updated_before",
}  # fmt: skip


class ApiTaskFilter(TaskFilter):
    """`tags` and `unique_id` come repeated and mean any of them; `customer_review_status` is one list with commas."""

    review_status = django_filters.MultipleChoiceFilter(
        choices=[*REVIEW_CHOICES, COMMENTED], method="reviewed", distinct=False
    )

    # What a call takes beside the filters of the list of tasks, under the field's own name.
    more_keys: tuple[str, ...] = ()

    def __init__(self, given: QueryDict, **kwargs: Any) -> None:
        data = QueryDict(mutable=True)
        for key, field in [*TASK_KEYS.items(), *((key, key) for key in self.more_keys)]:
            data.setlist(field, [value for value in given.getlist(key) if value])
        data.setlist("review_status", _statuses(given))
        query = Query(given)
        self.tags, self.unique_ids = query.texts("tags"), query.texts("unique_id")
        # Only those asked for: each filter and its form field is copied for each call.
        self.base_filters = Shared({field: self.base_filters[field] for field, values in data.lists() if values})
        super().__init__(data, **kwargs)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        tasks = super().filter_queryset(queryset)
        if self.tags:
            tasks = tasks.filter(tags__overlap=self.tags)
        return tasks.with_unique_ids(self.unique_ids) if self.unique_ids else tasks

    # Both names are looked up in one statement, so that the list stays within its budget.
    def of_project(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        return tasks if self.form.cleaned_data.get("batch") else super().of_project(tasks, name, value)

    def of_batch(self, tasks: QuerySet, name: str, value: str) -> QuerySet:
        project = self.form.cleaned_data.get("project") or ""
        return tasks.filter(batch_id__in=self.batches_called(value, project=project))


def _statuses(given: QueryDict) -> list[str]:
    texts = ",".join(given.getlist("customer_review_status")).split(",")
    return [text.strip() for text in texts if text.strip()]


class ApiBatchFilter(django_filters.FilterSet):
    start_time = InstantFilter(field_name="created_at", lookup_expr="gte")
    end_time = InstantFilter(field_name="created_at", lookup_expr="lte", ends=True)
    completed_after = InstantFilter(field_name="completed_at", lookup_expr="gte")
    completed_before = InstantFilter(field_name="completed_at", lookup_expr="lte", ends=True)
    status = django_filters.ChoiceFilter(choices=Batch.Status)
    project = django_filters.CharFilter(field_name="project__name")

    class Meta:
        model = Batch
        fields: list[str] = []

    def checked(self) -> QuerySet:
        """The matching batches; InvalidInput names the key that is wrong."""
        if not self.is_valid():
            raise InvalidInput(fields={name: f"{name}: {errors[0]}" for name, errors in self.form.errors.items()})
        return self.qs
