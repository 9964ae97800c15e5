"""What the open workspace does in one step: end with one task and get the next, in one transaction."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audits.models import AuditSession
from audits.services.audits import Judgement, Recorded, record_verdict
from audits.services.sessions import Claimed, claim_next, skip_item
from labelops.tenancy.models import Membership


@transaction.atomic(savepoint=False)
def judge_and_claim(
    *,
    auditor: Membership,
    session: AuditSession,
    task_id: UUID,
    judgement: Judgement,
    lock_token: int,
    version: int,
    now: datetime,
) -> tuple[Recorded, Claimed | None]:
    """Record the verdict and claim the next task of the session's queue; None: nothing is left for this auditor.

    Raises what `record_verdict` raises; then neither has happened.
    """
    recorded = record_verdict(
        auditor=auditor, task_id=task_id, judgement=judgement, session_id=session.pk, lock_token=lock_token,
        version=version, now=now,
    )  # fmt: skip
    return recorded, _next(auditor, session)


@transaction.atomic(savepoint=False)
def skip_and_claim(
    *, auditor: Membership, session: AuditSession, task_id: UUID, token: int, reason: str, now: datetime
) -> Claimed | None:
    """Put the task behind the others and claim the next one. Raises Conflict where it is not held any more."""
    skip_item(auditor=auditor, session=session, task_id=task_id, token=token, reason=reason, now=now)
    return _next(auditor, session)


def _next(auditor: Membership, session: AuditSession) -> Claimed | None:
    # A session that was closed meanwhile takes the last verdict and hands out nothing.
    if session.status != AuditSession.Status.OPEN:
        return None
    return claim_next(auditor=auditor, session=session)
