"""Flags: a task that one auditor hands to a colleague, with a note. It waits for them outside of the queue."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.models import AuditSession, Flag, SessionItem, Task, TaskLock
from audits.services.locks import LockLost, OwnWork, release_held, release_lock, take_lock
from audits.services.sessions import BEHIND_ALL
from audits.services.tasks import NO_SUCH_TASK
from labelops.errors import Conflict, Forbidden, InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership, User
from labelops.tenancy.permissions import Permission

NO_SUCH_FLAG = gettext_lazy("This task is not flagged any more.")


class FlaggedAlready(Conflict):
    message = gettext_lazy("This task is flagged for a colleague already.")


def colleagues_for(*, by: Membership, session: AuditSession | None = None) -> list[Membership]:
    """To whom `by` may hand a task: the others who may audit and, in a session, may join it. By e-mail."""
    members = Membership.objects.for_organization(by.organization).who_may(Permission.AUDIT)
    found = list(members.exclude(user_id=by.user_id).select_related("user").order_by("user__email"))
    for member in found:
        member.organization = by.organization
    if session is None:
        return found
    named = set(session.invited.values_list("user_id", flat=True))
    return [member for member in found if _may_join(member, session, named)]


def _may_join(member: Membership, session: AuditSession, named: set[UUID]) -> bool:
    is_in = not named or member.user_id in named or session.created_by_id == member.user_id
    return is_in or member.may(Permission.MANAGE_SESSIONS)


@transaction.atomic(savepoint=False)
def flag_task(
    *,
    by: Membership,
    task_id: UUID,
    assignee_id: UUID,
    note: str,
    token: int,
    now: datetime,
    session: AuditSession | None = None,
) -> Flag:
    """Give the held task to a colleague (`assignee_id` is a user's id); the lock goes back.

    Raises InvalidInput (no note, not somebody who may audit it), LockLost, FlaggedAlready, OwnWork, NotFound.
    """
    note = _checked_note(note)
    assignee = next((one for one in colleagues_for(by=by, session=session) if one.user_id == assignee_id), None)
    if assignee is None:
        raise InvalidInput(fields={"assignee": _("Choose a colleague who may audit this task.")})
    item = _item(session, task_id) if session else None
    task = _task(by, task_id)
    _check_assignee(assignee, task)
    if Flag.objects.for_organization(by.organization).open().filter(task=task).exists():
        raise FlaggedAlready
    if not release_lock(auditor=by, task_id=task_id, token=token, now=now):
        raise LockLost(_("You no longer hold this task, so it was not flagged."))
    if item:
        SessionItem.objects.filter(pk=item.pk).update(state=SessionItem.State.FLAGGED)
    flag = Flag.objects.create(organization=by.organization, task=task, task_version=task.version, session=session,
                               raised_by=by.user, assignee=assignee.user, note=note, created_at=now)  # fmt: skip
    _record(EventType.TASK_FLAGGED, flag, by.user, now, after={"for": assignee.user.email, "comment": note})
    return flag


def _checked_note(note: str) -> str:
    note = note.strip()
    if not note:
        raise InvalidInput(fields={"note": _("Write what your colleague should look at.")})
    return note


def _item(session: AuditSession, task_id: UUID) -> SessionItem | None:
    items = SessionItem.objects.for_organization(session.organization).select_for_update()
    return items.filter(session=session, task_id=task_id, state=SessionItem.State.OPEN).first()


def _task(by: Membership, task_id: UUID) -> Task:
    tasks = Task.objects.for_organization(by.organization).visible_to(by).select_related("completed_by")
    task = tasks.select_for_update(of=("self",)).filter(pk=task_id).first()
    if task is None:
        raise NotFound(NO_SUCH_TASK)
    return task


def _check_assignee(assignee: Membership, task: Task) -> None:
    if task.completed_by and task.completed_by.user_id == assignee.user_id:
        raise OwnWork(_("%(name)s did this task and cannot audit it. Choose somebody else.") % {"name": assignee.user})
    mine = Task.objects.for_organization(assignee.organization).visible_to(assignee)
    if not mine.filter(pk=task.pk).exists():
        sentence = _("%(name)s is not assigned to this task's project.") % {"name": assignee.user}
        raise InvalidInput(fields={"assignee": sentence})


@transaction.atomic(savepoint=False)
def take_up_flag(*, by: Membership, flag_id: UUID, now: datetime) -> Flag:
    """Take the flagged task in hand. In an open session it is claimed there, in place of what `by` holds in it.

    Raises NotFound, Forbidden (it is somebody else's), Locked.
    """
    flag = _open_flag(by, flag_id)
    if by.user_id != flag.assignee_id and not by.may(Permission.MANAGE_SESSIONS):
        raise Forbidden(_("This task is flagged for somebody else."))
    session_id = flag.session_id if _reopen_item(flag, now) else None
    if session_id:
        mine = TaskLock.objects.for_organization(by.organization).of_session(session_id).filter(holder_id=by.user_id)
        release_held(mine.exclude(pk=flag.task_id), organization=by.organization, actor=by.user, now=now)
    take_lock(auditor=by, task_id=flag.task_id, session_id=session_id)
    return flag


@transaction.atomic(savepoint=False)
def answer_flag(*, by: Membership, flag_id: UUID, note: str, now: datetime) -> Flag:
    """Give the task back without a verdict: it returns to the queue. Raises NotFound, Forbidden, InvalidInput."""
    flag = _open_flag(by, flag_id)
    if by.user_id not in (flag.assignee_id, flag.raised_by_id) and not by.may(Permission.MANAGE_SESSIONS):
        raise Forbidden(_("Only the people of this flag, or a lead, can give the task back."))
    # Nobody types NUL, and no column can hold it.
    _close(flag, by.user, note.replace("\0", ""), now)
    return flag


def close_flags_for(*, membership_of: User, flags: list[Flag], actor: User | None, now: datetime) -> None:
    """The colleague left: what waited for them returns to the queues."""
    for flag in flags:
        _close(flag, actor, f"{membership_of} may no longer audit here.", now)


def _close(flag: Flag, actor: User | None, note: str, now: datetime) -> None:
    _reopen_item(flag, now)
    flag.answered_at, flag.answer = now, note.strip()
    flag.save(update_fields=["answered_at", "answer"])
    _record(EventType.TASK_FLAG_ANSWERED, flag, actor, now, after={"comment": flag.answer})


def _open_flag(by: Membership, flag_id: UUID) -> Flag:
    tasks = Task.objects.for_organization(by.organization).visible_to(by)
    flags = Flag.objects.for_organization(by.organization).open().filter(Q(task__in=tasks)).with_people()
    flag = flags.filter(pk=flag_id).first()
    if flag is None:
        raise NotFound(NO_SUCH_FLAG)
    return flag


def _reopen_item(flag: Flag, now: datetime) -> bool:
    """Hand the item out again, behind all others. Whether its session is open and the item is to be judged there."""
    if flag.session is None or flag.session.status != AuditSession.Status.OPEN:
        return False
    items = SessionItem.objects.for_organization(flag.organization).filter(session=flag.session, task_id=flag.task_id)
    item = items.select_for_update().first()
    if item is None or item.state not in (SessionItem.State.OPEN, SessionItem.State.FLAGGED):
        return False
    if item.state == SessionItem.State.FLAGGED:
        items.update(state=SessionItem.State.OPEN, position=BEHIND_ALL + int(now.timestamp() * 1000))
    return True


def _record(type: EventType, flag: Flag, actor: User | None, now: datetime, *, after: dict[str, str]) -> None:
    record_event(type, organization=flag.organization, actor=actor, now=now, task_id=flag.task_id,
                 session_id=flag.session_id, subject_id=flag.pk, after=after)  # fmt: skip
