"""Whoever leaves an organization, or may audit no more, keeps no task from the others."""

from datetime import datetime

from audits.models import TaskLock
from audits.services.locks import release_held
from labelops.tenancy.models import Organization, User


def take_back(*, organization: Organization, user: User, actor: User | None, now: datetime) -> None:
    """Release every lock of this person, with events; called in the transaction that takes the right away."""
    held = TaskLock.objects.for_organization(organization).filter(holder=user)
    release_held(held, organization=organization, actor=actor, now=now, reason="May no longer audit here.")
