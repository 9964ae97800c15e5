"""What a session's summary says beyond its counts: the plan and its decision, the estimate, the second audits."""

from dataclasses import dataclass

from django.db.models import F

from audits.models import AuditSession, SecondAudit, Verdict
from audits.plans import BoundPlan, Ruling
from audits.services.planning import ruling_of
from labelops.statistics import Interval, rate_interval
from labelops.statistics.agreement import Agreement, agreement
from labelops.tenancy.models import Membership

# Below, a share or a coefficient says less than its count.
ENOUGH_VERDICTS = 20
ENOUGH_PAIRS = 10
VERDICTS = [str(verdict) for verdict in Verdict]


@dataclass(frozen=True)
class PlanState:
    """`ruling`: what is decided, or would be if nothing more came; None: undecided. `release`, `hold`: limits now."""

    plan: BoundPlan
    judged: int
    defects: int
    withdrawn: int
    ruling: Ruling | None
    release: int | None
    hold: int | None

    @property
    def percents(self) -> dict[str, float]:
        """What was wished, as people write it."""
        return {name: 100 * value for name, value in vars(self.plan.request.wishes).items()}

    @property
    def remaining(self) -> int:
        return max(0, self.plan.size - self.judged - self.withdrawn)


def plan_state(session: AuditSession) -> PlanState | None:
    plan = session.bound_plan
    if plan is None:
        return None
    progress, kept = session.progress, session.decided_on
    if session.decision:
        ruling = Ruling(session.decision, kept["judged"], kept["defects"], kept["by_plan"])
    else:
        ruling = ruling_of(session)
    defects = plan.defects_of(fixed=progress.fixed, rejected=progress.rejected)
    release, hold = plan.limits_at(progress.done)
    return PlanState(plan, progress.done, defects, progress.withdrawn, ruling, release, hold)


@dataclass(frozen=True)
class Share:
    """In percent, of `n` judged."""

    percent: float
    low: float
    high: float
    n: int


def accepted_share(session: AuditSession) -> Share | None:
    """Of the population, from this random sample; None: too few yet, or a rule for stopping that bends it."""
    progress = session.progress
    if progress.done < ENOUGH_VERDICTS or session.is_sequential:
        return None
    found: Interval = rate_interval(progress.accepted, progress.done, session.population)
    return Share(100 * progress.accepted / progress.done, 100 * found.low, 100 * found.high, progress.done)


@dataclass(frozen=True)
class Seconds:
    """`rows`: the first auditor's verdict with the numbers of each second verdict; `agreement` None: too few yet."""

    planned: int
    done: int
    waiting: bool
    rows: list[tuple[Verdict, list[int]]]
    agreement: Agreement | None
    differ: list[SecondAudit]

    @property
    def missing(self) -> int:
        return max(0, ENOUGH_PAIRS - self.done)


def second_audits(session: AuditSession, member: Membership) -> Seconds | None:
    if not session.second_size:
        return None
    mine = SecondAudit.objects.for_organization(member.organization).filter(session=session)
    pairs, waiting = mine.pairs(), mine.waiting_for(member.user_id)
    done = pairs.total()
    rows = [(first, [pairs[first.value, second] for second in VERDICTS]) for first in Verdict]
    differ = mine.judged().with_first().exclude(verdict=F("first_verdict")).select_related("task").order_by("judged_at")
    return Seconds(session.second_size, done, waiting.exists() and session.status != AuditSession.Status.ABANDONED,
                   rows, agreement(pairs, VERDICTS) if done >= ENOUGH_PAIRS else None, list(differ[:50]))  # fmt: skip
