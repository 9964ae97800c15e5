"""A task's callback, sent again on request."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audits.announce import announce_task
from audits.models import Task
from audits.services.tasks import held_task
from callbacks.services import resend_newest
from labelops.errors import InvalidInput
from labelops.tenancy.models import EventType, Organization

TOLD_AS = {
    Task.Status.COMPLETED: EventType.TASK_COMPLETED,
    Task.Status.CANCELED: EventType.TASK_CANCELED,
    Task.Status.ERROR: EventType.TASK_ERROR,
}


@transaction.atomic(savepoint=False)
def send_callback_again(*, organization: Organization, task_id: Any, now: datetime) -> None:
    """The task's newest event to whoever was told of it: same id, same bytes. Where none of them listens any more, its
    present state to whoever does now, as a new event. Raises NotFound; InvalidInput for a pending task and where nobody
    listens."""
    task = held_task(organization, task_id)
    type = _newest_type(task)
    if type is None:
        raise InvalidInput(_("There is nothing to tell yet: this task is %(status)s.") % {"status": task.status})
    if _is_on_its_way(task, organization, now):
        return
    task.callback_sequence += 1
    task.save(update_fields=["callback_sequence"])
    announce_task(task, type=type, organization=organization, now=now)
    if not _is_on_its_way(task, organization, now):
        raise InvalidInput(
            _(
                "Nobody listens: give the task, its batch, its project or the organization a callback_url, or set up "
                "an endpoint."
            )
        )


def _newest_type(task: Task) -> EventType | None:
    """What its present state would be told as; None where there is nothing to tell."""
    if task.waits_for_redo:
        return EventType.TASK_RECALLED
    return EventType.TASK_AUDITED if task.review_status else TOLD_AS.get(task.status)


def _is_on_its_way(task: Task, organization: Organization, now: datetime) -> bool:
    return resend_newest(organization=organization, subject_id=task.pk, now=now) > 0
