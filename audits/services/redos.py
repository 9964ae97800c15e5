"""Redo: a rejected task goes back to be done again. Nothing does that by itself.

What was stays: the audits with their comments, and the rejected response as the last of the prior ones. The task's
`attempt` grows, so that audits tell which response they judged. Lock order as everywhere in this package: tasks by id,
then everything else; batches last, by id.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.announce import announce_task
from audits.models import Batch, Draft, Task, TaskLock
from audits.services.batches import reopen_batch
from audits.services.locks import release_held, task_is_locked
from audits.services.tasks import NO_SUCH_TASK, move_on
from labelops.errors import Forbidden, InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership
from labelops.tenancy.permissions import Permission

LONGEST_NOTE = 2000


class NotRejected(InvalidInput):
    message = gettext_lazy("Only a rejected task can be sent back; this one is not rejected.")


@transaction.atomic(savepoint=False)
def redo_task(*, by: Membership, task_id: UUID, now: datetime, note: str = "") -> Task:
    """Make a rejected task pending again, with event and callback; its batch is in progress again.

    `note` goes into the history, at most 2,000 characters. Raises Forbidden, NotFound, NotRejected, InvalidInput,
    Locked (somebody is auditing it).
    """
    note = _checked(by, note)
    held = _held(by, [task_id])
    if not held:
        raise NotFound(NO_SUCH_TASK)
    task = held[0]
    if not _is_rejected(task):
        raise NotRejected
    if lock := _others_locks(by, [task]).get(task.pk):
        raise task_is_locked(lock.holder.email, lock.expires_at)
    _send_back([task], by=by, note=note, now=now)
    return task


@transaction.atomic(savepoint=False)
def redo_tasks(*, by: Membership, task_ids: Sequence[UUID], now: datetime, note: str = "") -> int:
    """Send back those of these that are rejected and in nobody else's hands; how many. Raises Forbidden."""
    note = _checked(by, note)
    rejected = [task for task in _held(by, task_ids) if _is_rejected(task)]
    locks = _others_locks(by, rejected)
    return _send_back([task for task in rejected if task.pk not in locks], by=by, note=note, now=now)


def _checked(by: Membership, note: str) -> str:
    if not by.may(Permission.REDO):
        raise Forbidden
    note = note.strip()
    if len(note) > LONGEST_NOTE or "\0" in note:
        raise InvalidInput(fields={"note": _("A note has at most %(number)s characters.") % {"number": LONGEST_NOTE}})
    return note


def _held(by: Membership, task_ids: Sequence[UUID]) -> list[Task]:
    """Of these, the tasks that this member may see; their rows are locked until the transaction ends."""
    mine = Task.objects.for_organization(by.organization).visible_to(by).filter(pk__in=task_ids)
    return list(mine.with_names().with_audits().select_for_update(of=("self",)).order_by("pk"))


def _is_rejected(task: Task) -> bool:
    return task.status == Task.Status.COMPLETED and task.review_status == Task.ReviewStatus.REJECTED


def _others_locks(by: Membership, tasks: Sequence[Task]) -> dict[UUID, TaskLock]:
    """Task id -> the live lock that somebody else holds on it."""
    live = TaskLock.objects.for_organization(by.organization).live().select_related("holder")
    return {lock.pk: lock for lock in live.filter(pk__in=[task.pk for task in tasks]).exclude(holder_id=by.user_id)}


def _send_back(tasks: Sequence[Task], *, by: Membership, note: str, now: datetime) -> int:
    ids = [task.pk for task in tasks]
    locks = TaskLock.objects.for_organization(by.organization).filter(pk__in=ids)
    release_held(locks, organization=by.organization, actor=by.user, now=now, reason="The task was sent back.")
    # What somebody had begun was about a response that is none any more.
    Draft.objects.for_organization(by.organization).filter(task_id__in=ids).delete()
    for task in tasks:
        _recall(task, by=by, note=note, now=now)
    batches = Batch.objects.for_organization(by.organization)
    for batch in batches.filter(pk__in={task.batch_id for task in tasks} - {None}).order_by("pk"):
        reopen_batch(batch=batch, organization=by.organization, actor=by.user, now=now)
    return len(tasks)


def _recall(task: Task, *, by: Membership, note: str, now: datetime) -> None:
    audit = next(iter(task.known_audits), None)
    before = {
        "status": task.status, "review_status": task.review_status, "attempt": task.attempt,
        "completed_by": task.completed_by.external_id if task.completed_by else None,
        "completed_at": task.completed_at.isoformat(),
    }  # fmt: skip
    move_on(
        task, status=Task.Status.PENDING, review_status="", attempt=task.attempt + 1, attempt_from=task.version + 1,
        response=None, prior_responses=[*task.prior_responses, task.response], completed_by=None, completed_at=None,
        updated_at=now,
    )  # fmt: skip
    after = {"status": task.status, "review_status": "", "attempt": task.attempt} | ({"comment": note} if note else {})
    record_event(EventType.TASK_RECALLED, organization=by.organization, actor=by.user, now=now, task_id=task.pk,
                 subject_id=audit and audit.pk, before=before, after=after)  # fmt: skip
    announce_task(task, type=EventType.TASK_RECALLED, organization=by.organization, now=now)
