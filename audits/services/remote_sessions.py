"""Audit sessions over the API, where the lock's token is all that a caller shows of what it holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from audits.models import AuditSession, Batch, Project, SessionItem, Task, TaskLock
from audits.plans import PlanRequest
from audits.services.auditors import find_auditor, find_named_auditors, holder_of
from audits.services.audits import Judgement, Recorded, record_verdict
from audits.services.blindness import refuse_blind
from audits.services.locks import LockLost, release_lock, renew_lock
from audits.services.sampling import SampleSize
from audits.services.sessions import (
    Claimed,
    SessionClosed,
    claim_next,
    find_session,
    finish_session,
    open_session,
    stop_when_decided,
)
from labelops.errors import Forbidden, InvalidInput, NotFound
from labelops.tenancy.models import Event, EventType, Membership
from labelops.tenancy.permissions import Permission

NO_SUCH_ITEM = "There is no task with that id in this audit session."
# Whoever takes part over the API names dates without an offset in UTC.
ZONE = "UTC"


@dataclass(frozen=True)
class Turn:
    """What a claim brought: the task (None: nothing is left), for whom, and how many are to be judged still."""

    auditor: Membership
    claimed: Claimed | None
    remaining: int


@dataclass(frozen=True)
class Hold:
    """A lock as its holder's call found it. `task` has its names, not its audits."""

    task: Task
    auditor: Membership
    token: int
    expires_at: datetime | None


def open_remote_session(
    *, by: Membership, filter: dict[str, Any], size: SampleSize, now: datetime, seed: int | None = None,
    auditors: list[str] | None = None, name: str = "", plan: PlanRequest | None = None, second_share: float = 0.0,
) -> AuditSession:  # fmt: skip
    """`open_session` with auditors by e-mail. Raises NotFound for an unknown project or batch, InvalidInput."""
    _check_places(by, filter)
    members = find_named_auditors(by=by, emails=auditors or [])
    session = open_session(
        opener=by,
        filter=filter,
        size=size,
        seed=seed,
        auditors=members,
        name=name,
        zone=ZONE,
        now=now,
        plan=plan,
        second_share=second_share,
    )
    session.created_by = by.user
    return session


def _check_places(by: Membership, filter: dict[str, Any]) -> None:
    for name, model in (("project", Project), ("batch", Batch)):
        if name in filter:
            named = model.objects.for_organization(by.organization).visible_to(by).filter(name=filter[name])
            if not named.exists():
                raise NotFound(f"{name.title()} with that name not found.")


@transaction.atomic(savepoint=False)
def claim_remotely(*, by: Membership, session_id: UUID, auditor_email: str | None = None) -> Turn:
    """The task that the auditor holds in the session already, renewed, or the next one.

    Raises NotFound, SessionClosed, Forbidden, InvalidInput (nobody of this e-mail audits here).
    """
    session = find_session(member=by, session_id=session_id)
    auditor = find_auditor(by=by, email=auditor_email) if auditor_email else by
    if auditor is not by:
        check_invited(auditor, session_id)
    _wait_for_turn(session, auditor)
    claimed = claim_next(auditor=auditor, session=session)
    del session.tallied  # the claim may have withdrawn what is no longer completed
    return Turn(auditor, claimed, session.progress.remaining)


def check_invited(auditor: Membership, session_id: UUID) -> None:
    try:
        find_session(member=auditor, session_id=session_id)
    except NotFound as error:
        raise InvalidInput(
            fields={"auditor": "auditor is none of those whom this session is restricted to."}
        ) from error


def _wait_for_turn(session: AuditSession, auditor: Membership) -> None:
    """Two claims of one auditor at once bring one task; and none is handed out once `finish` has been answered."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.status
               FROM (SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))) turn, audits_auditsession s
               WHERE s.organization_id = %s AND s.id = %s FOR SHARE OF s""",
            [f"{session.pk}{auditor.user_id}", session.organization_id, session.pk],
        )
        (status,) = cursor.fetchone()
    if status != AuditSession.Status.OPEN:
        raise SessionClosed


@transaction.atomic(savepoint=False)
def renew_remotely(
    *, by: Membership, session_id: UUID, task_id: UUID, token: int, auditor_email: str | None = None
) -> Hold:
    """A sign of life: a new expiry for the lock. Raises LockLost, NotFound, InvalidInput, Forbidden."""
    auditor = _holder(by, task_id, token, auditor_email)
    task = _item_task(by, session_id, task_id)
    _refuse_second(auditor, task)
    expires_at = renew_lock(auditor=auditor, task_id=task_id, token=token, in_use=True)
    return Hold(task, auditor, token, expires_at)


