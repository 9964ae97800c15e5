"""Sessions bound to an acceptance plan: the draw that the plan asks for, what it has decided, what it would cost."""

from dataclasses import dataclass, replace

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audits.models import AuditSession
from audits.plans import BoundPlan, PlanRequest, Ruling
from audits.services.sampling import NOTHING_MATCHES, Ahead, Draw, SampleSize, draw_sample
from labelops.errors import InvalidInput
from labelops.statistics.plans import TooCloseTogether
from labelops.tenancy.models import Organization
from labelops.tenancy.rows import fetch

# Of each auditor's newest verdicts: enough for a mean, and always as much to read.
VERDICTS_EACH = 20


@dataclass(frozen=True)
class Pace:
    """Mean seconds in use per verdict, and on how many verdicts of how many people that rests."""

    seconds: float
    verdicts: int
    auditors: int

    def hours(self, tasks: float) -> float:
        return self.seconds * tasks / 3600


def bind_plan(request: PlanRequest, lot: int) -> BoundPlan:
    """For a lot of so many tasks. Raises InvalidInput where no plan does what is wished."""
    if not lot:
        raise InvalidInput(NOTHING_MATCHES)
    try:
        return request.bind(lot)
    except TooCloseTogether as error:
        message = _("No sample of a sensible size tells these two shares apart: move the limiting one up.")
        raise InvalidInput(fields={"limiting": message}) from error


def draw_for_plan(
    tasks: QuerySet, request: PlanRequest, seed: int, *, ahead: Ahead | None = None
) -> tuple[Draw, BoundPlan]:
    """The sample that the plan asks for out of these tasks. Raises InvalidInput."""
    number = ahead.number() if ahead else None
    bound = bind_plan(request, tasks.order_by().count() if number is None else number)
    draw = draw_sample(tasks, size=SampleSize(number=bound.size), seed=seed, ahead=ahead)
    if draw.population == bound.lot:
        return draw, bound
    # Tasks were completed between the count and the draw: the plan is the one for the lot that was drawn from.
    bound = bind_plan(request, draw.population)
    if bound.size > len(draw.task_ids):
        return draw_for_plan(tasks, request, seed, ahead=ahead)
    return replace(draw, task_ids=draw.task_ids[: bound.size]), bound


def ruling_of(session: AuditSession, *, ends: bool = False) -> Ruling | None:
    """What the session's plan says of its tallies; None: there is no plan, or it is undecided. See BoundPlan."""
    plan = session.bound_plan
    if plan is None:
        return None
    progress = session.progress
    defects = plan.defects_of(fixed=progress.fixed, rejected=progress.rejected)
    return plan.rule_on(judged=progress.done, defects=defects, withdrawn=progress.withdrawn, ends=ends)


def pace_of(organization: Organization) -> Pace | None:
    """The team's own, out of each member's newest verdicts in the workspace. None: nobody has judged there yet."""
    row = fetch(
        """SELECT avg(a.active_seconds) AS seconds, count(*) AS verdicts, count(DISTINCT m.user_id) AS auditors
             FROM tenancy_membership m
             JOIN LATERAL (SELECT active_seconds FROM audits_audit
                            WHERE organization_id = %s AND auditor_id = m.user_id AND active_seconds IS NOT NULL
                              AND reverted_at IS NULL
                            ORDER BY audited_at DESC LIMIT %s) a ON true
            WHERE m.organization_id = %s""",
        [organization.pk, VERDICTS_EACH, organization.pk],
    )[0]
    return Pace(row["seconds"], row["verdicts"], row["auditors"]) if row["verdicts"] else None
