"""Pools that close by themselves: their time is over, or every task has had its overlap for as long as they wait."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from crowd_rules.models import Pool
from crowd_rules.services.outcomes import aggregate_when_done
from crowd_rules.services.pools import close_pool, hold_pool
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope

# Nothing to take and nothing in hand. Pools of control or training tasks alone are never complete.
COMPLETE = """
SELECT p.organization_id, p.id FROM crowd_rules_pool p
 WHERE p.status = 'OPEN' AND p.completed_at IS NULL
   AND EXISTS (SELECT FROM crowd_rules_pooltask t WHERE t.organization_id = p.organization_id AND t.pool_id = p.id
                  AND t.kind = 'REAL')
   AND NOT EXISTS (SELECT FROM crowd_rules_pooltask t WHERE t.organization_id = p.organization_id AND t.pool_id = p.id
                      AND t.kind = 'REAL' AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap))
   AND NOT EXISTS (SELECT FROM crowd_rules_tasksuite s WHERE s.organization_id = p.organization_id AND s.pool_id = p.id
                      AND NOT s.mixed AND (s.infinite_overlap OR s.issued < s.overlap))
   AND NOT EXISTS (SELECT FROM crowd_rules_assignment a WHERE a.organization_id = p.organization_id
                      AND a.pool_id = p.id AND a.status = 'ACTIVE')
"""
# Asked again: work may have come between the look and this.
NOTE = f"""
UPDATE crowd_rules_pool SET completed_at = clock_timestamp()
 WHERE organization_id = %s AND id = %s AND (organization_id, id) IN ({COMPLETE})
"""  # noqa: S608
DUE = """
SELECT organization_id, id, CASE WHEN will_expire <= clock_timestamp() THEN 'EXPIRED' ELSE 'COMPLETED' END
  FROM crowd_rules_pool
 WHERE status = 'OPEN' AND (will_expire <= clock_timestamp()
       OR completed_at + auto_close_after_complete_delay_seconds * interval '1 second' <= clock_timestamp())
"""


def close_finished_pools(*, now: datetime) -> int:
    """Look through the open pools of all organizations; how many were closed."""
    with system_scope("sweep"), connection.cursor() as cursor:
        cursor.execute(COMPLETE)
        complete = cursor.fetchall()
    for organization_id, pool_id in complete:
        _note_complete(organization_id, pool_id, now)
    with system_scope("sweep"), connection.cursor() as cursor:
        cursor.execute(DUE)
        due = cursor.fetchall()
    return sum(_close(organization_id, pool_id, reason, now) for organization_id, pool_id, reason in due)


def _note_complete(organization_id: UUID, pool_id: UUID, now: datetime) -> None:
    with organization_scope(organization_id), connection.cursor() as cursor:
        cursor.execute(NOTE, [organization_id, pool_id])
        if cursor.rowcount:
            pool = Pool.objects.select_related("organization").get(organization_id=organization_id, pk=pool_id)
            aggregate_when_done(pool, now)


def _close(organization_id: UUID, pool_id: UUID, reason: str, now: datetime) -> bool:
    with organization_scope(organization_id):
        organization = Organization.objects.get(pk=organization_id)
        pool = hold_pool(organization, pool_id)
        # Work came again since it was found: a task that was sent back, or a new one.
        if reason == Pool.CloseReason.COMPLETED and pool.completed_at is None:
            return False
        return close_pool(pool=pool, actor=None, now=now, reason=reason)
