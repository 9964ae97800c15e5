"""Reads of skills and their values."""

from typing import Any

from django.utils.translation import gettext as _

from crowd_rules.models import PerformerSkill, Skill
from labelops.errors import NotFound
from labelops.tenancy.models import Organization


def find_skill(*, organization: Organization, skill_id: Any) -> Skill:
    """Raises NotFound."""
    found = Skill.objects.for_organization(organization).filter(pk=skill_id).first()
    if found is None:
        raise NotFound(_("There is no such skill."))
    found.organization = organization
    return found


def find_performer_skill(*, organization: Organization, value_id: Any) -> PerformerSkill:
    """Raises NotFound."""
    found = PerformerSkill.objects.for_organization(organization).filter(pk=value_id).first()
    if found is None:
        raise NotFound(_("There is no such skill value."))
    return found
