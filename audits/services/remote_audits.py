"""Verdicts that arrive by the API, where nobody took a lock and the network may deliver the same call twice."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from audits.models import Audit, Task, attach_audits
from audits.services.auditors import find_auditor
from audits.services.audits import Judgement, Recorded, record_verdict
from audits.services.blindness import refuse_blind
from audits.services.tasks import NO_SUCH_TASK
from labelops.errors import NotFound
from labelops.tenancy.models import Membership

# The client sends again after 0, 4 and 8 s where a gateway failed; nobody means the same verdict twice in a minute.
REPEAT = timedelta(seconds=60)


@transaction.atomic(savepoint=False)
def audit_remotely(
    *, by: Membership, task_id: UUID, judgement: Judgement, now: datetime, auditor_email: str | None = None
) -> Recorded:
    """Record a verdict of `by`, or of the member named. The same one right after is answered again and done once.

    Raises what `record_verdict` raises, and InvalidInput (nobody with this e-mail may audit), Forbidden.
    """
    auditor = find_auditor(by=by, email=auditor_email) if auditor_email else by
    # The row is locked before the look at its newest audit: of two deliveries at once the second sees the first's.
    tasks = Task.objects.for_organization(by.organization).visible_to(by).with_names()
    task = tasks.select_for_update(of=("self",)).filter(pk=task_id).first()
    if task is None:
        raise NotFound(NO_SUCH_TASK)
    if task.may_have_audits:
        refuse_blind(auditor, task_id)
    if repeated := _repeated(task, auditor, judgement, now):
        attach_audits([task])
        return Recorded(task, repeated.pk, replayed=True)
    return record_verdict(auditor=auditor, task_id=task_id, judgement=judgement, now=now, source=Audit.Source.API)


def _repeated(task: Task, auditor: Membership, judgement: Judgement, now: datetime) -> Audit | None:
    """The newest audit, if it is this very verdict of this auditor, by the API, a moment ago."""
    newest = Audit.objects.for_organization(auditor.organization).standing().filter(task=task).newest_first().first()
    same = (
        newest is not None
        and newest.source == Audit.Source.API
        and newest.auditor_id == auditor.user_id
        and bytes(newest.body_digest) == judgement.digest
        and abs(now - newest.audited_at) < REPEAT
    )
    return newest if same else None
