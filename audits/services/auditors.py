"""Whose verdict it is, where a key hands it in: its owner's, or another member's whom a lead's key names."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from audits.models import Audit, TaskLock
from labelops.errors import Forbidden, InvalidInput
from labelops.tenancy.models import Membership
from labelops.tenancy.permissions import Permission

NOT_AN_AUDITOR = "auditor must be the e-mail of a member who may audit."


def find_auditor(*, by: Membership, email: str) -> Membership:
    """The member of this e-mail, for whom `by` may act. Raises Forbidden, InvalidInput (also for an unknown one)."""
    if email.lower() == by.user.email.lower():
        return by
    if not by.may(Permission.MANAGE_SESSIONS):
        raise Forbidden(_("Only a lead or an owner can hand in the verdict of somebody else."))
    found = who_may_audit(by).filter(user__email__iexact=email).first()
    if found is None:
        raise InvalidInput(fields={"auditor": NOT_AN_AUDITOR})
    found.organization = by.organization
    return found


def who_may_audit(by: Membership) -> object:
    members = Membership.objects.for_organization(by.organization).who_may(Permission.AUDIT)
    return members.select_related("user")


def find_named_auditors(*, by: Membership, emails: Sequence[str]) -> list[Membership]:
    """The members of these e-mails, each once; InvalidInput names the first who is none or may not audit."""
    wanted = list(dict.fromkeys(email.lower() for email in emails))
    if not wanted:
        return []
    # An organization's people are few, and the column's collation is not Python's `lower`.
    members = {member.user.email.lower(): member for member in who_may_audit(by)}
    if unknown := [email for email in wanted if email not in members]:
        sentence = f"auditors: “{unknown[0][:100]}” is not the e-mail of a member who may audit."
        raise InvalidInput(fields={"auditors": sentence})
    return [members[email] for email in wanted]


def holder_of(*, by: Membership, task_id: UUID, token: int) -> Membership:
    """Who holds, or has used, the lock with this token, where `by` may act for them; else `by`. InvalidInput."""
    if not by.may(Permission.MANAGE_SESSIONS):
        return by
    locks = TaskLock.objects.for_organization(by.organization).filter(task_id=task_id, token=token)
    used = Audit.objects.for_organization(by.organization).filter(task_id=task_id, lock_token=token)
    holders = locks.values_list("holder_id").union(used.values_list("auditor_id"))
    found = next((user_id for (user_id,) in holders), by.user_id)
    if found == by.user_id:
        return by
    member = who_may_audit(by).filter(user_id=found).first()
    if member is None:
        raise InvalidInput(fields={"auditor": "auditor: whoever holds this task may no longer audit. Name another."})
    member.organization = by.organization
    return member
