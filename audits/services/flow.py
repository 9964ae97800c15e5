"""What the open workspace does in one step: end with one task and get the next, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audits.models import Audit, AuditSession
from audits.services.audits import Judgement, Recorded, check_judgement, conclude, verdict_arguments
from audits.services.sessions import (
    NO_SUCH_SESSION,
    Claimed,
    claim_arguments,
    claim_next,
    claimed_of,
    session_rights,
    skip_item,
    stop_when_decided,
)
from labelops.errors import NotFound
from labelops.tenancy.models import Membership
from labelops.tenancy.rows import call, instance


@dataclass(frozen=True)
class Judged:
    """What came of a submit: the verdict, the session as it was before, and the next task; None: nothing is left."""

    recorded: Recorded
    session: AuditSession
    claimed: Claimed | None


@transaction.atomic(savepoint=False)
def judge_and_claim(
    *,
    auditor: Membership,
    session_id: UUID,
    task_id: UUID,
    judgement: Judgement,
    lock_token: int,
    version: int,
    now: datetime,
) -> Judged:
    """Record the verdict and claim the next task of the session's queue, in one statement.

    A session that was closed meanwhile takes the last verdict and hands out nothing. Raises what `record_verdict`
    raises, NotFound for a session that this auditor may not join; then neither has happened.
    """
    check_judgement(judgement, auditor, task_id)
    arguments = verdict_arguments(auditor, task_id, judgement, session_id, lock_token, version, Audit.Source.CUSTOMER)
    row = call("audits_judge_and_claim", [*arguments, *session_rights(auditor), *claim_arguments(auditor)])
    session = instance(AuditSession, row["session"])
    if session is None:
        raise NotFound(NO_SUCH_SESSION)
    recorded = conclude(row, auditor, judgement, now)
    if session.is_sequential and stop_when_decided(by=auditor, session=session, now=now):
        return Judged(recorded, session, None)
    session.tallied = row["tallied"]
    return Judged(recorded, session, claimed_of(row["claim"], auditor))


@transaction.atomic(savepoint=False)
def skip_and_claim(
    *, auditor: Membership, session: AuditSession, task_id: UUID, token: int, reason: str, now: datetime
) -> Claimed | None:
    """Put the task behind the others and claim the next one. Raises Conflict where it is not held any more."""
    skip_item(auditor=auditor, session=session, task_id=task_id, token=token, reason=reason, now=now)
    # A session that was closed meanwhile hands out nothing.
    if session.status != AuditSession.Status.OPEN:
        return None
    return claim_next(auditor=auditor, session=session)
