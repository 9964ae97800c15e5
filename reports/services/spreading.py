"""How the tasks that were sampled before get to know that a new session could have drawn them too.

Their chance has grown, and so the weight of what their audits say has changed. There may be half a million of them: a
portion at a time is told, in the order of completion, and what happens meanwhile is counted in between. Until all know,
the new session speaks in no estimate, so that every estimate is one of whole sessions.
"""

from uuid import UUID

from django.db.models import Q, QuerySet

from audits.models import Audit
from labelops.tenancy.models import Organization
from reports.models import Frame, TaskFact

# So many facts are moved in about a third of a second.
PORTION = 1000


def spread_chances(organization: Organization) -> tuple[set[str], bool]:
    """Tasks to be counted anew, in the caller's transaction; and whether another session speaks from now on."""
    ids, left, speaks = set(), PORTION, False
    for frame in Frame.objects.for_organization(organization).spreading().order_by("id"):
        found = list(_further(organization, frame)[:left])
        ids |= {str(task_id) for _, task_id in found}
        left -= len(found)
        if not left:
            _save(frame, *found[-1])
            break
        _save(frame, None, None)
        ids |= _judged(organization, frame.session_id)
        speaks = True
    return ids, speaks


def _further(organization: Organization, frame: Frame) -> QuerySet:
    """Completion and id of the sampled tasks that it could have drawn, beyond those that know."""
    facts = TaskFact.objects.for_organization(organization).audited().exclude(sampled="")
    facts = facts.filter(completed_at__gte=max(frame.reached_at, frame.completed_after or frame.reached_at))
    facts = facts.exclude(Q(completed_at=frame.reached_at) & Q(pk__lte=frame.reached_id))
    facts = facts.filter(completed_at__lte=min(frame.drawn_at, frame.completed_before or frame.drawn_at))
    if frame.projects is not None:
        facts = facts.filter(project_id__in=frame.projects)
    return facts.order_by("completed_at", "pk").values_list("completed_at", "pk")


def _judged(organization: Organization, session_id: UUID) -> set[str]:
    audits = Audit.objects.for_organization(organization).filter(session_id=session_id)
    return {str(task_id) for task_id in audits.values_list("task_id", flat=True)}


def _save(frame: Frame, *reached: object) -> None:
    frame.reached_at, frame.reached_id = reached
    frame.save(update_fields=["reached_at", "reached_id"])
