"""What a requester reads about pools: progress, pace, spending, rules and what they did. Writes nothing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, TruncHour

from crowd_rules.models import Assignment, CrowdEvent, PerformerPool, Pool, PoolTask, Restriction, RuleFiring
from crowd_rules.services.spending import spent_in_pools
from labelops.tenancy.models import Organization

DAY = timedelta(hours=24)
HOURS = 24


# So many pending tasks are looked at, the newest, whether they are in a pool.
LOOKED_AT = 2000
IN_NO_POOL = """
WITH newest AS MATERIALIZED (
    SELECT id FROM audits_task
     WHERE organization_id = %(organization)s AND project_id = %(project)s AND status = 'pending'
     ORDER BY id DESC LIMIT %(most)s + 1)
SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM crowd_rules_pooltask t
                                           WHERE t.organization_id = %(organization)s AND t.task_id = newest.id)),
       count(*) > %(most)s
  FROM newest
"""


MOST_FIRINGS = 1000
# Events are numbered as they happen: the newest first by the index that keeps a rule from firing twice on one.
RECORDS = """
SELECT r.id, count(*) FILTER (WHERE NOT f.shadow), count(*) FILTER (WHERE f.shadow), max(f.at), count(*) > %(most)s
  FROM unnest(%(rules)s::uuid[]) AS r (id)
  CROSS JOIN LATERAL (
    SELECT shadow, at FROM crowd_rules_rulefiring
     WHERE organization_id = %(organization)s AND rule_id = r.id ORDER BY event_id DESC LIMIT %(most)s + 1) f
 GROUP BY r.id
"""


@dataclass(frozen=True)
class Progress:
    """Real tasks of a pool, how many have their whole overlap, and the answers given and wanted. `spent` in dollars."""

    tasks: int = 0
    done: int = 0
    answers: int = 0
    wanted: int = 0
    spent: Decimal = Decimal(0)
    to_review: int = 0


@dataclass(frozen=True)
class PoolFigures:
    progress: Progress
    # Assignment status -> number; all statuses, 0 included.
    assignments: dict[str, int]
    controls: int
    performers: int
    # Shut out of just this pool now, by hand or by rule.
    suspended: int
    # Suites submitted in each of the last 24 hours, the present one last.
    by_hour: list[int] = field(default_factory=list)
    # Dollars that accepting everything in review would cost.
    in_review: Decimal = Decimal(0)

    @property
    def last_day(self) -> int:
        return sum(self.by_hour)


@dataclass(frozen=True)
class RuleRecord:
    """How often a rule has fired, for real and on paper, and when last; `more`: oftener than was counted."""

    acted: int = 0
    shadow: int = 0
    last_at: datetime | None = None
    more: bool = False

    @property
    def counted(self) -> int:
        return self.acted + self.shadow - self.more


def progress_of(organization: Organization, pools: list[Pool]) -> dict[UUID, Progress]:
    """Of these pools (a page of them); four statements."""
    ids = [pool.pk for pool in pools]
    tasks = PoolTask.objects.for_organization(organization).real().filter(pool_id__in=ids).order_by()
    full = Q(infinite_overlap=False, answered__gte=F("overlap"))
    counted = {row["pool_id"]: row for row in tasks.values("pool_id").annotate(
        tasks=Count("*"), done=Count("pk", filter=full), answers=Sum("answered"), wanted=Sum("overlap"))}  # fmt: skip
    spent = spent_in_pools(organization, ids)
    waiting = Assignment.objects.for_organization(organization).filter(pool_id__in=ids, status="SUBMITTED").order_by()
    to_review = dict(waiting.values_list("pool_id").annotate(number=Count("*")))
    return {one: _progress(counted.get(one, {}), spent.get(one), to_review.get(one, 0)) for one in ids}


def _progress(row: dict[str, Any], spent: Decimal | None, to_review: int) -> Progress:
    return Progress(row.get("tasks", 0), row.get("done", 0), row.get("answers") or 0, row.get("wanted") or 0,
                    spent or Decimal(0), to_review)  # fmt: skip


def figures_of(*, pool: Pool, now: datetime) -> PoolFigures:
    """Ten statements, each by an index of the pool; what grows with the answers is read from counters."""
    organization = pool.organization
    restricted = Restriction.objects.for_organization(organization).live().filter(scope="POOL", pool=pool)
    controls = PoolTask.objects.for_organization(organization).filter(pool=pool).controls()
    places = PerformerPool.objects.for_organization(organization).filter(pool=pool).aggregate(
        performers=Count("pk", filter=Q(taken__gt=0)), taken=Coalesce(Sum("taken"), 0),
        submitted=Coalesce(Sum("submitted"), 0), skipped=Coalesce(Sum("skipped"), 0),
    )  # fmt: skip
    return PoolFigures(
        progress=progress_of(organization, [pool])[pool.pk],
        assignments=_by_status(pool, places),
        controls=controls.count(),
        performers=places["performers"],
        suspended=restricted.values("performer_id").distinct().count(),
        by_hour=_by_hour(pool, now),
        in_review=_in_review(pool),
    )


def _by_status(pool: Pool, places: dict[str, int]) -> dict[str, int]:
    """Of the many that are over, the performers' own counts; looked at are those that are not, and the rejected."""
    S = Assignment.Status  # noqa: N806
    rows = Assignment.objects.for_organization(pool.organization).filter(pool=pool).order_by()
    few = rows.filter(status__in=[S.ACTIVE, S.SUBMITTED, S.REJECTED]).values_list("status")
    found = dict.fromkeys(S.values, 0) | dict(few.annotate(number=Count("*")))
    found[S.SKIPPED] = places["skipped"]
    found[S.EXPIRED] = places["taken"] - places["submitted"] - places["skipped"] - found[S.ACTIVE]
    found[S.ACCEPTED] = places["submitted"] - found[S.SUBMITTED] - found[S.REJECTED]
    return found