@transaction.atomic(savepoint=False)
def release_remotely(
    *, by: Membership, session_id: UUID, task_id: UUID, token: int, now: datetime, auditor_email: str | None = None
) -> Hold:
    """Free the task for others at once. Raises LockLost, NotFound, InvalidInput, Forbidden."""
    auditor = _holder(by, task_id, token, auditor_email)
    task = _item_task(by, session_id, task_id)
    _refuse_second(auditor, task)
    if not release_lock(auditor=auditor, task_id=task_id, token=token, now=now) and not _is_back(by, task_id, token):
        raise _lost(by, task_id)
    return Hold(task, auditor, token, None)


@transaction.atomic(savepoint=False)
def submit_remotely(
    *, by: Membership, session_id: UUID, task_id: UUID, token: int, judgement: Judgement, now: datetime,
    auditor_email: str | None = None,
) -> Recorded:  # fmt: skip
    """Record the verdict under the lock; the same again is answered again and done once.

    Raises what `record_verdict` raises, Forbidden.
    """
    auditor = _holder(by, task_id, token, auditor_email)
    session = find_session(member=by, session_id=session_id)
    _refuse_second(auditor, _drawn_task(by, session_id, task_id))
    recorded = record_verdict(
        auditor=auditor, task_id=task_id, judgement=judgement, session_id=session_id, lock_token=token, now=now
    )
    if session.is_sequential:
        del session.tallied  # from before this verdict
        stop_when_decided(by=auditor, session=session, now=now)
    return recorded


def _is_back(by: Membership, task_id: UUID, token: int) -> bool:
    """Whether the newest thing that happened to the task's lock is that this very one was given back."""
    events = Event.objects.for_organization(by.organization).filter(task_id=task_id, type__startswith="lock.")
    newest = events.order_by("-at", "-id").values_list("type", "before__token").first()
    return newest == (EventType.LOCK_RELEASED, token)


def _holder(by: Membership, task_id: UUID, token: int, email: str | None) -> Membership:
    return find_auditor(by=by, email=email) if email else holder_of(by=by, task_id=task_id, token=token)


def _item_task(by: Membership, session_id: UUID, task_id: UUID) -> Task:
    """The task, where it was drawn for this session and `by` may join it; NotFound otherwise."""
    find_session(member=by, session_id=session_id)
    return _drawn_task(by, session_id, task_id)


def _drawn_task(by: Membership, session_id: UUID, task_id: UUID) -> Task:
    drawn = SessionItem.objects.for_organization(by.organization).filter(session_id=session_id)
    tasks = Task.objects.for_organization(by.organization).visible_to(by).with_names()
    task = tasks.filter(pk=task_id, pk__in=drawn.filter(task_id=task_id).values("task_id")).first()
    if task is None:
        raise NotFound(NO_SUCH_ITEM)
    return task


def _refuse_second(auditor: Membership, task: Task) -> None:
    """A lock for a second audit is good at its own calls only. Raises ToBeJudgedBlind."""
    if task.may_have_audits:
        refuse_blind(auditor, task.pk)


def _lost(by: Membership, task_id: UUID) -> LockLost:
    lock = TaskLock.objects.for_organization(by.organization).live().select_related("holder").filter(pk=task_id).first()
    if lock is None:
        return LockLost("This lock_token is no longer good: claim again.")
    message = f"{lock.holder.email} has taken this task in the meantime; claim another."
    return LockLost(message, holder=lock.holder.email, expires_at=lock.expires_at.isoformat())


@transaction.atomic(savepoint=False)
def finish_remotely(*, by: Membership, session_id: UUID, now: datetime) -> AuditSession:
    """Hand out nothing more. Twice changes nothing. Raises NotFound, Forbidden, SessionClosed (it was abandoned)."""
    session = find_session(member=by, session_id=session_id)
    if session.created_by_id != by.user_id and not by.may(Permission.MANAGE_SESSIONS):
        raise Forbidden("Only whoever opened this session, or a lead, may finish it.")
    finished = finish_session(by=by, session=session, now=now)
    finished.created_by = session.created_by
    return finished
