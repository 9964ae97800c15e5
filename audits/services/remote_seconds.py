"""Second audits over the API: claimed, held and judged as the first ones are, and blind as on the page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from audits.models import AuditSession, SecondAudit, Task
from audits.services.auditors import find_auditor, holder_of
from audits.services.audits import Judgement
from audits.services.locks import LockLost, release_lock, renew_lock
from audits.services.remote_sessions import check_invited
from audits.services.second_audits import claim_second, record_second_audit, response_seen
from audits.services.sessions import find_session
from labelops.errors import NotFound
from labelops.tenancy.models import Membership

NO_SUCH_SECOND = "There is no second audit of a task with that id in this audit session."


@dataclass(frozen=True)
class SecondHold:
    """A task in hand for a second audit, with the response as the first auditor saw it. `expires_at` None: not held."""

    task: Task
    response: dict[str, Any] | None
    auditor: Membership
    token: int
    expires_at: datetime | None


@dataclass(frozen=True)
class SecondTurn:
    """What a claim brought (None: nothing is free), and how many tasks wait for a second audit by this auditor."""

    hold: SecondHold | None
    remaining: int


@transaction.atomic(savepoint=False)
def claim_second_remotely(*, by: Membership, session_id: UUID, auditor_email: str | None = None) -> SecondTurn:
    """The task that the auditor has in hand already, renewed, or the next one.

    Raises NotFound, Forbidden, InvalidInput.
    """
    session = find_session(member=by, session_id=session_id)
    auditor = find_auditor(by=by, email=auditor_email) if auditor_email else by
    if auditor is not by:
        check_invited(auditor, session_id)
    turn = claim_second(auditor=auditor, session=session)
    if turn is None:
        return SecondTurn(None, 0)
    hold = SecondHold(turn.task, turn.response, auditor, turn.lease.token, turn.lease.expires_at)
    return SecondTurn(hold, _waiting(auditor, session))


def _waiting(auditor: Membership, session: AuditSession) -> int:
    seconds = SecondAudit.objects.for_organization(auditor.organization).filter(session=session)
    return seconds.waiting_for(auditor.user_id).count()


@transaction.atomic(savepoint=False)
def renew_second_remotely(
    *, by: Membership, session_id: UUID, task_id: UUID, token: int, auditor_email: str | None = None
) -> SecondHold:
    """A sign of life: a new expiry for the lock. Raises LockLost, NotFound, InvalidInput, Forbidden."""
    auditor = _holder(by, task_id, token, auditor_email)
    found = _open_one(by, session_id, task_id)
    expires_at = renew_lock(auditor=auditor, task_id=task_id, token=token, in_use=True)
    return _hold(found, auditor, token, expires_at)


@transaction.atomic(savepoint=False)
def release_second_remotely(
    *, by: Membership, session_id: UUID, task_id: UUID, token: int, now: datetime, auditor_email: str | None = None
) -> SecondHold:
    """Free the task for another second auditor; whoever had it stays blind. Raises LockLost, NotFound, InvalidInput."""
    auditor = _holder(by, task_id, token, auditor_email)
    found = _open_one(by, session_id, task_id)
    if not release_lock(auditor=auditor, task_id=task_id, token=token, now=now):
        raise LockLost("This lock_token is no longer good: claim again.")
    return _hold(found, auditor, token, None)


@transaction.atomic(savepoint=False)
def judge_second_remotely(
    *, by: Membership, session_id: UUID, task_id: UUID, token: int, judgement: Judgement, now: datetime,
    auditor_email: str | None = None,
) -> SecondAudit:  # fmt: skip
    """Keep the second verdict under the lock; the same again is answered again and done once.

    Raises what `record_second_audit` raises, Forbidden.
    """
    find_session(member=by, session_id=session_id)
    auditor = _holder(by, task_id, token, auditor_email)
    found = record_second_audit(
        auditor=auditor, session_id=session_id, task_id=task_id, judgement=judgement, lock_token=token, now=now
    )
    found.auditor = auditor.user
    return found


def _holder(by: Membership, task_id: UUID, token: int, email: str | None) -> Membership:
    if email:
        return find_auditor(by=by, email=email)
    used = SecondAudit.objects.for_organization(by.organization).filter(task_id=task_id, lock_token=token)
    if used.filter(auditor_id=by.user_id).exists():
        return by
    return holder_of(by=by, task_id=task_id, token=token)


def _open_one(by: Membership, session_id: UUID, task_id: UUID) -> SecondAudit:
    find_session(member=by, session_id=session_id)
    seconds = SecondAudit.objects.for_organization(by.organization).filter(session_id=session_id, task_id=task_id)
    visible = Task.objects.for_organization(by.organization).visible_to(by).filter(pk=task_id)
    found = seconds.filter(verdict="", task__in=visible).with_first().first()
    if found is None:
        raise NotFound(NO_SUCH_SECOND)
    return found


def _hold(found: SecondAudit, auditor: Membership, token: int, expires_at: datetime | None) -> SecondHold:
    task = Task.objects.for_organization(auditor.organization).with_names().get(pk=found.task_id)
    task.organization = auditor.organization
    return SecondHold(task, response_seen(task, found.first_id), auditor, token, expires_at)
