"""A draw from a frame that was counted ahead: as quick from ten million tasks as from ten thousand.

`TASK_FRAMES` of the settings names `CountedFrame`, since the audit sessions lie below the reports and cannot.
"""

from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# ruff: noqa: S608  (all parts are written here or by the ORM, values are parameters)
from audits.draws import LARGE, TAILS
from audits.filters import TaskFilter
from audits.services.draw_statements import DIGEST, PICKS, STANDING, TAIL, TAKEN, WANTED
from audits.services.sampling import Draw, SampleSize, run_draw
from labelops.tenancy.models import Membership
from reports.models import Dimension
from reports.selecting import select_counted
from reports.services.following import NEWS

# With more than this not yet counted the rows themselves are the shorter way.
MOST_NEWS = 500
# A look at a place of a bucket costs as many rows as all tasks, not only those of the frame, have there: so many for
# each task that is drawn, as a row costs when the whole frame is looked through. Fewer where the index says all of it.
ROWS_PER_TASK, ROWS_IN_INDEX = 128, 24
# So few of all tasks are looked for in the index without asking how many there are.
FEW = 1000
# What `fact_tail` holds beside the time and the verdict.
INDEXED = (Dimension.ALL, Dimension.TYPE, Dimension.PROJECT)
# All in one statement, that is of one moment: the cells, and of each task that they may not know yet what it is now
# instead of what they hold of it.
TOTALS = f"""
WITH feed AS MATERIALIZED (
    SELECT f.* FROM reports_feed f WHERE f.organization_id = %(organization)s AND f.zone = %(zone)s),
news AS MATERIALIZED (
    SELECT array(SELECT DISTINCT e.task_id FROM feed f, audits_event e
                  WHERE {NEWS} AND e.task_id IS NOT NULL LIMIT {MOST_NEWS + 1}) AS ids),
moved AS MATERIALIZED (
    SELECT t.id, {TAIL.format(id="t.id")} AS tail, {DIGEST.format(id="t.id")} AS digest
      FROM ({{done}}) t WHERE t.id = ANY ((SELECT ids FROM news)::uuid[])),
stale AS MATERIALIZED (
    SELECT count(*) AS tasks, coalesce(sum({DIGEST.format(id="k.id")}), 0) AS digest
      FROM ({{facts}}) k WHERE k.id = ANY ((SELECT ids FROM news)::uuid[])),
totals AS MATERIALIZED (
    SELECT (c.tasks + m.tasks - s.tasks)::bigint AS population,
           mod(c.digest + m.digest - s.digest, 18446744073709551616) AS digest
      FROM (SELECT coalesce(sum(tasks), 0) AS tasks, coalesce(sum(digest), 0) AS digest FROM ({{cells}}) c) c, stale s,
           (SELECT count(*) AS tasks, coalesce(sum(digest), 0) AS digest FROM moved) m, news n, feed
     WHERE cardinality(n.ids) <= {MOST_NEWS})
"""
BEGIN = f"{TOTALS}, {WANTED}, {PICKS}, "
END = f"SELECT population, digest, by_place, {TAKEN}, CASE WHEN by_place THEN size ELSE 0 END FROM wanted"
# Out of each place's bucket of the facts' index. A bucket with news in it is looked at more closely.
PLACED = f"""
{BEGIN}
unsettled AS MATERIALIZED (
    SELECT {TAIL.format(id="n.id")} * buckets / {TAILS} AS bucket FROM wanted, unnest((SELECT ids FROM news)) n (id)),
places AS MATERIALIZED (
    SELECT *, bucket IN (SELECT bucket FROM unsettled) AS is_unsettled FROM picks ORDER BY i),
found AS (
    SELECT p.i, f.id
      FROM places p
     CROSS JOIN LATERAL (
         SELECT s.id FROM (SELECT k.id FROM ({{facts}}) k WHERE k.tail BETWEEN p.low AND p.high
                            ORDER BY k.tail, k.id OFFSET p.slot LIMIT 1) s
          WHERE NOT p.is_unsettled
          UNION ALL
         SELECT s.id
           FROM (SELECT x.id
                   FROM (SELECT k.id, k.tail FROM ({{facts}}) k
                          WHERE k.tail BETWEEN p.low AND p.high AND k.id <> ALL ((SELECT ids FROM news)::uuid[])
                          UNION ALL SELECT m.id, m.tail FROM moved m WHERE m.tail BETWEEN p.low AND p.high) x
                  ORDER BY x.tail, x.id OFFSET p.slot LIMIT 1) s
          WHERE p.is_unsettled) f
     ORDER BY p.i LIMIT (SELECT hits FROM needed))
{END}
"""
THROUGH = f"""
{BEGIN} {
    STANDING.format(
        rows=f'''
SELECT x.id, x.tail, x.tail * buckets / {TAILS} AS bucket
  FROM (SELECT k.id, k.tail FROM ({{facts}}) k WHERE k.id <> ALL ((SELECT ids FROM news)::uuid[])
        UNION ALL SELECT m.id, m.tail FROM moved m) x, wanted'''
    )
}
{END}
"""
# The same as PLACED where the frame is everything and the sample small, with nothing to be planned.
FROM_ALL = """
SELECT population, digest, by_place, task_ids::text, size
  FROM reports_draw_from_all(%(organization)s, %(zone)s, %(number)s, %(seed)s, %(more)s, %(large)s)
 WHERE population IS NOT NULL
"""
ROUGHLY = "SELECT (SELECT sum(tasks) FROM ({cells}) c), (SELECT sum(tasks) FROM ({all}) a)"


