"""Work into performers' hands: take, submit, skip. Everything that decides is one database function each.

Lock order: assignment, performer's place in the pool, suite, pool tasks by id, counters by id, tasks by batch and id.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.models import Performer
from crowd_rules.models import Assignment, Pool
from crowd_rules.services.giving_back import leave_assignment, skip_assignment
from crowd_rules.services.issued import Issued, IssuedTask
from crowd_rules.services.pools import NO_SUCH_POOL
from crowd_rules.services.refusals import NothingLeft, Restricted, SkillMissing, WrongPoolStatus
from crowd_rules.services.submitting import hand_in, submit_assignment
from labelops.errors import Conflict, DomainError, NotFound
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.keys import KeyParts
from labelops.tenancy.models import Organization
from labelops.tenancy.rows import ask, ask_json, fetch
from labelops.tenancy.scope import organization_scope, system_scope

__all__ = [
    "HeldByOthers",
    "Issued",
    "IssuedTask",
    "Offer",
    "Onward",
    "expire_assignments",
    "leave_assignment",
    "note_exhausted",
    "offers",
    "skip_and_take",
    "skip_assignment",
    "submit_and_take",
    "submit_assignment",
    "take_assignment",
    "take_at_once",
    "take_to_show",
]

OFFERS = """
SELECT p.id, a.refusal, a.ends_at, held.id AS active,
       held.id IS NOT NULL OR CASE WHEN a.refusal <> '' THEN false
            WHEN p.mixing THEN crowd_rules_has_task(p, %(performer)s)
            ELSE crowd_rules_has_suite(p, %(performer)s) END AS has_work
  FROM crowd_rules_pool p
  CROSS JOIN LATERAL crowd_rules_admission(p.organization_id, %(performer)s, p) a
  LEFT JOIN crowd_rules_assignment held
    ON held.organization_id = p.organization_id AND held.pool_id = p.id AND held.performer_id = %(performer)s
   AND held.status = 'ACTIVE' AND held.expires_at > clock_timestamp()
 WHERE p.organization_id = %(organization)s AND (p.status = 'OPEN' AND (p.will_expire IS NULL
       OR p.will_expire > clock_timestamp()) OR held.id IS NOT NULL)
 ORDER BY p.priority DESC, p.id DESC LIMIT 200
"""

EXHAUSTED = """
UPDATE crowd_rules_performerpool SET exhausted_at = greatest(exhausted_at, %s)
 WHERE organization_id = %s AND pool_id = %s AND performer_id = %s
