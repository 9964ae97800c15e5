"""What became of the answers of a pool, and what can be done about tasks on which performers do not agree."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from crowd_rules.models import Operation, Pool, PoolTask
from crowd_rules.services.aggregation import aggregate_pool
from crowd_rules.services.pools import hold_pool, open_pool
from crowd_rules.services.refusals import WrongPoolStatus
from labelops.errors import InvalidInput
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership, Organization, User

AGGREGATE = "SOLUTION.AGGREGATE"
# In the one order of locks: suites before tasks.
HOLD_SUITES = """
SELECT FROM crowd_rules_tasksuite s
 WHERE s.organization_id = %(organization)s AND s.id IN (
        SELECT t.suite_id FROM crowd_rules_pooltask t
         WHERE t.organization_id = %(organization)s AND t.pool_id = %(pool)s AND t.kind = 'REAL'
           AND t.state IN ('TIE', 'TOO_FEW') AND t.suite_id IS NOT NULL)
 ORDER BY s.id FOR UPDATE
"""
# One answer more for each task without a winner. A suite made by hand is issued again as a whole.
ASK = """
WITH open AS (
    SELECT t.id, t.suite_id FROM crowd_rules_pooltask t
     WHERE t.organization_id = %(organization)s AND t.pool_id = %(pool)s AND t.kind = 'REAL'
       AND t.state IN ('TIE', 'TOO_FEW') AND NOT t.infinite_overlap AND t.overlap < 30000
     ORDER BY t.id FOR UPDATE),
suites AS (
    UPDATE crowd_rules_tasksuite s SET overlap = s.overlap + 1, released_at = clock_timestamp()
     WHERE s.organization_id = %(organization)s AND s.id IN (SELECT suite_id FROM open WHERE suite_id IS NOT NULL)
    RETURNING s.id),
moved AS (
    UPDATE crowd_rules_pooltask t SET overlap = t.overlap + 1, released_at = clock_timestamp(),
           state = CASE WHEN t.state IN ('TIE', 'TOO_FEW') THEN 'COLLECTING' ELSE t.state END
     WHERE t.organization_id = %(organization)s AND t.kind = 'REAL' AND NOT t.infinite_overlap
       AND (t.id IN (SELECT id FROM open WHERE suite_id IS NULL) OR t.suite_id IN (SELECT id FROM suites)))
SELECT count(*) FROM open
"""


@dataclass(frozen=True)
class Outcomes:
    """Real tasks of a pool by what became of their answers; `running`: the aggregation that is under way."""

    collecting: int = 0
    agreed: int = 0
    tie: int = 0
    too_few: int = 0
    running: Operation | None = None

    @property
    def undecided(self) -> int:
        return self.tie + self.too_few


def outcomes_of(pool: Pool) -> Outcomes:
    """Two statements."""
    counts = PoolTask.objects.for_organization(pool.organization).filter(pool=pool).count_by_state()
    counted = {state.lower(): number for state, number in counts.items()}
    return Outcomes(**counted, running=_running(pool.organization, pool))


def _running(organization: Organization, pool: Pool) -> Operation | None:
    rows = Operation.objects.for_organization(organization).unfinished().filter(type=AGGREGATE)
    return rows.without_logs().filter(parameters__pool_id=pool.pk.hex).order_by("-id").first()


@transaction.atomic(savepoint=False)
def ask_once_more(*, pool: Pool, actor: User | None, now: datetime) -> int:
    """One performer more for each task that ended in a tie or with too few answers; how many tasks.

    A pool that all its tasks had closed is opened again. Raises WrongPoolStatus (archived).
    """
    _check(pool)
    with connection.cursor() as cursor:
        place = {"organization": pool.organization_id, "pool": pool.pk}
        cursor.execute(HOLD_SUITES, place)
        cursor.execute(ASK, place)
        number = cursor.fetchone()[0]
    if not number:
        return 0
    held = hold_pool(pool.organization, pool.pk)
    if held.completed_at:
        Pool.objects.for_organization(pool.organization).filter(pk=pool.pk).update(completed_at=None)
    record_event(EventType.POOL_CHANGED, organization=pool.organization, actor=actor, now=now, subject_id=pool.pk,
                 after={"asked_once_more": number})  # fmt: skip
    was_done = held.status == Pool.Status.CLOSED and held.last_close_reason == Pool.CloseReason.COMPLETED
    if was_done and not held.is_over(now):
        open_pool(pool=held, actor=actor, now=now, reason="ASKED_ONCE_MORE")
    return number


@transaction.atomic(savepoint=False)
def aggregate_now(*, pool: Pool, by: Membership, method: str, now: datetime) -> Operation:
    """Responses out of the answers that are there, for all tasks without one; a job.

    Raises InvalidInput (the method), WrongPoolStatus (archived).
    """
    _check(pool)
    if method not in (Pool.Aggregation.MAJORITY, Pool.Aggregation.DAWID_SKENE):
        raise InvalidInput(fields={"method": _("Choose majority vote or Dawid-Skene.")})
    return _running(pool.organization, pool) or aggregate_pool(pool=pool, actor=by.user, now=now, method=method)


def _check(pool: Pool) -> None:
    if pool.status == Pool.Status.ARCHIVED:
        raise WrongPoolStatus(_("In an archived pool nothing is decided any more."), appropriate=("OPEN", "CLOSED"))


def aggregate_when_done(pool: Pool, now: datetime) -> Any:
    """A pool that is to be estimated as a whole is, as soon as all its answers are in."""
    if pool.aggregation == Pool.Aggregation.DAWID_SKENE and not _running(pool.organization, pool):
        return aggregate_pool(pool=pool, actor=None, now=now)
    return None
