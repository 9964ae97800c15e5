"""What the apps above do when somebody may no longer work in an organization: they register, unknown to tenancy.

Called in the transaction that takes the right away, so that nothing stays behind in that person's hands.
"""

from collections.abc import Callable
from datetime import datetime

from labelops.tenancy.models import Organization, User

# release(organization=…, user=…, actor=…, now=…)
Release = Callable[..., None]
_releases: list[Release] = []


def on_departure(release: Release) -> None:
    """Register, in `AppConfig.ready`, what is to be given back."""
    if release not in _releases:
        _releases.append(release)


def give_back(*, organization: Organization, user: User, actor: User | None, now: datetime) -> None:
    """Everything that this person holds in the organization; `actor` is who took the right away."""
    for release in _releases:
        release(organization=organization, user=user, actor=actor, now=now)