"""


class HeldByOthers(Conflict):
    """Others hold all that is left at this moment."""

    code = "THERE_IS_ACTIVE_ASSIGNMENT"
    message = gettext_lazy("Others are taking the last tasks at this moment. Try again.")


@dataclass(frozen=True)
class Onward:
    """What was handed in or skipped, and the next suite; or why there is none."""

    done: Issued
    next: Issued | None
    refusal: DomainError | None = None


@dataclass(frozen=True)
class Offer:
    """A pool as a performer sees it in the list. `reason`: RESTRICTED, SKILL or EMPTY where it is not available."""

    pool: Pool
    title: str
    reward: Decimal
    available: bool
    reason: str = ""
    # End of the restriction; None: no end is set, or no restriction.
    until: datetime | None = None
    # Their assignment in hand.
    active: UUID | None = None


def offers(*, organization: Organization, performer: Performer) -> list[Offer]:
    """The open pools and those with work in hand, by priority, then newest first; two statements."""
    rows = fetch(OFFERS, {"organization": organization.pk, "performer": performer.pk})
    ids = [UUID(row["id"]) for row in rows]
    pools = Pool.objects.for_organization(organization).with_project().in_bulk(ids)
    return [_offer(pools[UUID(row["id"])], row) for row in rows]


def _offer(pool: Pool, row: dict[str, Any]) -> Offer:
    active = UUID(row["active"]) if row["active"] else None
    reason = "" if active else row["refusal"] or ("" if row["has_work"] else "EMPTY")
    until = _moment(row["ends_at"]) if reason == "RESTRICTED" else None
    title = pool.project.public_name or pool.project.name
    return Offer(pool, title, pool.reward, not reason, reason, until, active)


@transaction.atomic(savepoint=False)
def take_assignment(
    *, organization: Organization, performer: Performer, pool_id: Any, row: dict[str, Any] | None = None
) -> Issued:
    """The performer's next suite, or the one in hand. `row`: what `crowd_rules_take` has answered, where it was asked.

    Raises Restricted, SkillMissing, NothingLeft, HeldByOthers, WrongPoolStatus, NotFound.
    """
    found = _found(row) if row else _take(organization, performer, pool_id)
    if isinstance(found, DomainError):
        raise found
    return found


def take_at_once(*, token: KeyParts, pool_id: UUID) -> Issued | None:
    """As `take_assignment`, by the performer's token, in one statement that needs no transaction around it.

    None, and nothing done, where there is anything else to say.
    """
    ids = [uuid7() for _ in range(3)]
    row = ask_json("SELECT crowd_rules_take_at_once(%s, %s, %s, %s::uuid[])::text",
                   [token.public_id, token.secret_hash, pool_id, ids])  # fmt: skip
    return Issued(row["assignment"], row["tasks"], again=row["again"]) if row else None


def _take(
    organization: Organization, performer: Performer, pool_id: Any, *, may_wait: bool = True
) -> Issued | DomainError:
    """`may_wait`: false where the transaction holds counters or tasks already."""
    arguments = [organization.pk, pool_id, performer.pk, uuid7(), uuid7(), uuid7(), may_wait]
    return _found(ask("crowd_rules_take", arguments))


def _found(row: dict[str, Any]) -> Issued | DomainError:
    """Out of what `crowd_rules_take` answers."""
    if row["outcome"] in ("ISSUED", "AGAIN"):
        return Issued(row["assignment"], row["tasks"], again=row["outcome"] == "AGAIN")
    return _refusal(row)


def _refusal(row: dict[str, Any]) -> DomainError:
    outcome = row["outcome"]
    if outcome == "RESTRICTED":
        return Restricted(_moment(row["ends_at"]))
    if outcome == "CLOSED":
        return WrongPoolStatus(_("This pool is not open."), appropriate=("OPEN",))
    if outcome == "EMPTY":
        return NothingLeft(_moment(row["exhausted_at"]))
    return {"SKILL": SkillMissing, "BUSY": HeldByOthers}[outcome]() if outcome != "UNKNOWN" else NotFound(NO_SUCH_POOL)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def note_exhausted(*, organization: Organization, performer: Performer, pool_id: Any, at: datetime) -> None:
    """Keep what a look in vain has found out, so that the next one reads only what was released since.

    To be called behind the transaction of the refusal, which is undone.
    """
    with connection.cursor() as cursor:
        cursor.execute(EXHAUSTED, [at, organization.pk, pool_id, performer.pk])


@transaction.atomic(savepoint=False)
def submit_and_take(
    *, organization: Organization, performer: Performer, assignment_id: Any, solutions: list[Any], now: datetime,
    held: dict[str, Any] | None = None,
) -> Onward:  # fmt: skip
    """Hand in, as `submit_assignment` does by the project's specification, and take the next suite of the pool."""
    handed = hand_in(organization, performer, assignment_id, solutions, by_spec=True, takes=True, held=held)
    return _go_on(organization, performer, handed.page, handed.next and _found(handed.next))


@transaction.atomic(savepoint=False)
def skip_and_take(*, organization: Organization, performer: Performer, assignment_id: Any, now: datetime) -> Onward:
    """Skip, as `skip_assignment` does, and take the next suite of the pool."""
    done = skip_assignment(organization=organization, performer=performer, assignment_id=assignment_id, now=now)
    return _go_on(organization, performer, done, None)


def _go_on(
    organization: Organization, performer: Performer, done: Issued, found: Issued | DomainError | None
) -> Onward:
    """`found`: what was taken along with it. A refusal undoes nothing here: the suite is handed in, come what may."""
    pool_id = done.pool_id
    found = found or _take(organization, performer, pool_id, may_wait=False)
    if isinstance(found, NothingLeft) and found.exhausted_at:
        note_exhausted(organization=organization, performer=performer, pool_id=pool_id, at=found.exhausted_at)
    return Onward(done, None, found) if isinstance(found, DomainError) else Onward(done, found)


@transaction.atomic(savepoint=False)
def take_to_show(*, organization: Organization, performer: Performer, pool_id: Any) -> Assignment:
    """As `take_assignment`, with all that its page in the browser shows: project, solutions, tasks."""
    taken = take_assignment(organization=organization, performer=performer, pool_id=pool_id)
    return Assignment.objects.for_organization(organization).with_names().with_solutions().get(pk=taken.assignment.pk)


def expire_assignments(*, limit: int = 1000) -> int:
    """Write down, in all organizations, what the clock has ended; hand-outs do not wait for it. How many."""
    with system_scope("sweep"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id FROM tenancy_organization o WHERE EXISTS (SELECT FROM crowd_rules_assignment a WHERE "
            "a.organization_id = o.id AND a.status = 'ACTIVE' AND a.expires_at <= clock_timestamp())"
        )
        organizations = [row[0] for row in cursor.fetchall()]
    expired = 0
    for organization_id in organizations:
        with organization_scope(organization_id), connection.cursor() as cursor:
            cursor.execute("SELECT crowd_rules_expire(%s, NULL, %s)", [organization_id, limit])
            expired += cursor.fetchone()[0]
    return expired
