"""Tasks that cannot be done: whoever labels them says so."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audits.announce import announce_task
from audits.models import Task
from audits.services.batches import complete_batch_if_done
from audits.services.tasks import held_task, move_on
from labelops.errors import InvalidInput
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User

LONGEST_ERROR = 2000


@transaction.atomic(savepoint=False)
def fail_task(*, organization: Organization, actor: User | None, task_id: Any, error: str, now: datetime) -> Task:
    """A pending task ends with status `error`; its response is then `{"error": sentence}`, as in the original.

    Once more with the same sentence changes nothing. Raises InvalidInput (not pending, no sentence), NotFound.
    """
    error = _checked(error)
    task = held_task(organization, task_id)
    if task.status == Task.Status.ERROR and task.response == {"error": error}:
        return task
    if task.status != Task.Status.PENDING:
        raise InvalidInput(_("Only a pending task can fail; this one is %(status)s.") % {"status": task.status})
    move_on(task, status=Task.Status.ERROR, response={"error": error}, updated_at=now)
    record_event(EventType.TASK_ERROR, organization=organization, actor=actor, now=now, task_id=task.id,
                 before={"status": "pending"}, after={"status": "error", "comment": error})  # fmt: skip
    announce_task(task, type=EventType.TASK_ERROR, organization=organization, now=now)
    if task.batch_id:
        complete_batch_if_done(batch=task.batch, organization=organization, now=now)
    return task


def _checked(error: str) -> str:
    error = error.strip()
    if not error or len(error) > LONGEST_ERROR or "\0" in error:
        words = {"number": LONGEST_ERROR}
        raise InvalidInput(fields={"error": _("Say in 1 to %(number)s characters what went wrong.") % words})
    return error
