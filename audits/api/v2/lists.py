"""Filters and pages of the two lists of the second version."""

from datetime import UTC
from typing import Any

import django_filters
from django.http import QueryDict
from rest_framework.request import Request

from audits.api.fields import Query
from audits.api.paging import next_token, read_token
from audits.api.v2.places import batches_of, called, projects_of
from audits.filters import InstantFilter
from audits.models import Batch, Task
from labelops.errors import InvalidInput


class Times(django_filters.FilterSet):
    created_after = InstantFilter(field_name="created_at", lookup_expr="gte")
    created_before = InstantFilter(field_name="created_at", lookup_expr="lte", ends=True)
    completed_after = InstantFilter(field_name="completed_at", lookup_expr="gte")
    completed_before = InstantFilter(field_name="completed_at", lookup_expr="lte", ends=True)


def within(rows: Any, given: QueryDict) -> Any:
    """The rows of the times asked for; InvalidInput names the key that is wrong."""
    times = Times(given, queryset=rows)
    for name in times.form.fields:
        times.form.fields[name].zone = UTC
    if not times.is_valid():
        raise InvalidInput(fields={name: f"{name}: {errors[0]}" for name, errors in times.form.errors.items()})
    return times.qs


def page_of_tasks(request: Request) -> tuple[list[Task], str | None]:
    """One page, newest first, and the token of the next."""
    query = Query(request.query_params)
    tasks = Task.objects.for_organization(request.organization).visible_to(request.membership)
    tasks = _placed(request, query, within(tasks, request.query_params))
    if status := query.text("status"):
        tasks = tasks.filter(status=status)
    return _page(request, query, tasks.with_names().newest_first())


def _placed(request: Request, query: Query, tasks: Any) -> Any:
    # Names are looked up first: the tasks' indexes hold ids.
    if query.text("project_id") or query.text("project_name"):
        named = called(projects_of(request), query.text("project_id"), query.text("project_name"))
        tasks = tasks.filter(project_id__in=list(named.values_list("pk", flat=True)))
    if query.text("batch_id") or query.text("batch_name"):
        named = called(batches_of(request), query.text("batch_id"), query.text("batch_name"))
        tasks = tasks.filter(batch_id__in=list(named.values_list("pk", flat=True)))
    return tasks


def page_of_batches(request: Request) -> tuple[list[Batch], str | None]:
    query = Query(request.query_params)
    batches = within(batches_of(request), request.query_params)
    if query.text("project_id") or query.text("project_name"):
        named = called(projects_of(request), query.text("project_id"), query.text("project_name"))
        batches = batches.filter(project_id__in=named.values("pk"))
    if status := query.text("status"):
        halts = status in Batch.Halt.values
        batches = batches.filter(halted=status) if halts else batches.filter(halted="", status=status)
    return _page(request, query, batches.newest_first())


def _page(request: Request, query: Query, rows: Any) -> tuple[list[Any], str | None]:
    limit = query.limit()
    if token := query.text("next_token"):
        rows = rows.before(*read_token(token, request.organization))
    found = list(rows[: limit + 1])
    return found[:limit], next_token(found[limit - 1], request.organization) if len(found) > limit else None
