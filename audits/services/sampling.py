"""The draw: uniform, without replacement, repeatable by anybody who has the manifest and the ids of the frame.

Algorithm 1: order the frame by SHA-256(seed ":" task id in hex) and take the first n. The order is that of the queue.
(The practice of election audits; a larger n keeps the smaller sample as its beginning.)
"""

import hashlib
import math
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from labelops.errors import InvalidInput

ALGORITHM = "sha256-seed-id/1"
LARGEST_SEED = 2**53 - 1  # whole in every JSON reader


@dataclass(frozen=True)
class SampleSize:
    """How much of the frame: a number, a percentage, or all of it (neither given)."""

    number: int | None = None
    percent: float | None = None

    def of(self, population: int) -> int:
        """The number to draw, rounded up, at most the population. Raises InvalidInput."""
        if self.number is not None:
            if self.number < 1:
                raise InvalidInput(fields={"size": "Draw at least one task."})
            return min(self.number, population)
        if self.percent is not None:
            if not 0 < self.percent <= 100:
                raise InvalidInput(fields={"percent": "Give a percentage above 0 and up to 100."})
            return min(population, math.ceil(population * self.percent / 100))
        return population


@dataclass(frozen=True)
class Draw:
    """Task ids in queue order, the size of the frame and its hash, which does not depend on the order."""

    task_ids: list[UUID]
    population: int
    frame_hash: str


def new_seed() -> int:
    return secrets.randbelow(LARGEST_SEED) + 1


def draw_sample(frame: QuerySet, *, size: SampleSize, seed: int) -> Draw:
    """Draw from the tasks of `frame` in one pass over their ids. Raises InvalidInput for an empty frame."""
    sql, parameters = frame.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        # The frame's hash is the sum of its ids' digests modulo 2^64: equal for equal sets, in any order.
        cursor.execute(
            f"""
            WITH frame AS MATERIALIZED ({sql})
            SELECT count(*), coalesce(mod(sum(('x' || left(encode(sha256(convert_to(replace(id::text, '-', ''), 'UTF8')),
                   'hex'), 15))::bit(60)::bigint::numeric), 18446744073709551616), 0)
            FROM frame
            """,  # noqa: S608  (the ORM's own SQL; values stay parameters)
            parameters,
        )
        population, frame_sum = cursor.fetchone()
        number = size.of(population)
        if not population:
            raise InvalidInput("No completed task matches this filter: widen the dates or the audit status.")
        cursor.execute(
            f"""
            WITH frame AS MATERIALIZED ({sql})
            SELECT id FROM frame
            ORDER BY sha256(convert_to(%s || ':' || replace(id::text, '-', ''), 'UTF8')), id LIMIT %s
            """,  # noqa: S608
            [*parameters, str(seed), number],
        )
        return Draw([row[0] for row in cursor.fetchall()], population, f"{int(frame_sum):016x}")


def frame_hash(task_ids: list[UUID]) -> str:
    """The same hash, made from a list of ids: how an outsider checks a manifest."""
    digests = (hashlib.sha256(task_id.hex.encode()).hexdigest()[:15] for task_id in task_ids)
    return f"{sum(int(digest, 16) for digest in digests) % 2**64:016x}"
