"""The draw: uniform, without replacement, repeatable by anybody who has the manifest and the ids of the frame.

Algorithm 1 orders the frame by SHA-256(seed ":" task id in hex) and takes the first n: every task is looked at. (The
practice of election audits; a larger n keeps the smaller sample as its beginning.)

Algorithm 2 draws up to an eighth of a large frame without looking at the rest. The frame's N tasks stand in
ceil(N / 16) buckets by the last eight digits of their ids, in each by those digits and the id. Number i = 0, 1, … names
a place in a bucket, out of a quarter of SHA-256(seed ":" i // 4), each of 64 places in each bucket as likely as any
other; where a task stands, it is drawn, if it was not already. Every task stands in one place, so each number draws
each as likely. The digits are random bits: for any bucket to hold more than 64 where 16 are usual has a chance below
1e-13 with ten million tasks. `repeat_draw` is the same in a few lines of Python.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# ruff: noqa: S608  (all parts are written here or by the ORM, values are parameters)
from labelops.errors import InvalidInput

BY_ORDER, BY_PLACE = "sha256-seed-id/1", "sha256-seed-place/2"
NOTHING_MATCHES = gettext_lazy("No completed task matches this filter: widen the dates or the audit status.")
LARGEST_SEED = 2**53 - 1  # whole in every JSON reader
# Where algorithm 2 begins: the tasks of the frame, and how many times the sample it is.
LARGE, TIMES = 10_000, 8
USUAL, PLACES, TAILS = 16, 64, 2**32


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
    algorithm: str = BY_ORDER


class Ahead(Protocol):
    """A frame that was counted ahead: its tasks need not be looked at one by one."""

    def draw(self, *, size: SampleSize, seed: int) -> Draw | None:
        """By algorithm 2. None: another way is as short, or algorithm 1 is the one for this size."""

    def number(self) -> int | None:
        """How many tasks there are, exactly. None: unknown."""


def new_seed() -> int:
    return secrets.randbelow(LARGEST_SEED) + 1


TAIL = "('x' || right({id}::text, 8))::bit(32)::bigint"
# The frame's hash is the sum of its ids' digests modulo 2^64: equal for equal sets, in any order.
DIGEST = "('x' || left(encode(sha256(replace({id}::text, '-', '')::bytea), 'hex'), 15))::bit(60)::bigint"
# How much is wanted, and by which algorithm, of a frame with `population` and `digest` in `totals`.
WANTED = f"""
wanted AS MATERIALIZED (
    SELECT w.*, population >= {LARGE} AND size * {TIMES} <= population AS by_place
      FROM (SELECT population, digest, ceil(population / {USUAL}.0)::bigint AS buckets,
                   least(population, coalesce(%(number)s::bigint, ceil(population * %(percent)s::numeric / 100)::bigint,
                                              population)) AS size FROM totals) w)
"""
# The numbers' places: the tails of the bucket, and how many tasks stand before. As many as are needed on average, and
# four times the deviation.
PICKS = f"""
needed AS MATERIALIZED (
    SELECT buckets, %(more)s * (draws + 4 * sqrt({PLACES / USUAL} * draws) + 40)::bigint AS number
      FROM (SELECT buckets, -ln(1 - size::float / population) * buckets * {PLACES} AS draws
              FROM wanted WHERE by_place) w),
picks AS MATERIALIZED (
    SELECT i, slot, (bucket * {TAILS} + buckets - 1) / buckets AS low,
           ((bucket + 1) * {TAILS} + buckets - 1) / buckets - 1 AS high, bucket
      FROM (SELECT 4 * j + k AS i, buckets, v %% (buckets * {PLACES}) / {PLACES} AS bucket, v %% {PLACES} AS slot
              FROM needed CROSS JOIN LATERAL generate_series(0, number / 4) j
             CROSS JOIN LATERAL encode(sha256((%(seed)s || ':' || j)::bytea), 'hex') digits
             CROSS JOIN generate_series(0, 3) k
             CROSS JOIN LATERAL (SELECT ('x' || substr(digits, 16 * k + 1, 15))::bit(60)::bigint AS v) v) p)
"""
# Which of `rows` (id, tail, bucket) stand in the places, where all of them are looked through. A condition that no join
# can be made of: the planner, which knows nothing of how many there are, took each bucket through all rows.
STANDING = """
found AS (
    SELECT p.i, s.id
      FROM picks p
      JOIN (SELECT f.id, f.bucket, row_number() OVER (PARTITION BY f.bucket ORDER BY f.tail, f.id) - 1 AS slot
              FROM ({rows}) f WHERE CASE WHEN f.bucket IN (SELECT bucket FROM picks) THEN true END) s
        ON s.bucket = p.bucket AND s.slot = p.slot)
