"""What the open workspace does in one step: end with one task and get the next, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from audits.models import Audit, AuditSession
from audits.services.audits import (
    Judgement,
    Recorded,
    check_judgement,
    check_words,
    conclude,
    slot_of,
    verdict_arguments,
)
from audits.services.locks import IDLE_SECONDS
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
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Membership
from labelops.tenancy.permissions import Permission, roles_that_may
from labelops.tenancy.rows import call, instance
from labelops.tenancy.visitors import NotLetIn, Visitor

LEADS, AUDITORS = roles_that_may(Permission.MANAGE_SESSIONS), roles_that_may(Permission.AUDIT)


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
    return _judged(row, auditor, judgement, now)


@transaction.atomic(savepoint=False)
def enter_and_judge(
    *,
    visitor: Visitor,
    session_id: UUID,
    task_id: UUID,
    judgement: Judgement,
    lock_token: int,
    version: int,
    now: datetime,
) -> Judged:
    """`judge_and_claim` by somebody who is let in by the same statement; of a verdict without a new response.

    Raises NotLetIn beside what that raises, also for those who audit assigned projects only.
    """
    check_words(judgement)
    said = [judgement.verdict, judgement.comment, judgement.digest, Audit.Source.CUSTOMER]
    row = call("audits_enter_and_judge", [
        visitor.key, visitor.data, visitor.user_id, visitor.slug, LEADS, AUDITORS, task_id, session_id, lock_token,
        version, *said, uuid7(), uuid7(), slot_of(UUID(visitor.user_id)), IDLE_SECONDS, uuid7(),
    ])  # fmt: skip
    auditor = visitor.let_in(row)
    if not auditor.may(Permission.AUDIT) or auditor.needs_assignment:
        raise NotLetIn
    return _judged(row["judged"], auditor, judgement, now, wake=row["listens"])


def _judged(
    row: dict[str, Any], auditor: Membership, judgement: Judgement, now: datetime, *, wake: bool | None = None
) -> Judged:
    """From what `audits_judge_and_claim` returns."""
    session = instance(AuditSession, row["session"])
    if session is None:
        raise NotFound(NO_SUCH_SESSION)
    recorded = conclude(row, auditor, judgement, now, wake=wake)
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
