"""The one way in which a performer's skill gets its value, or loses it: with an entry in its history."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crowd_rules.models import PerformerSkill, Skill, SkillChange
from labelops.tenancy.models import Organization


def put_skill(
    *, organization: Organization, performer_id: UUID, skill: Skill, value: Decimal, cause: dict[str, Any],
    now: datetime,
) -> SkillChange | None:  # fmt: skip
    """Set the value and append to its history; None where it was that already (its age begins anew all the same)."""
    values = PerformerSkill.objects.for_organization(organization).select_for_update()
    held = values.filter(performer_id=performer_id, skill=skill).first()
    if held is None:
        held, made = PerformerSkill.objects.get_or_create(
            organization=organization, performer_id=performer_id, skill=skill,
            defaults={"exact_value": value, "created_at": now, "modified_at": now},
        )  # fmt: skip
        before = None if made else held.exact_value
    else:
        before = held.exact_value
    if before is not None:
        PerformerSkill.objects.filter(pk=held.pk).update(exact_value=value, modified_at=now)
    if before == value:
        return None
    return SkillChange.objects.create(organization=organization, performer_id=performer_id, skill=skill,
                                      before=before, after=value, cause=cause, at=now)  # fmt: skip


def take_skill(held: PerformerSkill, *, cause: dict[str, Any], now: datetime) -> SkillChange:
    """The performer has no value of this skill any more."""
    change = SkillChange.objects.create(
        organization_id=held.organization_id, performer_id=held.performer_id, skill_id=held.skill_id,
        before=held.exact_value, after=None, cause=cause, at=now,
    )  # fmt: skip
    held.delete()
    return change
