"""How skills are used: by how many performers, since when unchanged, and in which pools' filters."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max
from django.utils import timezone

from crowd_rules.engine.filters import skills_in
from crowd_rules.engine.lint import OLD_SKILL
from crowd_rules.models import PerformerSkill, Pool, Skill
from labelops.tenancy.models import Organization

MOST_POOLS = 1000


@dataclass
class Use:
    """`changed`: when a value was last set; `pools`: those that filter by it and are not archived."""

    performers: int = 0
    changed: datetime | None = None
    pools: tuple[Pool, ...] = ()
    is_old: bool = False


def uses_of(organization: Organization, skills: list[Skill]) -> dict[UUID, Use]:
    """By the skill's id; two statements."""
    found = {one.pk: Use() for one in skills}
    values = PerformerSkill.objects.for_organization(organization).filter(skill_id__in=list(found)).order_by()
    for row in values.values("skill_id").annotate(number=Count("*"), newest=Max("modified_at")):
        found[row["skill_id"]].performers, found[row["skill_id"]].changed = row["number"], row["newest"]
    pools = Pool.objects.for_organization(organization).exclude(status=Pool.Status.ARCHIVED).exclude(filter={})
    for pool in pools.newest_first()[:MOST_POOLS]:
        for key in {one.lower().replace("-", "") for one in skills_in(pool.filter)}:
            use = next((found[one] for one in found if one.hex == key), None)
            if use:
                use.pools = (*use.pools, pool)
    before = timezone.now() - OLD_SKILL
    for skill in skills:
        use = found[skill.pk]
        use.is_old = skill.created_at < before and (use.changed is None or use.changed < before)
    return found
