"""A random sample of tasks: uniform and without replacement, by the algorithms of audits/draws.py."""

import secrets
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# ruff: noqa: S608  (all parts are written here or by the ORM, values are parameters)
from audits.draws import BY_ORDER, BY_PLACE, TAILS
from audits.services.draw_statements import DIGEST, PICKS, STANDING, TAIL, TAKEN, WANTED
from labelops.errors import InvalidInput

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

    # As text: a draw has thousands of them, and nobody here looks into one.
    task_ids: list[str]
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
     LIMIT (SELECT size FROM wanted))::text END, size
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
        population, digest, by_place, array, wanted = row
        # Its text as it came: by psycopg2 it would be read one by one.
        task_ids = array[1:-1].split(",") if array != "{}" else []
        if len(task_ids) == wanted:
            break
    return Draw(task_ids, int(population), f"{int(digest):016x}", BY_PLACE if by_place else BY_ORDER)
