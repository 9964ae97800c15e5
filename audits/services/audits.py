"""Verdicts. Lock order in every command of this package: session item, task, everything else by primary key."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.announce import announce_verdict
from audits.models import (
    Audit,
    Batch,
    Performer,
    Project,
    SessionTally,
    Task,
    Verdict,
    attach_audits,
    put_audits,
)
from audits.services.locks import IDLE_SECONDS, NotCompleted, OwnWork, lock_lost, task_is_locked
from audits.services.remarks import keep_remarks
from audits.services.tasks import NO_SUCH_TASK
from audits.task_types import task_type
from audits.task_types.fields import check_fields
from labelops.errors import Conflict, DomainError, InvalidInput, NotFound
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Membership
from labelops.tenancy.rows import call, instance, put

# So long its auditor may take a verdict back.
UNDO_FOR = timedelta(seconds=30)


class VersionMoved(Conflict):
    """The task was changed after the form was opened."""

    message = gettext_lazy("This task was changed after you opened it. Look at the new state and decide again.")


class TokenUsed(Conflict):
    """The lock has already been used for another verdict."""

    message = gettext_lazy("This lock was already used for a verdict. Open the task again to change it.")


class NothingChanged(InvalidInput):
    message = gettext_lazy("The response is unchanged. Approve it, or change it first.")


REFUSALS: dict[str, type[DomainError]] = {
    "token_used": TokenUsed,
    "own_work": OwnWork,
    "version_moved": VersionMoved,
    "not_completed": NotCompleted,
    "nothing_changed": NothingChanged,
}


@dataclass(frozen=True)
class Judgement:
    """What an auditor says about a task. `response` is needed for, and only for, `fixed`."""

    verdict: str
    comment: str = ""
    response: dict[str, Any] | None = None
    # Out of the project's list; for what was wrong, so never with `accepted`.
    reasons: tuple[str, ...] = ()
    # See audits/pins.py.
    pins: tuple[dict[str, Any], ...] = ()

    @property
    def digest(self) -> bytes:
        """Tells the same submit sent twice from another one under the same lock."""
        said = [self.verdict, self.comment, self.response]
        if self.reasons or self.pins:
            said += [list(self.reasons), list(self.pins)]
        text = json.dumps(said, sort_keys=True)
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True)
class Recorded:
    """A recorded verdict: the task as it is now (with its audits), and whether this submit had come before."""

    task: Task
    audit_id: UUID
    replayed: bool


@transaction.atomic(savepoint=False)
def record_verdict(
    *,
    auditor: Membership,
    task_id: UUID,
    judgement: Judgement,
    now: datetime,
    session_id: UUID | None = None,
    lock_token: int | None = None,
    version: int | None = None,
    source: str = "customer",
) -> Recorded:
    """Record one verdict with its event and its callbacks.

    `lock_token` fences: a lock that somebody else has taken since is refused, the same submit sent twice is answered
    twice and done once. `version` is the one of the task that the auditor saw. Raises Locked, LockLost, VersionMoved,
    TokenUsed, OwnWork, InvalidInput, NotFound.
    """
    check_judgement(judgement, auditor, task_id)
    arguments = verdict_arguments(auditor, task_id, judgement, session_id, lock_token, version, source)
    return conclude(call("audits_record_verdict", arguments), auditor, judgement, now)


def verdict_arguments(
    auditor: Membership,
    task_id: UUID,
    judgement: Judgement,
    session_id: UUID | None,
    lock_token: int | None,
    version: int | None,
    source: str,
) -> list[Any]:
    """As `audits_record_verdict` takes them."""
    response = None if judgement.response is None else json.dumps({**judgement.response, "is_customer_fix": True})
    user = auditor.user_id
    return [auditor.organization_id, task_id, session_id, user, lock_token, version, judgement.verdict,
            judgement.comment, response, judgement.digest, source, uuid7(), uuid7(), slot_of(user),
            IDLE_SECONDS]  # fmt: skip


def slot_of(user_id: UUID) -> int:
    """The tally of a session in which this person's verdicts are counted."""
    return user_id.int % SessionTally.SLOTS


def conclude(
    row: dict[str, Any], auditor: Membership, judgement: Judgement, now: datetime, *, wake: bool | None = None
) -> Recorded:
    """From what `audits_record_verdict` returns: raise the refusal, or tell the integrators of the new verdict.

    `wake` as in `callbacks.outbox.publish`.
    """
    outcome = row["outcome"]
    _raise_refusal(outcome, row["holder_email"], row["expires_at"])
    task, audit = instance(Task, row["task"]), instance(Audit, row["audit"])
    put(task, project=instance(Project, row["project"]), batch=instance(Batch, row["batch"]),
        completed_by=instance(Performer, row["performer"]))  # fmt: skip
    if outcome == "recorded" and (judgement.reasons or judgement.pins):
        keep_remarks(task=task, audit=audit, reasons=judgement.reasons, pins=judgement.pins)
    # Of a task that was sent back, the first verdict of this attempt is not the first of all.
    if row["is_first"] and task.attempt == 1:
        put(audit, auditor=auditor.user)
        put_audits(task, [audit])
    else:
        attach_audits([task])
    if outcome == "recorded":
        hold_for = UNDO_FOR if audit.source == Audit.Source.CUSTOMER else timedelta(0)
        announce_verdict(task, organization=auditor.organization, now=now, hold_for=hold_for, wake=wake)
    return Recorded(task, audit.pk, outcome == "replayed")


def _raise_refusal(outcome: str, holder: str | None, expires_at: str | None) -> None:
    until = expires_at and datetime.fromisoformat(expires_at)
    if outcome == "locked":
        raise task_is_locked(holder, until)
    if outcome == "lock_lost":
        raise lock_lost(holder, until)
    if outcome == "unknown_task":
        raise NotFound(NO_SUCH_TASK)
    if outcome in REFUSALS:
        raise REFUSALS[outcome]


def check_judgement(judgement: Judgement, auditor: Membership, task_id: UUID) -> None:
    """Raises InvalidInput for what can be no verdict, NotFound for a task that is not this auditor's to judge."""
    check_words(judgement)
    if judgement.response is None and not auditor.needs_assignment:
        return
    # One statement answers both: is the task this auditor's to judge, and does the fix fit it.
    tasks = Task.objects.for_organization(auditor.organization).visible_to(auditor).select_related("project")
    task = tasks.filter(pk=task_id).only("type", "params", "project__task_fields").first()
    if task is None:
        raise NotFound(NO_SUCH_TASK)
    if judgement.response is not None:
        kind = task_type(task.type)
        kind.check_response(task.params, judgement.response)
        check_fields(kind, task.project and task.project.task_fields, judgement.response)


def check_words(judgement: Judgement) -> None:
    """Raises InvalidInput for what can be no verdict of any task."""
    if judgement.verdict not in Verdict.values:
        raise InvalidInput(f"audit_result must be one of {', '.join(Verdict.values)}.")
    if (judgement.response is not None) != (judgement.verdict == Verdict.FIXED):
        raise InvalidInput("response is required for, and only for, the result “fixed”.")
    if judgement.reasons and judgement.verdict == Verdict.ACCEPTED:
        raise InvalidInput(_("Reasons say what was wrong: they go with “fixed” and “rejected” only."))
