"""The organization's skills themselves; their values are set in `skills`."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crowd_rules.models import Skill
from labelops.errors import InvalidInput
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User


@dataclass(frozen=True)
class SkillSettings:
    name: str
    public_name: dict[str, str] = field(default_factory=dict)
    public_requester_description: dict[str, str] = field(default_factory=dict)
    private_comment: str = ""
    hidden: bool = True
    skill_ttl_hours: int | None = None
    training: bool = False


@transaction.atomic(savepoint=False)
def create_skill(*, organization: Organization, actor: User | None, settings: SkillSettings, now: datetime) -> Skill:
    """Raises InvalidInput (name empty or taken)."""
    _check(settings)
    try:
        with transaction.atomic():
            skill = Skill.objects.create(organization=organization, created_at=now, **asdict(settings))
    except IntegrityError as error:
        raise _taken(settings) from error
    record_event(EventType.SKILL_CREATED, organization=organization, actor=actor, now=now, subject_id=skill.pk,
                 after={"name": skill.name})  # fmt: skip
    return skill


@transaction.atomic(savepoint=False)
def update_skill(*, skill: Skill, actor: User | None, settings: SkillSettings, now: datetime) -> Skill:
    """Raises InvalidInput (name empty or taken)."""
    _check(settings)
    before = {name: getattr(skill, name) for name in asdict(settings)}
    for name, value in asdict(settings).items():
        setattr(skill, name, value)
    try:
        with transaction.atomic():
            skill.save(update_fields=list(before))
    except IntegrityError as error:
        raise _taken(settings) from error
    record_event(EventType.SKILL_CHANGED, organization=skill.organization, actor=actor, now=now, subject_id=skill.pk,
                 before=before, after=asdict(settings))  # fmt: skip
    return skill


def _taken(settings: SkillSettings) -> InvalidInput:
    sentence = _("There is a skill named “%(name)s” already.") % {"name": settings.name}
    return InvalidInput(fields={"name": sentence})


def _check(settings: SkillSettings) -> None:
    if not settings.name.strip() or len(settings.name) > 255:
        raise InvalidInput(fields={"name": _("Give the skill a name of 1 to 255 characters.")})
    if settings.skill_ttl_hours is not None and settings.skill_ttl_hours < 1:
        raise InvalidInput(fields={"skill_ttl_hours": _("At least one hour, or nothing.")})
