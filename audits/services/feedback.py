"""Audits made by programs: feedback items on a task's response, with a verdict or without one."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from audits.models import Audit, Feedback, Task
from audits.models.feedback import FeedbackType
from audits.services.auditors import find_auditor
from audits.services.audits import Judgement, record_verdict
from audits.services.blindness import refuse_blind
from audits.services.locks import NotCompleted
from audits.services.tasks import NO_SUCH_TASK
from labelops.errors import NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Membership

# As for verdicts: a retry, and no second opinion.
REPEAT = timedelta(seconds=60)
NO_SUCH_AUDIT = "Audit with that ID not found."


@dataclass(frozen=True)
class FoundFeedback:
    """`judgement`: None where the verdict is left to people. `items`: {type, scope?, category?, message?, state?}."""

    items: list[dict[str, Any]] = field(default_factory=list)
    judgement: Judgement | None = None
    source: str = ""
    comment: str = ""
    response_url: str = ""

    @property
    def digest(self) -> bytes:
        judged = self.judgement.digest.hex() if self.judgement else ""
        text = json.dumps([self.items, judged, self.source, self.comment, self.response_url], sort_keys=True)
        return hashlib.sha256(text.encode()).digest()

    @property
    def errors(self) -> int:
        return sum(item["type"] == FeedbackType.ERROR for item in self.items)


@transaction.atomic(savepoint=False)
def put_feedback(
    *, by: Membership, task_id: UUID, found: FoundFeedback, now: datetime, auditor_email: str | None = None
) -> Feedback:
    """Keep the feedback and, where it judges, record the verdict. The same again within a minute is done once.

    Raises what `record_verdict` raises, NotCompleted, Forbidden, NotFound.
    """
    auditor = find_auditor(by=by, email=auditor_email) if auditor_email else by
    task = _held(by, task_id)
    mine = Feedback.objects.for_organization(by.organization).of_task(task_id).filter(created_by_id=auditor.user_id)
    newest = mine.first()
    if newest and bytes(newest.body_digest) == found.digest and abs(now - newest.created_at) < REPEAT:
        return newest
    audit_id = _judge(auditor, task_id, found.judgement, now)
    feedback = Feedback.objects.create(
        organization=by.organization, task_id=task_id, audit_id=audit_id, created_by=auditor.user, source=found.source,
        verdict=found.judgement.verdict if found.judgement else "", comment=found.comment,
        response_url=found.response_url, items=[{"id": uuid7().hex, **item} for item in found.items],
        errors=found.errors, task_version=task.version, body_digest=found.digest, created_at=now,
    )  # fmt: skip
    record_event(EventType.TASK_CHANGED, organization=by.organization, actor=auditor.user, now=now, task_id=task_id,
                 subject_id=feedback.pk, after={"feedback": len(found.items), "errors": found.errors})  # fmt: skip
    return feedback


def _held(by: Membership, task_id: UUID) -> Task:
    tasks = Task.objects.for_organization(by.organization).visible_to(by).select_for_update(of=("self",))
    task = tasks.filter(pk=task_id).first()
    if task is None:
        raise NotFound(NO_SUCH_TASK)
    if task.status != Task.Status.COMPLETED:
        raise NotCompleted
    return task


def _judge(auditor: Membership, task_id: UUID, judgement: Judgement | None, now: datetime) -> UUID | None:
    if judgement is None:
        return None
    refuse_blind(auditor, task_id)
    recorded = record_verdict(auditor=auditor, task_id=task_id, judgement=judgement, now=now, source=Audit.Source.API)
    return recorded.audit_id


def audits_of_task(*, by: Membership, task_id: UUID) -> list[Audit | Feedback]:
    """Verdicts and feedback on a task, newest first; a verdict that came with feedback stands there once. NotFound."""
    if not Task.objects.for_organization(by.organization).visible_to(by).filter(pk=task_id).exists():
        raise NotFound(NO_SUCH_TASK)
    refuse_blind(by, task_id)
    feedback = list(Feedback.objects.for_organization(by.organization).of_task(task_id))
    told = {one.audit_id for one in feedback if one.audit_id}
    audits = Audit.objects.for_organization(by.organization).standing().filter(task_id=task_id)
    verdicts = [audit for audit in audits.select_related("auditor") if audit.pk not in told]
    return sorted([*feedback, *verdicts], key=_moment, reverse=True)


def _moment(one: Audit | Feedback) -> datetime:
    return one.created_at if isinstance(one, Feedback) else one.audited_at


def find_audit(*, by: Membership, audit_id: UUID) -> Audit | Feedback:
    """One of them, by its own id; NotFound where its task is not to be seen."""
    tasks = Task.objects.for_organization(by.organization).visible_to(by).values("pk")
    feedback = Feedback.objects.for_organization(by.organization).select_related("created_by")
    audits = Audit.objects.for_organization(by.organization).standing().select_related("auditor")
    for rows in (feedback, audits):
        if found := rows.filter(pk=audit_id, task_id__in=tasks).first():
            refuse_blind(by, found.task_id)
            return found
    raise NotFound(NO_SUCH_AUDIT)
