"""What pools have paid: the ledger's older entries added up ahead, the newer ones as they are read.

The ledger is only ever appended to, at the database's instant, so that what is older than any open transaction is
settled. How much is added up ahead decides nothing but the cost of reading.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Q, Sum

from crowd_rules.models import PoolSpending, Reward
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope

# So many entries are read with a page rather than added up.
MOST_UNSETTLED = 1000
# Behind a row's policy an expression is no condition of an index, a column is: hence the instants by themselves first.
DUE = """
WITH places AS MATERIALIZED (
    SELECT p.organization_id, p.id, coalesce(s.through, '-infinity') AS since
      FROM crowd_rules_pool p
      LEFT JOIN crowd_rules_poolspending s ON s.organization_id = p.organization_id AND s.pool_id = p.id)
SELECT organization_id, id FROM places p
 WHERE EXISTS (SELECT FROM crowd_rules_reward r
                WHERE r.organization_id = p.organization_id AND r.pool_id = p.id AND r.at > p.since
                  AND r.at <= now() - interval '10 minutes'
               OFFSET %s)
"""


def spent_in_pools(organization: Organization, ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """Dollars by pool; two statements, whose cost does not grow with the ledger."""
    found = dict.fromkeys(ids, Decimal(0))
    settled = PoolSpending.objects.for_organization(organization).filter(pool_id__in=ids)
    through: dict[UUID, datetime] = {}
    for pool_id, until, spent in settled.filter(through__isnull=False).values_list("pool_id", "through", "spent"):
        found[pool_id], through[pool_id] = spent, until
    # The instants as they are, not by a join: only so does the database know how few entries are newer.
    newer = Q(pool_id__in=[one for one in ids if through.get(one) is None])
    for pool_id, until in through.items():
        newer |= Q(pool_id=pool_id, at__gt=until)
    entries = Reward.objects.for_organization(organization).filter(newer).order_by()
    for pool_id, total in entries.values_list("pool_id").annotate(total=Sum("amount")):
        found[pool_id] += total
    return found


def fold_spending() -> int:
    """Add up what is settled, in the pools of all organizations where there is much of it; in how many."""
    with system_scope("sweep"), connection.cursor() as cursor:
        # Each pool is asked for by the index, wherever the planner expects its entries.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(DUE, [MOST_UNSETTLED])
        due = cursor.fetchall()
    for organization_id, pool_id in due:
        with organization_scope(organization_id):
            _fold(organization_id, pool_id)
    return len(due)


def _fold(organization_id: UUID, pool_id: UUID) -> None:
    place = {"organization_id": organization_id, "pool_id": pool_id}
    PoolSpending.objects.get_or_create(**place)
    held = PoolSpending.objects.select_for_update().get(**place)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() - interval '10 minutes'")
        (until,) = cursor.fetchone()
    newer = Reward.objects.filter(**place, at__lte=until)
    held.spent += (newer.filter(at__gt=held.through) if held.through else newer).total()
    held.through = until
    held.save(update_fields=["spent", "through"])
