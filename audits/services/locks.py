"""Leases on tasks. One auditor per task across all sessions and entries; the database's clock judges, at read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.models import ProjectAuditor, Task, TaskLock
from audits.models.session import TaskLockQuerySet
from audits.services.tasks import NO_SUCH_TASK
from labelops.errors import Conflict, Forbidden, InvalidInput, Locked, NotFound
from labelops.tenancy.events import record_event, record_events
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Membership, Organization, User
from labelops.tenancy.scope import organization_scope, system_scope

# A gap between two signs of life longer than this is idle: it adds no more than this to the active time.
IDLE_SECONDS = 60.0
# Asked by each open dashboard every few seconds.
HELD = """
SELECT l.token, u.email FROM audits_tasklock l JOIN tenancy_user u ON u.id = l.holder_id
 WHERE l.organization_id = %s AND l.expires_at > statement_timestamp() ORDER BY l.token LIMIT %s
"""


class LockLost(Conflict):
    """The lock is no longer the newest for its task: released, taken away, or expired and taken by somebody else."""

    message = gettext_lazy("You no longer hold this task. Open it again to go on.")


class OwnWork(Forbidden):
    """Nobody audits what they did themselves."""

    message = gettext_lazy("You did this task yourself; somebody else has to audit it.")


class NotCompleted(InvalidInput):
    message = gettext_lazy("Only a completed task can be audited; this one is not completed.")


@dataclass(frozen=True)
class Lease:
    """A lock that was granted. `token` fences the submit."""

    task_id: UUID
    token: int
    acquired_at: datetime
    expires_at: datetime
    is_new: bool


def task_is_locked(holder: str, expires_at: datetime) -> Locked:
    until = expires_at.isoformat()
    words = {"name": holder, "time": f"{expires_at:%H:%M}"}
    message = _("%(name)s is auditing this task until %(time)s UTC.") % words
    return Locked(message, holder=holder, expires_at=until)


def lock_lost(holder: str | None, expires_at: datetime | None) -> LockLost:
    if not holder or not expires_at:
        return LockLost()
    message = _("%(name)s has taken this task in the meantime.") % {"name": holder}
    return LockLost(message, holder=holder, expires_at=expires_at.isoformat())


def assigned_projects(membership: Membership) -> list[UUID] | None:
    """The projects this person may audit; None: every one."""
    if not membership.needs_assignment:
        return None
    assigned = ProjectAuditor.objects.for_organization(membership.organization).filter(user_id=membership.user_id)
    return list(assigned.values_list("project_id", flat=True))


@transaction.atomic(savepoint=False)
def lock_task(*, auditor: Membership, task_id: UUID) -> Lease:
    """Take, or renew, the lock on one completed task to audit it by itself.

    Raises Locked, NotCompleted, OwnWork, NotFound.
    """
    tasks = Task.objects.for_organization(auditor.organization).visible_to(auditor)
    task = tasks.select_related("completed_by").filter(pk=task_id).first()
    if task is None:
        raise NotFound(NO_SUCH_TASK)
    if task.status != Task.Status.COMPLETED:
        raise NotCompleted
    if task.completed_by and task.completed_by.user_id == auditor.user_id:
        raise OwnWork
    return take_lock(auditor=auditor, task_id=task_id)


def take_lock(*, auditor: Membership, task_id: UUID, session_id: UUID | None = None) -> Lease:
    """Take, or renew, the lock; whether this person may audit the task is the caller's to know. Raises Locked."""
    lease = timedelta(seconds=auditor.organization.lock_seconds)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT granted, is_new, u.email, token, acquired_at, expires_at
               FROM audits_lock_task(%s, %s, %s, %s, %s, %s) JOIN tenancy_user u ON u.id = holder""",
            [auditor.organization_id, task_id, session_id, auditor.user_id, lease, uuid7()],
        )
        granted, is_new, holder, token, acquired_at, expires_at = cursor.fetchone()
    if not granted:
        raise task_is_locked(holder, expires_at)
    return Lease(task_id, token, acquired_at, expires_at, is_new)


@transaction.atomic(savepoint=False)
def renew_lock(*, auditor: Membership, task_id: UUID, token: int, in_use: bool) -> datetime:
    """A sign of life of the open page: a new expiry, and the time since the last sign as active time if `in_use`.

    The owner's own renewal succeeds, expired or not, while nobody else has taken the task. Raises LockLost.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE audits_tasklock SET
                expires_at = clock_timestamp() + %(lease)s, seen_at = clock_timestamp(),
                active_seconds = active_seconds + CASE WHEN %(in_use)s
                    THEN least(extract(epoch FROM clock_timestamp() - seen_at), %(idle)s) ELSE 0 END
            WHERE organization_id = %(organization)s AND task_id = %(task)s AND token = %(token)s
              AND holder_id = %(user)s
            RETURNING expires_at
            """,
            {"lease": timedelta(seconds=auditor.organization.lock_seconds), "in_use": in_use, "idle": IDLE_SECONDS,
             "organization": auditor.organization_id, "task": task_id, "token": token, "user": auditor.user_id},
        )  # fmt: skip
        row = cursor.fetchone()
    if row is None:
        raise _lost(auditor, task_id)
    return row[0]


def _lost(auditor: Membership, task_id: UUID) -> LockLost:
    lock = TaskLock.objects.for_organization(auditor.organization).live().select_related("holder").filter(pk=task_id)
    other = lock.exclude(holder_id=auditor.user_id).first()
    return lock_lost(other.holder.email, other.expires_at) if other else LockLost()


@transaction.atomic(savepoint=False)
def release_lock(
    *, auditor: Membership, task_id: UUID, token: int, now: datetime, expires_at: datetime | None = None
) -> bool:
    """Give the task back for others at once. False where the lock was not this one any more: nothing to give back.

    `expires_at`, where given, is the expiry that the closed page knew: a lock renewed since (the page was reloaded, or
    stands in another tab) stays.
    """
    mine = TaskLock.objects.for_organization(auditor.organization).filter(
        pk=task_id, token=token, holder_id=auditor.user_id
    )
    if expires_at is not None:
        mine = mine.filter(expires_at=expires_at)
    lock = mine.first()
    if lock is None or not mine.delete()[0]:
        return False
    record_event(EventType.LOCK_RELEASED, organization=auditor.organization, actor=auditor.user, now=now,
                 task_id=task_id, session_id=lock.session_id, before={"token": token})  # fmt: skip
    return True


@transaction.atomic(savepoint=False)
def release_all_locks(*, auditor: Membership, now: datetime) -> int:
    """Give back everything this person holds in the organization. Returns how many."""
    held = TaskLock.objects.for_organization(auditor.organization).filter(holder_id=auditor.user_id)
    return release_held(held, organization=auditor.organization, actor=auditor.user, now=now)


def release_held(
    held: TaskLockQuerySet, *, organization: Organization, actor: User | None, now: datetime, reason: str = ""
) -> int:
    """Release these locks, each with its event, in the caller's transaction. Returns how many."""
    locks = list(held.select_for_update(of=("self",)).select_related("holder").order_by("pk"))
    held.filter(pk__in=[lock.pk for lock in locks]).delete()
    after = {"reason": reason} if reason else {}
    record_events(EventType.LOCK_RELEASED, organization=organization, actor=actor, now=now, changes=[
        {"task_id": lock.pk, "session_id": lock.session_id, "after": after,
         "before": {"token": lock.token, "holder": lock.holder.email}} for lock in locks
    ])  # fmt: skip
    return len(locks)


