"""A hand-out must not grow dearer with what is handed out already."""

import time

from django.db import connection

from benchmarks.goals import Goals
from benchmarks.pool_stage import PoolStage, Worker
from crowd_rules.services.hand_out import take_assignment

CLAIMS = 1000
# All but the last suites of the pool are given to nobody in particular.
FILL = """
UPDATE crowd_rules_pooltask SET issued = overlap
 WHERE organization_id = %(organization)s AND pool_id = %(pool)s AND kind = 'REAL' AND issued < overlap
   AND turn <= (SELECT turn FROM crowd_rules_pooltask
                 WHERE organization_id = %(organization)s AND pool_id = %(pool)s AND kind = 'REAL' AND issued < overlap
                 ORDER BY turn DESC OFFSET %(left)s LIMIT 1)
"""


def measure(goals: Goals, stage: PoolStage, *, depth: int) -> None:
    """Median cost of the first and of the last 1,000 claims of a pool, in this process."""
    first = _claims(stage, stage.workers[0])
    place = {"organization": stage.organization.pk, "pool": stage.pool.pk, "left": CLAIMS}
    with stage.scope(), connection.cursor() as cursor:
        cursor.execute(FILL, place)
    last = _claims(stage, stage.workers[0])
    print(f"claim at the head {1000 * first:.2f} ms, at the end of {depth:,} hand-outs {1000 * last:.2f} ms (medians)")
    goals.at_most("last_claims_to_first_claims", last / first, 1.2)


def _claims(stage: PoolStage, worker: Worker) -> float:
    costs = []
    for _ in range(CLAIMS):
        with stage.scope():
            start = time.perf_counter()
            issued = take_assignment(organization=stage.organization, performer=worker.performer, pool_id=stage.pool.pk)
            costs.append(time.perf_counter() - start)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE crowd_rules_assignment SET status = 'ACCEPTED' WHERE organization_id = %s "
                               "AND id = %s", [stage.organization.pk, issued.assignment.pk])  # fmt: skip
    return sorted(costs)[len(costs) // 2]
