"""Performer accounts and their tokens."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audits.models import Performer
from crowd_rules.models import PerformerAccount
from labelops.tenancy.models import Organization, User


@dataclass(frozen=True)
class Profile:
    """Country as ISO 3166 (two letters), languages as ISO 639; `rest`: further attributes by the wire's key."""

    country: str = ""
    city: str = ""
    languages: list[str] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)


def create_performer(
    *, organization: Organization, actor: User | None, name: str, now: datetime, profile: Profile | None = None
) -> tuple[PerformerAccount, str]:
    """The account (its `performer` is the one of both halves) and the token, which is shown this once.

    Raises InvalidInput (no name). Two performers may have one name; `external_id` is then made unique.
    """
    raise NotImplementedError


def renew_token(*, account: PerformerAccount, actor: User | None, now: datetime) -> str:
    """A new token; the old one is void at once."""
    raise NotImplementedError


def change_profile(
    *, account: PerformerAccount, actor: User | None, profile: Profile, now: datetime
) -> PerformerAccount:
    raise NotImplementedError


def enter_by_token(*, token: str) -> PerformerAccount | None:
    """Whose token this is, the transaction scoped to their organization; None for no or a void one.

    The account comes with `performer` and `organization`.
    """
    raise NotImplementedError


def find_performer_of(*, organization: Organization, performer_id: Any) -> Performer:
    """By the id that both dialects show. Raises NotFound."""
    raise NotImplementedError
