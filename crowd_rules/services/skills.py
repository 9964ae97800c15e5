"""Skills and their values, each change with its cause."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from audits.models import Performer
from crowd_rules.models import PerformerSkill, Skill
from labelops.tenancy.models import Organization, User


@dataclass(frozen=True)
class SkillSettings:
    name: str
    public_name: dict[str, str] = field(default_factory=dict)
    public_requester_description: dict[str, str] = field(default_factory=dict)
    private_comment: str = ""
    hidden: bool = True
    skill_ttl_hours: int | None = None
    training: bool = False


def create_skill(*, organization: Organization, actor: User | None, settings: SkillSettings, now: datetime) -> Skill:
    """Raises InvalidInput (name empty or taken)."""
    raise NotImplementedError


def update_skill(*, skill: Skill, actor: User | None, settings: SkillSettings, now: datetime) -> Skill:
    raise NotImplementedError


def set_skill(
    *,
    organization: Organization,
    actor: User | None,
    performer: Performer,
    skill: Skill,
    value: Decimal,
    now: datetime,
    reason: str = "",
    cause: dict[str, Any] | None = None,
) -> PerformerSkill:
    """0 to 100, exactly; an upsert. It holds until a rule or a hand sets another. Raises InvalidInput."""
    raise NotImplementedError


def remove_skill(
    *, organization: Organization, actor: User | None, performer_skill_id: Any, now: datetime, reason: str = ""
) -> None:
    """The performer has no value any more; the history keeps it. Raises NotFound."""
    raise NotImplementedError
