"""Tasks that have their whole overlap because less is asked for, not because somebody has answered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crowd_rules.models import Pool, PoolTask
from crowd_rules.services.aggregation import aggregate, answered_tasks, majority_events
from crowd_rules.services.consequences import observe
from labelops.tenancy.models import Organization


def settle_lowered(*, organization: Organization, pool_id: UUID, task_ids: list[UUID], now: datetime) -> None:
    """What the last answer would have done: the answers are compared, and become the response where they may.

    In the caller's transaction, which holds the tasks.
    """
    tasks = PoolTask.objects.for_organization(organization).real().filter(pk__in=task_ids, infinite_overlap=False)
    waiting = list(tasks.filter(state=PoolTask.State.COLLECTING, answered__gt=0).values_list("pk", flat=True))
    complete = [one for one in answered_tasks(organization, waiting) if one.answered >= one.overlap] if waiting else []
    if complete:
        pool = _as_row(Pool.objects.for_organization(organization).get(pk=pool_id))
        observe(organization, majority_events(complete, pool, now))
        aggregate(organization, pool, complete, now)


def _as_row(pool: Pool) -> dict[str, Any]:
    """As the hand-out's functions tell of it."""
    names = ("aggregation", "aggregation_threshold", "auto_accept_solutions")
    return {"id": pool.pk.hex, "project_id": pool.project_id.hex, **{name: getattr(pool, name) for name in names}}
