"""Solutions into responses: by majority when a task has its overlap, by Dawid-Skene over a pool on demand."""

from datetime import datetime

from crowd_rules.models import Operation, Pool
from labelops.tenancy.models import User


def aggregate_pool(*, pool: Pool, actor: User | None, now: datetime, method: str = "") -> Operation:
    """Aggregate what has its overlap and no response yet, as a job.

    `method`: MAJORITY or DAWID_SKENE; else the pool's.
    """
    raise NotImplementedError
