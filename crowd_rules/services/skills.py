"""Skills and their values, each change with its cause."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import Performer
from crowd_rules.models import PerformerSkill, Skill
from crowd_rules.services.consequences import change_and_tell, set_and_tell
from crowd_rules.services.skill_book import SkillSettings, create_skill, update_skill
from crowd_rules.services.skill_values import take_skill
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User

__all__ = ["SkillSettings", "create_skill", "remove_skill", "set_skill", "update_skill"]


@transaction.atomic(savepoint=False)
def set_skill(
    *,
    organization: Organization,
    actor: User | None,
    performer: Performer,
    skill: Skill,
    value: Decimal,
    now: datetime,
    reason: str = "",
) -> PerformerSkill:
    """Set by hand: 0 to 100, exactly; an upsert. It holds until a rule or a hand sets another. Raises InvalidInput."""
    if not isinstance(value, Decimal) or not value.is_finite() or not 0 <= value <= 100:
        raise InvalidInput(fields={"value": _("A number from 0 to 100.")})
    before = PerformerSkill.objects.for_organization(organization).filter(performer=performer, skill=skill).first()
    cause = {"by": "hand", "user": actor.email if actor else None, "reason": reason}
    set_and_tell(organization, performer.pk, skill, value, cause, now)
    record_event(EventType.SKILL_SET, organization=organization, actor=actor, now=now, subject_id=performer.pk,
                 before={"value": str(before.exact_value) if before else None},
                 after={"skill": skill.public_id, "value": str(value), "reason": reason})  # fmt: skip
    return PerformerSkill.objects.for_organization(organization).get(performer=performer, skill=skill)


@transaction.atomic(savepoint=False)
def remove_skill(
    *, organization: Organization, actor: User | None, performer_skill_id: Any, now: datetime, reason: str = ""
) -> None:
    """The performer has no value any more; the history keeps it. Raises NotFound."""
    values = PerformerSkill.objects.for_organization(organization).select_for_update()
    held = values.filter(pk=performer_skill_id).first()
    if held is None:
        raise NotFound(_("There is no such skill value."))
    cause = {"by": "hand", "user": actor.email if actor else None, "reason": reason}
    record_event(EventType.SKILL_SET, organization=organization, actor=actor, now=now, subject_id=held.performer_id,
                 before={"value": str(held.exact_value)},
                 after={"skill": held.skill_id.hex, "value": None, "reason": reason})  # fmt: skip
    change_and_tell(organization, held.performer_id, held.skill_id, now, lambda: take_skill(held, cause=cause, now=now))