def release_locks_everywhere(*, user: User, now: datetime) -> int:
    """On signing out: give back what this person holds in any organization. Returns how many."""
    with system_scope("list a person's organizations"):
        holding = TaskLock.objects.filter(holder_id=user.pk).values("organization_id")
        found = Membership.objects.active().filter(user_id=user.pk, organization_id__in=holding)
        memberships = list(found.select_related("user", "organization"))
    released = 0
    for membership in memberships:
        with organization_scope(membership.organization_id):
            released += release_all_locks(auditor=membership, now=now)
    return released


@transaction.atomic(savepoint=False)
def take_lock_away(*, by: Membership, task_id: UUID, reason: str, now: datetime) -> None:
    """A lead releases somebody's lock and says why. Raises NotFound where nobody holds the task, InvalidInput."""
    if not reason.strip():
        raise InvalidInput(fields={"reason": _("Say why you release the lock: the auditor will see it.")})
    held = TaskLock.objects.for_organization(by.organization).filter(pk=task_id).select_related("holder")
    lock = held.first()
    if lock is None or not held.filter(token=lock.token).delete()[0]:
        raise NotFound(_("Nobody holds this task any more."))
    record_event(EventType.LOCK_TAKEN_AWAY, organization=by.organization, actor=by.user, now=now, task_id=task_id,
                 session_id=lock.session_id, before={"holder": lock.holder.email, "token": lock.token},
                 after={"reason": reason.strip()})  # fmt: skip


def held_now(organization: Organization) -> list[tuple[int, str]]:
    """Token and holder's e-mail of each task that somebody has open, in the order of the tokens; at most 200."""
    with connection.cursor() as cursor:
        cursor.execute(HELD, [organization.pk, 200])
        return cursor.fetchall()
