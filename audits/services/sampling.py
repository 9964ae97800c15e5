"""The draw: uniform, without replacement, repeatable by anybody who has the manifest and the ids of the frame.

Algorithm 1: order the frame by SHA-256(seed ":" task id in hex) and take the first n. The order is that of the queue.
(The practice of election audits; a larger n keeps the smaller sample as its beginning.)
"""

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.errors import InvalidInput

ALGORITHM = "sha256-seed-id/1"
NOTHING_MATCHES = gettext_lazy("No completed task matches this filter: widen the dates or the audit status.")
LARGEST_SEED = 2**53 - 1  # whole in every JSON reader


@dataclass(frozen=True)
class SampleSize:
    """How much of the frame: a number, a percentage, or all of it (neither given)."""

    number: int | None = None
    percent: float | None = None  # null in both: LIMIT NULL draws all

    def check(self) -> None:
        """InvalidInput for what draws nothing. A percentage is rounded up; more than there is draws all."""
        if self.number is not None and not 1 <= self.number < 2**31:
            raise InvalidInput(fields={"size": _("Draw at least one task.")})
        if self.percent is not None and not 0 < self.percent <= 100:
            raise InvalidInput(fields={"percent": _("Give a percentage above 0 and up to 100.")})


@dataclass(frozen=True)
class Draw:
    """Task ids in queue order, the size of the frame and its hash, which does not depend on the order."""

    task_ids: list[UUID]
    population: int
    frame_hash: str


def new_seed() -> int:
    return secrets.randbelow(LARGEST_SEED) + 1


# One statement, so that count, hash and draw see the same frame while tasks are completed beside it. Two passes over
# it, each shared by the server's workers, take a third of the time of one that is kept. The frame's hash is the sum of
# its ids' digests modulo 2^64: equal for equal sets, in any order.
_DRAW = """
WITH frame (id) AS NOT MATERIALIZED ({frame}),
totals AS MATERIALIZED (
    SELECT count(*) AS population,
           coalesce(mod(
               sum(('x' || left(encode(sha256(convert_to(replace(id::text, '-', ''), 'UTF8')), 'hex'), 15))
                   ::bit(60)::bigint),
               18446744073709551616), 0) AS digest
    FROM frame)
SELECT population, digest, ARRAY(
    SELECT id FROM frame ORDER BY sha256(convert_to(%s || ':' || replace(id::text, '-', ''), 'UTF8')), id
    LIMIT (SELECT coalesce(%s::bigint, ceil(population * %s::numeric / 100)::bigint) FROM totals))
FROM totals
"""


def draw_sample(frame: QuerySet, *, size: SampleSize, seed: int) -> Draw:
    """Draw from the tasks of `frame`, by their ids alone. Raises InvalidInput (empty frame, bad size)."""
    size.check()
    try:
        sql, parameters = frame.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet as error:  # A filter by a name that does not exist matches nothing, without a look.
        raise InvalidInput(NOTHING_MATCHES) from error
    with connection.cursor() as cursor:
        cursor.execute(_DRAW.format(frame=sql), [*parameters, str(seed), size.number, size.percent])
        population, digest, task_ids = cursor.fetchone()
    if not population:
        raise InvalidInput(NOTHING_MATCHES)
    return Draw(task_ids, population, f"{int(digest):016x}")


def frame_hash(task_ids: list[UUID]) -> str:
    """The same hash, made from a list of ids: how an outsider checks a manifest."""
    digests = (hashlib.sha256(task_id.hex.encode()).hexdigest()[:15] for task_id in task_ids)
    return f"{sum(int(digest, 16) for digest in digests) % 2**64:016x}"