class CountedFrame:
    """The completed tasks of a checked filter, for this member."""

    def __init__(self, found: TaskFilter, *, member: Membership) -> None:
        self.found, self.organization = found, member.organization
        self.selection = select_counted(found, member=member)
        # A task of two auditors, or with two of the tags, stands in two cells.
        if self.selection and (self.selection.auditor_id or len(self.selection.values) == 0):
            self.selection = None

    def number(self) -> int | None:
        if self.selection is None:
            return None
        with connection.cursor() as cursor:
            sql = f"{TOTALS} SELECT population FROM totals"
            cursor.execute(sql.format(**self._rows), self._values())
            row = cursor.fetchone()
        return row and row[0]

    def draw(self, *, size: SampleSize, seed: int) -> Draw | None:
        if self.selection is None or (size.number is None and size.percent is None):
            return None
        way = self._way(size)
        draw = run_draw(way, self._values() | {"large": LARGE}, size=size, seed=seed) if way else None
        return draw if draw and draw.task_ids else None

    def _way(self, size: SampleSize) -> str | None:
        """None: the frame is not large. Where that was not asked, the statement draws nothing of such a one."""
        if self.selection.is_of_all_time and size.number is not None and size.number <= FEW:
            return FROM_ALL
        frame, tasks = self._roughly()
        if frame < LARGE:
            return None
        wanted = size.number if size.number is not None else frame * size.percent / 100
        rows = ROWS_IN_INDEX if self.selection.dimension in INDEXED else ROWS_PER_TASK
        way = PLACED if wanted * rows * tasks < frame * frame else THROUGH
        return way.format(**self._rows)

    def _roughly(self) -> tuple[int, int]:
        """How many tasks the frame has and how many there are, as the figures say."""
        everything = _text(type(self.selection)(self.organization).cells().order_by().values("tasks"))
        with connection.cursor() as cursor:
            cursor.execute(ROUGHLY.format(cells=self._rows["cells"], all=everything), self._values())
            frame, tasks = cursor.fetchone()
        return int(frame or 0), int(tasks or 0)

    def _values(self) -> dict[str, Any]:
        return {"organization": self.organization.pk, "zone": self.organization.time_zone}

    @cached_property
    def _rows(self) -> dict[str, str]:
        """The frame's tasks, their facts and their cells, each as a statement with its values in it."""
        rows = {
            "done": self.found.qs.values("id"),
            "facts": self.selection.rows().values("id", "tail"),
            "cells": self.selection.cells().values("tasks", "digest"),
        }
        return {name: _text(one.order_by()) for name, one in rows.items()}


def _text(rows: QuerySet) -> str:
    try:
        sql, values = rows.query.sql_with_params()
    except EmptyResultSet:
        columns = ", ".join(f"NULL::numeric AS {name}" for name in ("tasks", "digest", "tail"))
        return f"SELECT NULL::uuid AS id, {columns} WHERE false"
    with connection.cursor() as cursor:
        return cursor.mogrify(sql, values).decode().replace("%", "%%")
