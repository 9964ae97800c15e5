"""A task that an audit sent back to be done again goes back to the performers of the pool that it was done in.

As many new answers are asked for as the first time, of people who have not done it; the earlier answers stay where they
are and count no more. Reading the same event twice changes nothing: a task knows which attempt its pool asks for.
"""

from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from crowd_rules.models import Pool
from crowd_rules.services.pools import open_pool
from labelops.tenancy.models import Organization

REASON = "REDO"


def reopen_recalled(organization: Organization, task_ids: list[UUID]) -> int:
    """Those of these that are pending and in a pool; how many. A pool that all its tasks had closed is opened again."""
    if not task_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM crowd_rules_reopen(%s, %s::uuid[])", [organization.pk, task_ids])
        rows = cursor.fetchall()
    for pool_id, _ in rows:
        _wake(organization, pool_id, datetime.now(UTC))
    return sum(number for _, number in rows)


def _wake(organization: Organization, pool_id: UUID, now: datetime) -> None:
    """Who closed a pool by hand, or let it expire, is asked on its page; being done is no reason any more."""
    pools = Pool.objects.for_organization(organization)
    pools.filter(pk=pool_id, completed_at__isnull=False).update(completed_at=None)
    pool = pools.get(pk=pool_id)
    pool.organization = organization
    was_done = pool.status == Pool.Status.CLOSED and pool.last_close_reason == Pool.CloseReason.COMPLETED
    if was_done and not pool.is_over(now):
        open_pool(pool=pool, actor=None, now=now, reason=REASON)
