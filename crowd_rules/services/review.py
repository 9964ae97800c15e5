"""Review of submitted assignments: accept, reject, accept after the period. Rewards go into the ledger and stay."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from crowd_rules.models import Assignment, Operation, Pool, Reward
from crowd_rules.services.aggregation import aggregate, answered_tasks, majority_events
from crowd_rules.services.consequences import observe
from crowd_rules.services.holding import Held, hold_assignment
from crowd_rules.services.operations import start_operation
from crowd_rules.services.refusals import WrongPoolStatus, WrongStatus
from crowd_rules.services.sentences import longer_than
from labelops.errors import InvalidInput
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User
from labelops.tenancy.scope import organization_scope, system_scope

LONGEST_COMMENT = 2048
FROM = {True: ("SUBMITTED", "REJECTED"), False: ("SUBMITTED",)}
# All that several decisions in one transaction hold, in the one order: one after the other they would not keep to it.
HOLD_ALL = (
    """SELECT FROM crowd_rules_assignment a WHERE a.organization_id = %(organization)s AND a.id = ANY(%(ids)s::uuid[])
        ORDER BY a.id FOR UPDATE""",
    """SELECT FROM crowd_rules_performerpool l WHERE l.organization_id = %(organization)s
          AND (l.pool_id, l.performer_id) IN (
              SELECT a.pool_id, a.performer_id FROM crowd_rules_assignment a
               WHERE a.organization_id = %(organization)s AND a.id = ANY(%(ids)s::uuid[]))
        ORDER BY l.id FOR UPDATE""",
    """SELECT FROM crowd_rules_tasksuite s WHERE s.organization_id = %(organization)s
          AND s.id IN (SELECT a.suite_id FROM crowd_rules_assignment a
                        WHERE a.organization_id = %(organization)s AND a.id = ANY(%(ids)s::uuid[]))
        ORDER BY s.id FOR UPDATE""",
    """SELECT FROM crowd_rules_pooltask t WHERE t.organization_id = %(organization)s AND NOT t.infinite_overlap
          AND t.id IN (SELECT s.pool_task_id FROM crowd_rules_solution s
                        WHERE s.organization_id = %(organization)s AND s.assignment_id = ANY(%(ids)s::uuid[]))
        ORDER BY t.id FOR UPDATE""",
)


@transaction.atomic(savepoint=False)
def accept_assignment(
    *, organization: Organization, actor: User | None, assignment_id: Any, now: datetime, public_comment: str = ""
) -> Assignment:
    """SUBMITTED or REJECTED becomes ACCEPTED and is paid. Raises NotFound, WrongStatus, WrongPoolStatus (archived)."""
    return _decide(organization, actor, assignment_id, True, public_comment)


@transaction.atomic(savepoint=False)
def reject_assignment(
    *, organization: Organization, actor: User | None, assignment_id: Any, public_comment: str, now: datetime
) -> Assignment:
    """SUBMITTED becomes REJECTED, with a comment that the performer reads. Raises as above, InvalidInput."""
    return _decide(organization, actor, assignment_id, False, public_comment)


@transaction.atomic(savepoint=False)
def review_assignments(
    *,
    organization: Organization,
    actor: User | None,
    assignment_ids: list[UUID],
    accept: bool,
    public_comment: str = "",
    now: datetime,
) -> list[Assignment]:
    """Decide on a selection, all or none."""
    ordered = sorted(set(assignment_ids))
    with connection.cursor() as cursor:
        for sql in HOLD_ALL:
            cursor.execute(sql, {"organization": organization.pk, "ids": ordered})
    return [_decide(organization, actor, one, accept, public_comment) for one in ordered]


def review_all(
    *, pool: Pool, actor: User | None, accept: bool, public_comment: str = "", performer_id: UUID | None = None,
    now: datetime,
) -> Operation:  # fmt: skip
    """Decide on everything that waits in the pool (of one performer): a job with progress."""
    _check_comment(accept, public_comment)
    parameters = {"pool_id": pool.pk.hex, "performer_id": performer_id.hex if performer_id else "",
                  "public_comment": public_comment, "actor": str(actor.pk) if actor else ""}  # fmt: skip
    kind = "ASSIGNMENTS.ACCEPT_ALL" if accept else "ASSIGNMENTS.REJECT_ALL"
    return start_operation(organization=pool.organization, type=kind, parameters=parameters, now=now)


def _check_comment(accept: bool, comment: str) -> None:
    if not accept and not comment.strip():
        raise InvalidInput(fields={"public_comment": _("Say why: the performer reads it.")})
    if len(comment) > LONGEST_COMMENT:
        raise InvalidInput(fields={"public_comment": longer_than(LONGEST_COMMENT)})


def _decide(
    organization: Organization, actor: User | None, assignment_id: Any, accept: bool, comment: str
) -> Assignment:
    _check_comment(accept, comment)
    held = hold_assignment(organization, None, assignment_id)
    before = held.assignment["status"]
    if held.pool["status"] == Pool.Status.ARCHIVED:
        raise WrongPoolStatus(_("In an archived pool nothing is decided any more."), appropriate=("OPEN", "CLOSED"))
    if before not in FROM[accept]:
        raise WrongStatus(_("This assignment is %(status)s.") % {"status": before}, appropriate=FROM[accept])
    assignment = _write(organization, held, accept, comment)
    _tell(organization, actor, held, accept, comment)
    _judge(organization, held, accept)
    return assignment


def _write(organization: Organization, held: Held, accept: bool, comment: str) -> Assignment:
    assignment = Assignment.objects.for_organization(organization).select_related("suite").get(pk=held.id)
    assignment.status = Assignment.Status.ACCEPTED if accept else Assignment.Status.REJECTED
    assignment.public_comment = comment or assignment.public_comment
    moment = "accepted_at" if accept else "rejected_at"
    setattr(assignment, moment, held.instant)
    assignment.save(update_fields=["status", "public_comment", moment])
    suite, before = assignment.suite, held.assignment["status"]
    counted = {"SUBMITTED": "pending", "REJECTED": "rejected"}[before]
    setattr(suite, counted, getattr(suite, counted) - 1)
    gained = "accepted" if accept else "rejected"
    setattr(suite, gained, getattr(suite, gained) + 1)
    suite.save(update_fields=["pending", "accepted", "rejected"])
    if accept:
        Reward.objects.create(
            organization=organization, performer_id=held.performer_id, pool_id=held.pool_id, assignment=assignment,
            amount=assignment.reward, at=held.instant,
        )  # fmt: skip
    return assignment


def _tell(organization: Organization, actor: User | None, held: Held, accept: bool, comment: str) -> None:
    type = EventType.ASSIGNMENT_ACCEPTED if accept else EventType.ASSIGNMENT_REJECTED
    record_event(type, organization=organization, actor=actor, now=held.instant, subject_id=held.id,
                 before={"status": held.assignment["status"]}, after={"comment": comment})  # fmt: skip


def _judge(organization: Organization, held: Held, accept: bool) -> None:
    """The rules see the verdict with the state of the suite; then what is decided altogether gets its response."""
    event = "REJECT" if not accept else "ACCEPT_AFTER_REJECT" if held.assignment["rejected_at"] else "ACCEPT"
    suite = Assignment.objects.for_organization(organization).select_related("suite").get(pk=held.id).suite
    facts = {"event": event, "reviewed": True, "pending": suite.pending, "accepted": suite.accepted,
             "rejected": suite.rejected}  # fmt: skip
    if accept:
        facts["reward"] = str(held.assignment["reward"])
    new = held.event("assignment.accepted" if accept else "assignment.rejected", **facts)
    # About work that was given when it was submitted.
    submitted = datetime.fromisoformat(held.assignment["submitted_at"])
    observe(organization, [replace(new, responded_at=submitted)])
    real = [UUID(task["id"]) for task in held.tasks if task["kind"] == "REAL"]
    complete = [one for one in answered_tasks(organization, real) if one.answered >= one.overlap]
    # A rule may just have lowered the overlap; what was compared before is not told again.
    observe(organization, majority_events(complete, held.pool, held.instant))
    aggregate(organization, held.pool, complete, held.instant)


def accept_overdue(*, limit: int = 1000) -> int:
    """Accept, in all organizations, what nobody has decided within its pool's period. How many."""
    with system_scope("sweep"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.organization_id, a.id FROM tenancy_organization o CROSS JOIN LATERAL (SELECT w.organization_id, "
            "w.id FROM crowd_rules_assignment w WHERE w.organization_id = o.id AND w.status = 'SUBMITTED' "
            "AND w.accept_by <= clock_timestamp() ORDER BY w.accept_by LIMIT %s) a LIMIT %s", [limit, limit],
        )  # fmt: skip
        overdue = cursor.fetchall()
    accepted = 0
    for organization_id, assignment_id in overdue:
        with organization_scope(organization_id):
            organization = Organization.objects.get(pk=organization_id)
            try:
                _decide(organization, None, assignment_id, True, "")
                accepted += 1
            except (WrongStatus, WrongPoolStatus):
                # Decided meanwhile, or archived.
                continue
    return accepted
