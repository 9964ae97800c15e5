"""What a second auditor must not see: the first verdict, as long as theirs is outstanding.

From the moment a task is handed to somebody for a second audit until it is judged (by whomever), that person gets it
nowhere else: no page of its own, no row in a list or file, no review in an answer of the API. Nobody else is blinded.
"""

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audits.models import SecondAudit
from labelops.errors import Forbidden
from labelops.tenancy.models import Membership
from labelops.tenancy.permissions import Permission

# `SecondAuditQuerySet.in_hand` by hand, with the words of its index: nearly every list asks, and the ORM took longer to
# say it than PostgreSQL to answer.
IN_HAND = """
SELECT EXISTS (SELECT FROM audits_secondaudit WHERE organization_id = %s AND judged_at IS NULL
    AND CASE WHEN handed_to IS NULL THEN NULL ELSE coalesce(array_length(handed_to, 1), 0) END > 0
    AND handed_to @> %s::uuid[])
"""


class ToBeJudgedBlind(Forbidden):
    """This person has the task in hand for a second audit."""

    message = _("You are auditing this task a second time. It opens here when you have given that verdict.")


def blind_tasks(member: Membership) -> list[UUID]:
    """The tasks whose first verdict is hidden from this member.

    One short statement where nothing is in hand, as nearly always; none for who may not audit.
    """
    if not member.may(Permission.AUDIT):
        return []
    with connection.cursor() as cursor:
        cursor.execute(IN_HAND, [member.organization_id, [member.user_id]])
        if not cursor.fetchone()[0]:
            return []
    seconds = SecondAudit.objects.for_organization(member.organization)
    return list(seconds.blinding(member.user_id).values_list("task_id", flat=True))


def without_blind(rows: QuerySet, member: Membership, *, task: str = "pk") -> QuerySet:
    """These rows but those of tasks that this member must not see now; `task` is the path to the task's id."""
    hidden = blind_tasks(member)
    return rows.exclude(**{f"{task}__in": hidden}) if hidden else rows


def refuse_blind(member: Membership, task_id: UUID) -> None:
    """Raises ToBeJudgedBlind."""
    if task_id in blind_tasks(member):
        raise ToBeJudgedBlind


# What an audit adds to a task's JSON, or could have changed in it.
TOLD = frozenset({
    "response", "prior_responses", "changes", "customer_review_status", "customer_review_comments", "audits",
    "customer_reviewed_by", "customer_audited_at", "customer_audit_time_secs", "customer_audit_active_time_secs",
    "auditor", "audited_at", "comment", "callback_succeeded", "callback_completed", "updated_at",
})  # fmt: skip


def blind_json(task: dict[str, Any]) -> dict[str, Any]:
    """A task's JSON without what its audits said; `second_audit` says why it is short."""
    return {name: value for name, value in task.items() if name not in TOLD} | {"second_audit": "outstanding"}
