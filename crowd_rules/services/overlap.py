"""How many performers do a suite or a task: raising asks for more, lowering takes back what nobody has taken."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from crowd_rules.models import Pool, TaskSuite
from crowd_rules.services.pools import open_pool
from labelops.errors import NotFound
from labelops.tenancy.models import Organization

TASKS = """
UPDATE crowd_rules_pooltask t
   SET overlap = greatest(least(t.overlap + %(delta)s, 30000), t.issued, 1), released_at = clock_timestamp(),
       state = CASE WHEN %(delta)s > 0 AND t.state <> 'AGREED' THEN 'COLLECTING' ELSE t.state END
 WHERE t.organization_id = %(organization)s AND t.id = ANY(%(tasks)s::uuid[]) AND NOT t.infinite_overlap
   AND t.kind = 'REAL'
"""


@transaction.atomic(savepoint=False)
def change_suite_overlap(
    *, organization: Organization, suite_id: UUID, delta: int, open_pool: bool, now: datetime
) -> TaskSuite:
    """Change the overlap of a suite by `delta`; of a mixed one that of its real tasks. Never below what is issued.

    Raises NotFound.
    """
    suites = TaskSuite.objects.for_organization(organization).select_for_update()
    suite = suites.filter(pk=suite_id).first()
    if suite is None:
        raise NotFound(_("There is no such task suite."))
    with connection.cursor() as cursor:
        place = {"delta": delta, "organization": organization.pk, "tasks": suite.task_ids}
        cursor.execute(
            "SELECT id FROM crowd_rules_pooltask WHERE organization_id = %(organization)s "
            "AND id = ANY(%(tasks)s::uuid[]) AND kind = 'REAL' AND NOT infinite_overlap ORDER BY id FOR UPDATE", place,
        )  # fmt: skip
        cursor.execute(TASKS, place)
    if not suite.mixed and not suite.infinite_overlap:
        suite.overlap = max(min(suite.overlap + delta, 30_000), suite.issued, 1)
        suite.released_at = now
        suite.save(update_fields=["overlap", "released_at"])
    if delta > 0:
        _wake(organization, suite.pool_id, open_pool, now)
    return suite


def _wake(organization: Organization, pool_id: UUID, opens: bool, now: datetime) -> None:
    """There is work again; the pool is opened where the rule says so and it is only closed."""
    pool = Pool.objects.for_organization(organization).select_related("project").get(pk=pool_id)
    pool.organization = organization
    if pool.completed_at:
        Pool.objects.for_organization(organization).filter(pk=pool_id).update(completed_at=None)
    if opens and pool.status == Pool.Status.CLOSED and not pool.is_over(now):
        open_pool(pool=pool, actor=None, now=now)
