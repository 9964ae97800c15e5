"""Reads of tasks and suites in pools."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from crowd_rules.models import PoolTask, TaskSuite
from labelops.errors import NotFound
from labelops.tenancy.models import Organization


def find_task(*, organization: Organization, task_id: Any) -> PoolTask:
    """With its audits task. Raises NotFound."""
    found = PoolTask.objects.for_organization(organization).with_task().filter(pk=task_id).first()
    if found is None:
        raise NotFound(_("There is no such task."))
    return found


def find_suite(*, organization: Organization, suite_id: Any) -> TaskSuite:
    """Raises NotFound."""
    found = TaskSuite.objects.for_organization(organization).filter(pk=suite_id).first()
    if found is None:
        raise NotFound(_("There is no such task suite."))
    return found


def tasks_of_suites(organization: Organization, suites: Sequence[TaskSuite]) -> dict[UUID, list[PoolTask]]:
    """suite id -> its tasks in the order of the page, with their audits tasks; one statement."""
    wanted = {task_id for suite in suites for task_id in suite.task_ids}
    tasks = PoolTask.objects.for_organization(organization).with_task().in_bulk(wanted)
    return {suite.pk: [tasks[one] for one in suite.task_ids if one in tasks] for suite in suites}
