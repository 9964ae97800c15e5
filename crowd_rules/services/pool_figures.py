"""What a requester reads about pools: progress, pace, spending, rules and what they did. Writes nothing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import TruncHour

from crowd_rules.models import Assignment, CrowdEvent, PerformerPool, Pool, PoolTask, Restriction, Reward, RuleFiring
from labelops.tenancy.models import Organization

DAY = timedelta(hours=24)
HOURS = 24


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
    """How often a rule has fired, for real and on paper, and when last."""

    acted: int = 0
    shadow: int = 0
    last_at: datetime | None = None


def progress_of(organization: Organization, pools: list[Pool]) -> dict[UUID, Progress]:
    """Of these pools (a page of them); three statements."""
    ids = [pool.pk for pool in pools]
    tasks = PoolTask.objects.for_organization(organization).real().filter(pool_id__in=ids).order_by()
    full = Q(infinite_overlap=False, answered__gte=F("overlap"))
    counted = {row["pool_id"]: row for row in tasks.values("pool_id").annotate(
        tasks=Count("*"), done=Count("pk", filter=full), answers=Sum("answered"), wanted=Sum("overlap"))}  # fmt: skip
    spent = dict(Reward.objects.for_organization(organization).filter(pool_id__in=ids).order_by()
                 .values_list("pool_id").annotate(total=Sum("amount")))  # fmt: skip
    waiting = Assignment.objects.for_organization(organization).filter(pool_id__in=ids, status="SUBMITTED").order_by()
    to_review = dict(waiting.values_list("pool_id").annotate(number=Count("*")))
    return {one: _progress(counted.get(one, {}), spent.get(one), to_review.get(one, 0)) for one in ids}


def _progress(row: dict[str, Any], spent: Decimal | None, to_review: int) -> Progress:
    return Progress(row.get("tasks", 0), row.get("done", 0), row.get("answers") or 0, row.get("wanted") or 0,
                    spent or Decimal(0), to_review)  # fmt: skip


def figures_of(*, pool: Pool, now: datetime) -> PoolFigures:
    """Eight statements, each by an index of the pool."""
    organization = pool.organization
    rows = Assignment.objects.for_organization(organization).filter(pool=pool).order_by()
    counted = dict(rows.values_list("status").annotate(number=Count("*")))
    restricted = Restriction.objects.for_organization(organization).live().filter(scope="POOL", pool=pool)
    controls = PoolTask.objects.for_organization(organization).filter(pool=pool).controls()
    return PoolFigures(
        progress=progress_of(organization, [pool])[pool.pk],
        assignments={status: counted.get(status, 0) for status in Assignment.Status.values},
        controls=controls.count(),
        performers=PerformerPool.objects.for_organization(organization).filter(pool=pool, taken__gt=0).count(),
        suspended=restricted.values("performer_id").distinct().count(),
        by_hour=_by_hour(pool, now),
        in_review=rows.filter(status="SUBMITTED").aggregate(total=Sum("reward"))["total"] or Decimal(0),
    )


def spent_in(pool: Pool) -> Decimal:
    """Dollars paid so far."""
    return Reward.objects.for_organization(pool.organization).filter(pool=pool).total()


def _by_hour(pool: Pool, now: datetime) -> list[int]:
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    since = this_hour - timedelta(hours=HOURS - 1)
    events = CrowdEvent.objects.for_organization(pool.organization).filter(
        pool=pool, at__gte=since, kind=CrowdEvent.Kind.SUBMITTED).order_by()  # fmt: skip
    counted = dict(events.annotate(hour=TruncHour("at")).values_list("hour").annotate(number=Count("*")))
    return [counted.get(since + timedelta(hours=hour), 0) for hour in range(HOURS)]


def records_of(organization: Organization, rule_ids: list[UUID]) -> dict[UUID, RuleRecord]:
    """What these rules have done; one statement."""
    rows = RuleFiring.objects.for_organization(organization).filter(rule_id__in=rule_ids).order_by()
    counted = rows.values("rule_id").annotate(
        acted=Count("pk", filter=Q(shadow=False)), on_paper=Count("pk", filter=Q(shadow=True)), newest=Max("at")
    )
    return {row["rule_id"]: RuleRecord(row["acted"], row["on_paper"], row["newest"]) for row in counted}


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