"""
# Of `found` (i, id), in the order in which they came.
TAKEN = """ARRAY(SELECT id FROM (SELECT id, min(i) AS i FROM found GROUP BY id) d ORDER BY i
                  LIMIT (SELECT size FROM wanted))"""
_STANDING = STANDING.format(
    rows=f"""
SELECT t.id, t.tail, t.tail * buckets / {TAILS} AS bucket
  FROM (SELECT id, {TAIL.format(id="id")} AS tail FROM frame) t, wanted"""
)
# One statement, so that count, hash and draw see the same frame while tasks are completed beside it. Its passes over
# the frame, each shared by the server's workers, take a third of the time of one that is kept.
_DRAW = f"""
WITH frame (id) AS NOT MATERIALIZED ({{frame}}),
totals AS MATERIALIZED (
    SELECT count(*) AS population, coalesce(mod(sum({DIGEST.format(id="id")}), 18446744073709551616), 0) AS digest
      FROM frame),
{WANTED}, {PICKS},
{_STANDING}
SELECT population, digest, by_place, CASE WHEN by_place THEN {TAKEN} ELSE ARRAY(
    SELECT id FROM frame ORDER BY sha256((%(seed)s || ':' || replace(id::text, '-', ''))::bytea), id
     LIMIT (SELECT size FROM wanted)) END, size
  FROM wanted
"""


def draw_sample(frame: QuerySet, *, size: SampleSize, seed: int, ahead: Ahead | None = None) -> Draw:
    """Draw from the tasks of `frame`, by their ids alone. Raises InvalidInput (empty frame, bad size).

    The same with `ahead` and without: that is only the shorter way.
    """
    size.check()
    draw = ahead.draw(size=size, seed=seed) if ahead else None
    if draw is None:
        draw = _look_through(frame, size=size, seed=seed)
    if not draw.population:
        raise InvalidInput(NOTHING_MATCHES)
    return draw


def _look_through(frame: QuerySet, *, size: SampleSize, seed: int) -> Draw:
    try:
        sql, values = frame.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet as error:  # A filter by a name that does not exist matches nothing, without a look.
        raise InvalidInput(NOTHING_MATCHES) from error
    with connection.cursor() as cursor:
        text = cursor.mogrify(sql, values).decode().replace("%", "%%")
    found = run_draw(_DRAW.format(frame=text), {}, size=size, seed=seed)
    if found is None:  # `wanted` always has a row.
        raise InvalidInput(NOTHING_MATCHES)
    return found


def run_draw(sql: str, values: dict[str, Any], *, size: SampleSize, seed: int) -> Draw | None:
    """The Draw of a statement made of WANTED, PICKS and TAKEN; None where it says nothing.

    So rarely that no test sees it, the numbers draw too few: then more of them are looked at.
    """
    for more in (1, 2, 4, 8):
        given = {"number": size.number, "percent": size.percent, "seed": str(seed), "more": more}
        with connection.cursor() as cursor:
            cursor.execute(sql, values | given)
            row = cursor.fetchone()
        if row is None:
            return None
        population, digest, by_place, task_ids, wanted = row
        if len(task_ids) == wanted:
            break
    return Draw(task_ids, int(population), f"{int(digest):016x}", BY_PLACE if by_place else BY_ORDER)


def frame_hash(task_ids: Iterable[UUID]) -> str:
    """The same hash, made from a list of ids: how an outsider checks a manifest."""
    digests = (hashlib.sha256(task_id.hex.encode()).hexdigest()[:15] for task_id in task_ids)
    return f"{sum(int(digest, 16) for digest in digests) % 2**64:016x}"


def repeat_draw(task_ids: Sequence[UUID], *, algorithm: str, seed: int, size: int) -> list[UUID]:
    """The same draw, made from the ids of the frame and what the manifest says: how an outsider proves it."""
    if algorithm == BY_ORDER:
        return sorted(task_ids, key=lambda one: hashlib.sha256(f"{seed}:{one.hex}".encode()).digest())[:size]
    number, buckets = -(-len(task_ids) // USUAL), defaultdict(list)
    for one in sorted(task_ids, key=lambda one: (one.hex[24:], one.hex)):
        buckets[int(one.hex[24:], 16) * number // TAILS].append(one)
    drawn, i = {}, 0
    while len(drawn) < size:
        digits = hashlib.sha256(f"{seed}:{i // 4}".encode()).hexdigest()[16 * (i % 4) :]
        value = int(digits[:15], 16)
        bucket, place = divmod(value % (number * PLACES), PLACES)
        if place < len(buckets[bucket]):
            drawn.setdefault(buckets[bucket][place])
        i += 1
    return list(drawn)
