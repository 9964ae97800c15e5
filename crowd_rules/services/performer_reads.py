"""What performers may read of their own: pools they see, what became of their work, skills that are not hidden."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from audits.models import Audit, Performer, ProjectVersion
from crowd_rules.models import Assignment, PerformerSkill, Pool, PoolTask, Solution
from crowd_rules.services.crowd_projects import newest_versions
from crowd_rules.services.pools import NO_SUCH_POOL
from labelops.errors import NotFound
from labelops.tenancy.models import Organization

# In responses: whether an audit made it; nobody's answer has it.
OWN_KEY = "is_customer_fix"


@dataclass(frozen=True)
class Feedback:
    """What an audit says about one answer, the auditor unnamed; `response` where another answer stands after it."""

    verdict: str
    comment: str
    response: dict[str, Any] | None


def shown_input(pool: Pool, task: PoolTask) -> dict[str, Any]:
    """What the task shows, without the fields that its project keeps from performers; reads the pool's `project`."""
    values, spec = task.input_values or {}, pool.project.task_fields.get("input_spec") or {}
    hidden = {name for name, field in spec.items() if isinstance(field, dict) and field.get("hidden")}
    return {name: value for name, value in values.items() if name not in hidden}


def own_assignments(organization: Organization, performer: Performer) -> Any:
    """A queryset with pools and, in the order of the page, solutions."""
    rows = Assignment.objects.for_organization(organization).of_performer(performer)
    return rows.select_related("pool__project", "suite").with_solutions()


def find_own_assignment(*, organization: Organization, performer: Performer, assignment_id: Any) -> Assignment:
    """Raises NotFound; another performer's is unknown."""
    found = own_assignments(organization, performer).filter(pk=assignment_id).first()
    if found is None:
        raise NotFound(_("There is no such assignment."))
    return found


def feedback_on(organization: Organization, assignments: Iterable[Assignment]) -> dict[UUID, Feedback]:
    """solution id -> what the newest standing audit says, where the pool shows audits; one statement at most.

    After a redo others answer: what is said of their answers is not told to who answered before.
    """
    judged = [(assignment, one) for assignment in assignments if assignment.pool.show_audits
              for one in assignment.solutions.all() if one.audit_verdict]  # fmt: skip
    if not judged:
        return {}
    by_task: dict[UUID, list[Audit]] = {}
    audits = Audit.objects.for_organization(organization).standing()
    tasks = {one.pool_task.task_id for _assignment, one in judged}
    for audit in audits.filter(task_id__in=tasks).order_by("-task_version"):
        by_task.setdefault(audit.task_id, []).append(audit)
    found = {}
    for assignment, one in judged:
        about = (audit for audit in by_task.get(one.pool_task.task_id, ()) if _is_about(audit, assignment, one))
        if audit := next(about, None):
            found[one.pk] = _feedback(one, audit)
    return found


def _is_about(audit: Audit, assignment: Assignment, solution: Solution) -> bool:
    redone_at = solution.pool_task.redone_at
    was_before = redone_at and assignment.submitted_at and assignment.submitted_at <= redone_at
    return not was_before or audit.audited_at <= redone_at


def _feedback(solution: Solution, audit: Audit) -> Feedback:
    response = solution.pool_task.task.response if solution.audit_verdict == "fixed" else None
    if response is not None:
        response = {name: value for name, value in response.items() if name != OWN_KEY}
    return Feedback(solution.audit_verdict, audit.comment, response)


def hint_for(solution: Solution) -> str:
    """After a wrong answer to a training task: what the requester says to it."""
    task = solution.pool_task
    is_wrong = solution.is_correct is False and task.kind == PoolTask.Kind.TRAINING
    return task.message_on_unknown_solution if is_wrong else ""


def visible_skills(organization: Organization, performer: Performer) -> list[PerformerSkill]:
    """By name; hidden ones are the requester's."""
    values = PerformerSkill.objects.for_organization(organization).filter(performer=performer, skill__hidden=False)
    return list(values.select_related("skill").order_by("skill__name"))


def find_pool_for(
    *, organization: Organization, performer: Performer, pool_id: Any
) -> tuple[Pool, ProjectVersion | None]:
    """An open pool, or one in which they have worked, and how its tasks look. Raises NotFound."""
    pool = Pool.objects.for_organization(organization).with_project().filter(pk=pool_id).first()
    own = Assignment.objects.for_organization(organization).of_performer(performer).filter(pool_id=pool_id)
    if pool is None or not (pool.status == Pool.Status.OPEN or own.exists()):
        raise NotFound(NO_SUCH_POOL)
    return pool, next(iter(newest_versions(organization, [pool.project_id])), None)