def _in_review(pool: Pool) -> Decimal:
    waiting = Assignment.objects.for_organization(pool.organization).filter(pool=pool, status="SUBMITTED")
    return waiting.aggregate(total=Sum("reward"))["total"] or Decimal(0)


def _by_hour(pool: Pool, now: datetime) -> list[int]:
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    since = this_hour - timedelta(hours=HOURS - 1)
    events = CrowdEvent.objects.for_organization(pool.organization).filter(
        pool=pool, at__gte=since, kind=CrowdEvent.Kind.SUBMITTED).order_by()  # fmt: skip
    counted = dict(events.annotate(hour=TruncHour("at")).values_list("hour").annotate(number=Count("*")))
    return [counted.get(since + timedelta(hours=hour), 0) for hour in range(HOURS)]


def tasks_in_no_pool(pool: Pool) -> tuple[int, bool]:
    """Of the newest pending tasks of the project, and whether there are older ones, which are not looked at."""
    with connection.cursor() as cursor:
        place = {"organization": pool.organization_id, "project": pool.project_id, "most": LOOKED_AT}
        cursor.execute(IN_NO_POOL, place)
        return cursor.fetchone()


def records_of(organization: Organization, rule_ids: list[UUID]) -> dict[UUID, RuleRecord]:
    """What these rules have done; one statement, which looks at the newest firings of each."""
    with connection.cursor() as cursor:
        cursor.execute(RECORDS, {"organization": organization.pk, "rules": rule_ids, "most": MOST_FIRINGS})
        return {UUID(str(rule_id)): RuleRecord(*record) for rule_id, *record in cursor.fetchall()}


def newest_firings(pool: Pool, *, number: int = 10, look_at: int = 200) -> list[RuleFiring]:
    """Newest first. Of the newest `look_at` those first that did something to somebody: skills are set all the time."""
    rows = RuleFiring.objects.for_organization(pool.organization).filter(pool=pool)
    newest = list(rows.select_related("performer", "rule__collector").order_by("-id")[:look_at])
    chosen = sorted(newest, key=lambda one: str(one.action.get("type", "")).startswith("SET_SKILL"))[:number]
    return sorted(chosen, key=lambda one: one.pk, reverse=True)


def newest_crowd_event(pool_id: Any, organization: Organization) -> str:
    """Changes whenever somebody has skipped, submitted or been judged in this pool: one row by index."""
    rows = CrowdEvent.objects.for_organization(organization).filter(pool_id=pool_id).order_by("-at", "-id")
    return str(rows.values_list("pk", flat=True).first())
