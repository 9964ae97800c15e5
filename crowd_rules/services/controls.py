"""Control tasks as a requester looks after them: how often shown, how well answered, which are suspicious; retiring."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audits.models import Task
from crowd_rules.models import PerformerPool, Pool, PoolTask
from labelops.errors import InvalidInput
from labelops.statistics import Interval, wilson
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, User
from labelops.tenancy.rows import fetch

# In `settings` of a retired one: when.
RETIRED = "retired_at"
# A performer is good at control tasks: 4 others answered in this pool, four in five of them right.
LEAST_OTHERS, GOOD_SHARE = 4, 0.8
# So many good ones must have answered an item, and half of them wrong, for it to be suspicious.
LEAST_GOOD = 3
MOST = 2000

STATISTICS = """
SELECT s.pool_task_id::text AS id, count(*) AS shown, count(s.is_correct) AS answered,
       count(*) FILTER (WHERE s.is_correct) AS "right", count(*) FILTER (WHERE good.is_good) AS by_good,
       count(*) FILTER (WHERE good.is_good AND s.is_correct) AS right_by_good,
       mode() WITHIN GROUP (ORDER BY s.output_values::text) FILTER (WHERE NOT s.is_correct) AS often_wrong,
       count(DISTINCT s.output_values::text) FILTER (WHERE NOT s.is_correct) AS wrong_answers
  FROM crowd_rules_solution s
  JOIN crowd_rules_performerpool l ON l.organization_id = s.organization_id AND l.performer_id = s.performer_id
   AND l.pool_id = %(pool)s
  CROSS JOIN LATERAL (
    SELECT s.is_correct IS NOT NULL AND l.control_answers > %(least)s
           AND l.control_correct - s.is_correct::int >= %(share)s * (l.control_answers - 1) AS is_good) good
 WHERE s.organization_id = %(organization)s AND s.pool_task_id = ANY(%(ids)s::uuid[]) AND NOT s.is_released
 GROUP BY s.pool_task_id
"""
# As `ControlFigures.is_suspicious` says, and no more than that: of who is good by the rest of their answers.
SUSPICIOUS = """
SELECT s.pool_task_id
  FROM crowd_rules_performerpool l
  JOIN crowd_rules_solution s ON s.organization_id = l.organization_id AND s.performer_id = l.performer_id
 WHERE l.organization_id = %(organization)s AND l.pool_id = %(pool)s AND l.control_answers > %(least)s
   AND l.control_correct >= %(share)s * (l.control_answers - 1)
   AND s.pool_task_id = ANY(%(ids)s::uuid[]) AND NOT s.is_released AND s.is_correct IS NOT NULL
   AND l.control_correct - s.is_correct::int >= %(share)s * (l.control_answers - 1)
 GROUP BY s.pool_task_id
HAVING count(*) >= %(good)s AND 2 * count(*) FILTER (WHERE s.is_correct) <= count(*)
"""


@dataclass(frozen=True)
class ControlFigures:
    """Of one control task. `shown` to so many performers; `by_good`: answers of those who get the others right."""

    shown: int = 0
    answered: int = 0
    right: int = 0
    by_good: int = 0
    right_by_good: int = 0
    # The commonest wrong answer as JSON text, and how many different ones there are.
    often_wrong: str | None = None
    wrong_answers: int = 0
    # Performers of the pool.
    performers: int = field(default=0, compare=False)

    @property
    def share(self) -> float | None:
        return self.right / self.answered if self.answered else None

    @property
    def interval(self) -> Interval | None:
        return wilson(self.right, self.answered) if self.answered else None

    @property
    def exposure(self) -> float | None:
        """Share of the pool's performers who have seen it."""
        return min(1.0, self.shown / self.performers) if self.performers else None

    @property
    def is_suspicious(self) -> bool:
        return self.by_good >= LEAST_GOOD and 2 * self.right_by_good <= self.by_good


def controls_of(pool: Pool) -> QuerySet:
    """Control and training tasks of the pool."""
    return PoolTask.objects.for_organization(pool.organization).filter(pool=pool).controls().with_task()


def control_figures(pool: Pool, ids: list[UUID]) -> dict[UUID, ControlFigures]:
    """Of these control tasks (a page of them); two statements."""
    if not ids:
        return {}
    rows = fetch(STATISTICS, {"organization": pool.organization_id, "pool": pool.pk, "ids": ids,
                              "least": LEAST_OTHERS, "share": GOOD_SHARE})  # fmt: skip
    performers = PerformerPool.objects.for_organization(pool.organization).filter(pool=pool, taken__gt=0).count()
    found = {UUID(row.pop("id")): ControlFigures(**row, performers=performers) for row in rows}
    return {one: found.get(one, ControlFigures(performers=performers)) for one in ids}


def suspicious_controls(pool: Pool) -> list[UUID]:
    """Ids of those that good performers fail, among the newest MOST."""
    newest = controls_of(pool).order_by("-id").values_list("pk", flat=True)[:MOST]
    with connection.cursor() as cursor:
        cursor.execute(SUSPICIOUS, {"organization": pool.organization_id, "pool": pool.pk, "ids": list(newest),
                                    "least": LEAST_OTHERS, "share": GOOD_SHARE, "good": LEAST_GOOD})  # fmt: skip
        return [UUID(str(one)) for (one,) in cursor.fetchall()]


def candidates(pool: Pool) -> QuerySet:
    """Completed tasks of the project that could become control tasks of the pool: audited ones have a review status."""
    known = PoolTask.objects.for_organization(pool.organization).filter(pool=pool, task__isnull=False)
    tasks = Task.objects.for_organization(pool.organization).filter(project_id=pool.project_id, status="completed")
    return tasks.exclude(review_status="rejected").exclude(pk__in=known.values("task_id"))


@transaction.atomic(savepoint=False)
def retire_controls(*, pool: Pool, actor: User | None, ids: list[UUID], now: datetime, back: bool = False) -> int:
    """Hand these out no more, or (`back`) again; what was answered stays. How many. Raises InvalidInput.

    Nobody is whom a retired one is reserved for; suites made by hand keep theirs.
    """
    if not pool.mixing:
        raise InvalidInput(_("The control tasks of suites made by hand cannot be retired one by one: lower the suite's "
                           "overlap."))  # fmt: skip
    rows = controls_of(pool).select_related(None).select_for_update().filter(pk__in=ids)
    held = [one for one in rows.order_by("pk") if (RETIRED in one.settings) == back]
    for one in held:
        _move(one, now, back)
    PoolTask.objects.bulk_update(held, ["settings", "reserved_for", "released_at"])
    if held:
        after = {"controls_put_back" if back else "controls_retired": [one.pk.hex for one in held]}
        record_event(EventType.POOL_CHANGED, organization=pool.organization, actor=actor, now=now, subject_id=pool.pk,
                     after=after)  # fmt: skip
    return len(held)


def _move(control: PoolTask, now: datetime, back: bool) -> None:
    if back:
        control.reserved_for = control.settings.pop("reserved_before", None)
        control.settings.pop(RETIRED)
    else:
        control.settings |= {RETIRED: now.isoformat(), "reserved_before": control.reserved_for and [
            str(one) for one in control.reserved_for]}  # fmt: skip
        control.reserved_for = []
    control.released_at = now


def is_retired(control: PoolTask) -> bool:
    return isinstance(control.settings, dict) and RETIRED in control.settings
