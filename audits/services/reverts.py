"""Undoing a verdict: for half a minute, once, and only while nothing came after it.

Lock order as everywhere in this package: session item, task, everything else.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.announce import announce_revert
from audits.models import Audit, AuditSession, SessionItem, SessionTally, Task, TaskLock, attach_audits
from audits.services.audits import UNDO_FOR, slot_of
from audits.services.drafts import save_draft
from audits.services.locks import Lease, release_held, take_lock, task_is_locked
from audits.services.sessions import BEHIND_ALL, SessionClosed, reopen_session
from audits.services.tasks import NO_SUCH_TASK
from labelops.errors import Conflict, Forbidden, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership
from labelops.tenancy.permissions import Permission


class NothingToUndo(Conflict):
    message = gettext_lazy("This verdict was undone already, or there is none.")


class TooLateToUndo(Conflict):
    message = gettext_lazy("A verdict can be undone for 30 seconds only. Audit the task again to change it.")


class Overtaken(Conflict):
    message = gettext_lazy("This task was changed after your verdict, so it cannot be undone any more.")


class NotYours(Forbidden):
    message = gettext_lazy("Only whoever gave this verdict, or a lead, can undo it.")


@dataclass(frozen=True)
class Reverted:
    """`lease`: the task in its auditor's hands again; None where a lead undid somebody else's verdict."""

    task: Task
    audit: Audit
    lease: Lease | None


@transaction.atomic(savepoint=False)
def revert_audit(*, by: Membership, task_id: UUID, now: datetime) -> Reverted:
    """Undo the newest audit of the task: the response and status before it come back, with event and callback.

    Its auditor gets the task back, with its lock and what was written as a draft. Raises NotFound, NotYours,
    TooLateToUndo, NothingToUndo, Overtaken, Locked (somebody has opened the task since), SessionClosed.
    """
    task, audit, item = _locked(by, task_id)
    _check(by, task, audit)
    _refuse_held(by, task)
    before = {"review_status": task.review_status, "version": task.version}
    verdict_sequence = task.callback_sequence
    _put_back(task, audit, now)
    # Locks before tallies, as a verdict takes them: the same person's two tabs would wait for each other else.
    lease = _hand_back(by, task, audit, now) if audit.auditor_id == by.user_id else None
    _reopen(by, item, audit, now)
    record_event(
        EventType.TASK_AUDIT_REVERTED, organization=by.organization, actor=by.user, now=now, task_id=task.pk,
        session_id=audit.session_id, subject_id=audit.pk, before=before,
        after={"review_status": task.review_status, "version": task.version},
    )  # fmt: skip
    attach_audits([task])
    announce_revert(task, organization=by.organization, verdict_sequence=verdict_sequence, now=now)
    return Reverted(task, audit, lease)


def _locked(by: Membership, task_id: UUID) -> tuple[Task, Audit, SessionItem | None]:
    """The task with its newest audit and, where that came out of a session, its item there; all rows are held."""
    tasks = Task.objects.for_organization(by.organization).visible_to(by)
    if not tasks.filter(pk=task_id).exists():
        raise NotFound(NO_SUCH_TASK)
    audits = Audit.objects.for_organization(by.organization).filter(task_id=task_id).newest_first()
    newest = audits.first()
    item = _item_of(newest) if newest else None
    task = tasks.with_names().select_for_update(of=("self",)).get(pk=task_id)
    # Asked again now that the row is held: whoever came between is seen.
    audit = audits.select_related("session").annotate(age=Now() - F("audited_at")).first()
    if audit is None or audit.reverted_at:
        raise NothingToUndo
    if audit.pk != newest.pk:
        raise Overtaken
    return task, audit, item


def _item_of(audit: Audit) -> SessionItem | None:
    items = SessionItem.objects.for_organization(audit.organization).select_for_update()
    return items.filter(session_id=audit.session_id, task_id=audit.task_id, audit_id=audit.pk).first()


def _check(by: Membership, task: Task, audit: Audit) -> None:
    if audit.auditor_id != by.user_id and not by.may(Permission.MANAGE_SESSIONS):
        raise NotYours
    if audit.age > UNDO_FOR:
        raise TooLateToUndo
    if task.version != audit.task_version + 1:
        raise Overtaken
    if audit.session and audit.session.status != AuditSession.Status.OPEN and not _stopped(audit.session):
        raise SessionClosed(_("The session was closed after your verdict, so it stands. Audit the task again instead."))


def _stopped(session: AuditSession) -> bool:
    """By its plan, at this verdict or one beside it: a slip of the finger must not decide."""
    finished = session.status == AuditSession.Status.FINISHED
    return finished and session.is_sequential and bool(session.decided_on.get("by_plan"))


def _refuse_held(by: Membership, task: Task) -> None:
    locks = TaskLock.objects.for_organization(by.organization).live().select_related("holder")
    held = locks.filter(pk=task.pk).exclude(holder_id=by.user_id).first()
    if held:
        raise task_is_locked(held.holder.email, held.expires_at)


def _put_back(task: Task, audit: Audit, now: datetime) -> None:
    audit.reverted_at = now
    audit.save(update_fields=["reverted_at"])
    audits = Audit.objects.for_organization(task.organization).filter(task=task, task_version__gte=task.attempt_from)
    before = audits.standing().newest_first().first()
    task.review_status = before.verdict if before else ""
    if audit.prior_response is not None:
        task.response, task.prior_responses = audit.prior_response, task.prior_responses[:-1]
    task.version += 1
    task.callback_sequence += 1
    task.updated_at = now
    task.save(update_fields=["review_status", "response", "prior_responses", "version", "callback_sequence",
                             "updated_at"])  # fmt: skip


def _reopen(by: Membership, item: SessionItem | None, audit: Audit, now: datetime) -> None:
    """Behind all others, as after a skip: before them no claim would look for an open item any more."""
    if item is None:
        return
    item.state, item.audit_id = SessionItem.State.OPEN, None
    item.position = BEHIND_ALL + int(now.timestamp() * 1000)
    item.save(update_fields=["state", "audit_id", "position"])
    tallies = SessionTally.objects.for_organization(audit.organization).filter(session_id=audit.session_id)
    tallies.filter(slot=slot_of(audit.auditor_id)).update(**{audit.verdict: F(audit.verdict) - 1})
    if audit.session.status != AuditSession.Status.OPEN:
        reopen_session(by=by, held=audit.session, now=now)


def _hand_back(by: Membership, task: Task, audit: Audit, now: datetime) -> Lease:
    """The lock, in place of the one on the next task that was claimed meanwhile, and the work as a draft."""
    if audit.session_id:
        locks = TaskLock.objects.for_organization(by.organization).of_session(audit.session_id)
        release_held(
            locks.filter(holder_id=by.user_id).exclude(pk=task.pk),
            organization=by.organization, actor=by.user, now=now, reason="A verdict before it was undone.",
        )  # fmt: skip
    if audit.comment or audit.response or audit.reasons or audit.pins:
        save_draft(author=by, task_id=task.pk, verdict=audit.verdict, comment=audit.comment, response=audit.response,
                   reasons=audit.reasons, pins=audit.pins, task_version=task.version, now=now)  # fmt: skip
    return take_lock(auditor=by, task_id=task.pk, session_id=audit.session_id)
