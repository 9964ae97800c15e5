"""Second audits: a share of a session's tasks, judged again by another auditor who does not know the first verdict.

They measure agreement. The first verdict remains what counts until somebody audits the task anew: a second audit
changes neither the task nor its figures, and tells no integrator.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.models import Audit, AuditSession, Draft, SecondAudit, Task, TaskLock
from audits.services.audits import Judgement, check_judgement
from audits.services.locks import IDLE_SECONDS, Lease, LockLost, take_lock
from labelops.errors import Conflict, InvalidInput, Locked
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership

# So often another auditor may be a moment faster before we say that nothing is free.
ATTEMPTS = 5


class NotToBeAuditedAgain(Conflict):
    """Somebody else has, or the first verdict was taken back."""

    message = gettext_lazy("This task is not waiting for a second audit any more.")


@dataclass(frozen=True)
class Turn:
    """A task to audit again, with the lock on it and the response that the first auditor saw."""

    task: Task
    lease: Lease
    response: dict[str, Any] | None


def plan_second_audits(session: AuditSession, task_ids: list[str], *, share: float, auditors: int) -> None:
    """Choose the tasks, rounded up, in an order that the queue's does not tell. Raises InvalidInput."""
    if not 0 <= share <= 1:
        raise InvalidInput(fields={"second_share": _("Give a percentage from 0 to 100.")})
    if not share:
        return
    if auditors == 1:
        message = _("A second audit needs a second auditor: choose two or more, or none for everybody.")
        raise InvalidInput(fields={"auditors": message})
    chosen = sorted(task_ids, key=lambda task_id: _rank(session.seed, task_id))[: ceil(share * len(task_ids))]
    session.second_size = len(chosen)
    session.manifest["second_audits"] = {"share": share, "size": len(chosen)}
    session.save(update_fields=["second_size", "manifest"])
    _queue(session, chosen)


def _rank(seed: int, task_id: str) -> bytes:
    return hashlib.sha256(f"{seed}:second:{UUID(task_id).hex}".encode()).digest()


def _queue(session: AuditSession, task_ids: list[str]) -> None:
    # COPY is refused under row-level security; one statement takes them all.
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO audits_secondaudit (id, organization_id, session_id, task_id, position, verdict, comment,
                                                   handed_to)
               SELECT gen_random_uuid(), %s, %s, task_id, position, '', '', '{}'
               FROM unnest(%s::uuid[]) WITH ORDINALITY AS chosen (task_id, position)""",
            [session.organization_id, session.pk, task_ids],
        )


@transaction.atomic(savepoint=False)
def claim_second(*, auditor: Membership, session: AuditSession) -> Turn | None:
    """The task that this auditor holds for a second audit already (renewed), or the next one; None: none is free.

    A finished session still takes them: what is measured is its auditors. Of an abandoned one there are none.
    """
    if session.status == AuditSession.Status.ABANDONED:
        return None
    for second in _waiting(auditor, session)[:ATTEMPTS]:
        try:
            with transaction.atomic():
                lease = take_lock(auditor=auditor, task_id=second.task_id)
        except Locked:
            continue
        SecondAudit.objects.for_organization(auditor.organization).filter(pk=second.pk).hand_to(auditor.user_id)
        task = Task.objects.for_organization(auditor.organization).with_names().get(pk=second.task_id)
        task.organization = auditor.organization
        return Turn(task, lease, response_seen(task, second.first_id))
    return None


def _waiting(auditor: Membership, session: AuditSession) -> Any:
    """Those this auditor holds first."""
    mine = TaskLock.objects.filter(
        organization_id=OuterRef("organization_id"), task_id=OuterRef("task_id"), holder_id=auditor.user_id
    )
    waiting = SecondAudit.objects.for_organization(auditor.organization).filter(session=session)
    if auditor.needs_assignment:
        waiting = waiting.filter(task__in=Task.objects.for_organization(auditor.organization).visible_to(auditor))
    return waiting.waiting_for(auditor.user_id).annotate(mine=Exists(mine)).order_by("-mine", "position")


def response_seen(task: Task, first_id: UUID) -> dict[str, Any] | None:
    """The task's response as it was when this audit judged it: what a fix at or after it found there."""
    audits = Audit.objects.for_organization(task.organization).filter(task_id=task.pk)
    version = audits.filter(pk=first_id).values("task_version")
    fixes = audits.standing().filter(verdict="fixed", task_version__gte=version[:1])
    found = fixes.order_by("task_version").values_list("prior_response", flat=True).first()
    return task.response if found is None else found


@transaction.atomic(savepoint=False)
def record_second_audit(
    *, auditor: Membership, session_id: UUID, task_id: UUID, judgement: Judgement, lock_token: int, now: datetime
) -> SecondAudit:
    """Keep the second auditor's verdict, with its event; the task stays as it is. The same again changes nothing.

    Raises InvalidInput, LockLost, NotToBeAuditedAgain, NotFound.
    """
    check_judgement(judgement, auditor, task_id)
    seconds = SecondAudit.objects.for_organization(auditor.organization).filter(session_id=session_id, task_id=task_id)
    found = seconds.with_first().select_for_update(of=("self",)).first()
    if found is not None and found.lock_token == lock_token and found.auditor_id == auditor.user_id:
        return found
    if found is None or found.verdict or found.first_auditor == auditor.user_id:
        raise NotToBeAuditedAgain
    _keep(found, auditor, judgement, _take_up(auditor, task_id, lock_token), now)
    record_event(EventType.TASK_AUDITED_AGAIN, organization=auditor.organization, actor=auditor.user, now=now,
                 task_id=task_id, session_id=session_id, subject_id=found.pk,
                 after={"second_verdict": found.verdict, "comment": found.comment})  # fmt: skip
    return found


def _take_up(auditor: Membership, task_id: UUID, token: int) -> TaskLock:
    """The lock, used up, and with it what was kept as a draft."""
    held = TaskLock.objects.for_organization(auditor.organization).filter(pk=task_id, holder_id=auditor.user_id)
    lock = held.select_for_update().filter(token=token).first()
    if lock is None:
        raise LockLost
    lock.delete()
    Draft.objects.for_organization(auditor.organization).filter(task_id=task_id, user_id=auditor.user_id).delete()
    return lock


def _keep(found: SecondAudit, auditor: Membership, judgement: Judgement, lock: TaskLock, now: datetime) -> None:
    gap = max(0.0, (now - lock.seen_at).total_seconds())
    found.auditor, found.verdict, found.comment = auditor.user, judgement.verdict, judgement.comment
    found.response, found.lock_token, found.judged_at = judgement.response, lock.token, now
    found.active_seconds = lock.active_seconds + min(gap, IDLE_SECONDS)
    found.save(update_fields=["auditor", "verdict", "comment", "response", "lock_token", "judged_at",
                              "active_seconds"])  # fmt: skip
