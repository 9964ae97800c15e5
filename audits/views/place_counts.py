"""The numbers of tasks beside the projects and batches of a page."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from audits.models import Batch, Project
from labelops.tenancy.models import Organization


def count_tasks(places: Iterable[Any], *, organization: Organization) -> None:
    """Give each Project or Batch `task_count` and `ready_count` (completed and not audited yet).

    One statement out of what was counted ahead, however many tasks there are; else the tasks are counted.
    """
    rows = list(places)
    if not rows:
        return
    kind = type(rows[0])
    name = {Project: "project", Batch: "batch"}[kind]
    found = import_string(settings.PLACE_TOTALS)(organization, name, [row.pk for row in rows])
    if found is None:
        counted = kind.objects.for_organization(organization).with_task_counts().filter(pk__in=[row.pk for row in rows])
        found = {key: (tasks, ready) for key, tasks, ready in counted.values_list("pk", "task_count", "ready_count")}
    for row in rows:
        row.task_count, row.ready_count = found.get(row.pk, (0, 0))
