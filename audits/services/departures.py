"""Whoever leaves an organization, or may audit no more, keeps no task from the others."""

from datetime import datetime

from audits.models import Flag, TaskLock
from audits.services.flags import close_flags_for
from audits.services.locks import release_held
from labelops.tenancy.models import Organization, User


def take_back(*, organization: Organization, user: User, actor: User | None, now: datetime) -> None:
    """Release their locks and return what was flagged for them, in the transaction that removes the right."""
    flags = Flag.objects.for_organization(organization).open().filter(assignee=user).with_people()
    close_flags_for(membership_of=user, flags=list(flags.order_by("id")), actor=actor, now=now)
    held = TaskLock.objects.for_organization(organization).filter(holder=user)
    release_held(held, organization=organization, actor=actor, now=now, reason="May no longer audit here.")
