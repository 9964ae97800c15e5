"""How many tasks a filter matches, out of what was counted ahead: no list has to count its million rows once more.

`TASK_TOTALS` of the settings names `TaskTotals`, since the API of the tasks lies below the reports and cannot.
"""

import itertools
import time
from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# ruff: noqa: S608  (all parts are written here or by the ORM, values are parameters)
from audits.filters import TaskFilter
from audits.models import Task
from labelops.tenancy.models import Membership
from reports.figures import counts_of
from reports.models import Dimension
from reports.selecting import Selection, select_counted
from reports.services.following import NEWS

# With more than this not yet counted the rows themselves are the shorter way.
MOST_NEWS = 5_000
COUNTED = "SELECT * FROM reports_total_of_cells(%s, %s, %s, %s, %s, %s::date[], %s::date[], %s, %s)"
CELLS = "SELECT tasks FROM reports_cell WHERE organization_id = %s AND dimension = %s AND value = ANY (%s)"
SPAN = "grain = %s AND day BETWEEN %s AND %s"
# Seconds for which an estimate is told again: who goes through a list's pages asks the same for each of them, and what
# is estimated here is some seconds old already.
TOLD_AGAIN = 1.0
MOST_TOLD = 1_000
_told: dict[tuple[Any, ...], tuple[float, int]] = {}
# All in one statement, that is of one moment: the cells, and of each task that they may not know yet what it is now
# less what they hold of it.
EXACTLY = f"""
WITH news AS MATERIALIZED (
    SELECT array(SELECT DISTINCT e.task_id FROM reports_feed f, audits_event e
                  WHERE f.organization_id = %s AND {NEWS} AND e.task_id IS NOT NULL LIMIT {MOST_NEWS + 1}) AS ids)
SELECT (SELECT coalesce(sum(c.tasks), 0) FROM ({{cells}}) c)
       + (SELECT count(*) FROM ({{done}}) t WHERE t.id = ANY (n.ids))
       - (SELECT count(*) FROM ({{facts}}) k WHERE k.id = ANY (n.ids))
       + (SELECT count(*) FROM ({{rest}}) r)
  FROM news n, reports_feed f
 WHERE f.organization_id = %s AND f.zone = %s AND cardinality(n.ids) <= {MOST_NEWS}
"""


class TaskTotals:
    """Of a checked filter, for this member. None: it was not counted ahead, or by nobody for too long."""

    def __init__(self, found: TaskFilter, *, member: Membership) -> None:
        self.found, self.organization = found, member.organization
        self.selection: Selection | None = select_counted(found, member=member)

    def counted(self, *, most: int | None) -> tuple[int, bool] | None:
        """As counted within the last seconds, and whether that is exact: whether nothing has happened since.

        Above `most` nobody looks whether it is. Completed tasks only, so None where the filter asks for others too.
        """
        if self.selection is None or not self._is_completed_only():
            return None
        one = self.selection
        days = [(span.grain, span.first or date.min, span.last or date.max) for span in one.spans()]
        spans = [list(column) for column in zip(*days, strict=True)] or [[], [], []]
        place = [self.organization.pk, self.organization.time_zone, one.dimension, list(one.values)]
        asked = [*place, *spans, one.statuses, most]
        return _told_again(asked) or _counted(asked, most=most)

    def exactly(self) -> int | None:
        """As a count of the rows would say at this moment. Of tasks that are not completed there is an index of all,
        none of each place's: where the filter asks for those, the rows are the shorter way."""
        if self.selection is None or not (self._is_completed_only() or self.selection.dimension == Dimension.ALL):
            return None
        tasks, place = self.found.qs.order_by().values("id"), self.organization.pk
        parts = {
            "done": tasks.filter(status=Task.Status.COMPLETED),
            "facts": self.selection.rows().order_by().values("id"),
            "rest": tasks.none() if self._is_completed_only() else tasks.exclude(status=Task.Status.COMPLETED),
        }
        texts = {"cells": _cells(self.selection)} | {name: _sql(rows) for name, rows in parts.items()}
        sql = EXACTLY.format(**{name: text for name, (text, _) in texts.items()})
        values = [value for _, given in texts.values() for value in given]
        return _one(sql, [place, *values, place, self.organization.time_zone])

    def _is_completed_only(self) -> bool:
        wishes = self.found.form.cleaned_data
        if any(wishes.get(name) for name in ("review_status", "completed_after", "completed_before")):
            return True
        return wishes.get("status") == [Task.Status.COMPLETED]


def _counted(asked: list[Any], *, most: int | None) -> tuple[int, bool] | None:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, asked)
        found = cursor.fetchone()
    if found and most is not None and found[0] > most:
        if len(_told) >= MOST_TOLD:
            _told.clear()
        _told[_key(asked)] = (time.monotonic(), found[0])
    return found


def _told_again(asked: list[Any]) -> tuple[int, bool] | None:
    at, total = _told.get(_key(asked), (0.0, 0))
    return (total, False) if at and time.monotonic() - at < TOLD_AGAIN else None


def _key(asked: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(one) if isinstance(one, list) else one for one in asked)


def number_of(selection: Selection) -> int:
    """How many tasks the selection has, as they were counted. One statement."""
    if not selection.is_counted:
        return counts_of(selection).tasks
    sql, values = _cells(selection)
    return _one(f"SELECT coalesce(sum(tasks), 0) FROM ({sql}) c", list(values)) or 0


def _cells(selection: Selection) -> tuple[str, tuple[Any, ...]]:
    """What `Selection.cells` says, by hand: for the ORM to find the words took longer than all the rest of a total."""
    days = [(span.grain, span.first or date.min, span.last or date.max) for span in selection.spans()]
    sql = f"{CELLS} AND ({' OR '.join([SPAN] * len(days)) or 'false'})"
    values: list[Any] = [selection.organization.pk, selection.dimension, selection.values]
    values += itertools.chain.from_iterable(days)
    if selection.statuses is None:
        return sql, tuple(values)
    return f"{sql} AND status = ANY (%s)", (*values, selection.statuses)


def _sql(rows: QuerySet) -> tuple[str, tuple[Any, ...]]:
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:
        return "SELECT NULL::uuid AS id WHERE false", ()


def _one(sql: str, values: list[Any]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return None if row is None else int(row[0] or 0)
