"""What of a pool the advice about its rules depends on; bounded looks, no counting of everything."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from crowd_rules.engine.filters import skills_in
from crowd_rules.engine.lint import OLD_SKILL, Surroundings
from crowd_rules.engine.reading import identifier
from crowd_rules.models import Collector, Pool, PoolTask, Skill, TaskSuite
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Organization

LOOK_AT = 200


def surroundings_of(pool: Pool, configs: list[dict[str, Any]]) -> Surroundings:
    tasks = PoolTask.objects.for_organization(pool.organization).filter(pool=pool).real().select_related("task")
    volumes = tuple(len(str(one.input_values)) for one in tasks[:50])
    entrance = pool.training_pool_id is not None or bool(skills_in(pool.filter))
    return Surroundings(
        suites=_suites(pool), volumes=volumes, keeps_order=pool.keep_task_order, may_skip=pool.allow_skip,
        overlap=pool.default_overlap, has_entrance=entrance, skill_names=_own_skills(pool, configs),
        old_skills=old_skills(pool.organization, pool.filter),
    )  # fmt: skip


def _suites(pool: Pool) -> int:
    """Pages in the pool, counted up to a bound beyond which it does not matter."""
    if not pool.mixing:
        return TaskSuite.objects.for_organization(pool.organization).filter(pool=pool, mixed=False)[:LOOK_AT].count()
    tasks = PoolTask.objects.for_organization(pool.organization).filter(pool=pool).real()
    size = max(1, pool.real_tasks_count)
    return -(-tasks[: LOOK_AT * size].count() // size)


def _set_by(rules: list[dict[str, Any]]) -> set[str]:
    """Of what is only kept, and of a form that is being filled in, an id may be anything."""
    given = [rule.get("action", {}).get("parameters") or {} for rule in rules]
    return {found.hex for one in given if (found := identifier(one.get("skill_id")))}


def _own_skills(pool: Pool, configs: list[dict[str, Any]]) -> tuple[str, ...]:
    """Names of skills that only this pool sets, while other pools of the project set others.

    What a rule of the project sets is set in every pool.
    """
    mine = {skill for config in configs for skill in _set_by(config.get("rules") or [])}
    others = Collector.objects.for_organization(pool.organization).in_force().filter(project_id=pool.project_id)
    theirs: set[str] = set()
    shared: set[str] = set()
    for one in others.exclude(pool=pool).with_rules()[:LOOK_AT]:
        found = _set_by([{"action": rule.action} for rule in one.standing_rules])
        (theirs if one.pool_id else shared).update(found)
    return _names(pool, mine - theirs - shared if theirs else set())


def old_skills(organization: Organization, filter: dict[str, Any]) -> tuple[str, ...]:
    """Names of the skills that this filter asks for and of which no value has changed for long."""
    wanted = [found for one in skills_in(filter) if (found := parse_public_id(one))]
    skills = Skill.objects.for_organization(organization).filter(pk__in=wanted, created_at__lt=_long_ago())
    dated = skills.annotate(newest=Max("values__modified_at"))
    return tuple(one.name for one in dated if one.newest is None or one.newest < _long_ago())


def _long_ago() -> Any:
    return timezone.now() - timedelta(days=OLD_SKILL.days)


def _names(pool: Pool, ids: set[str]) -> tuple[str, ...]:
    skills = Skill.objects.for_organization(pool.organization).filter(pk__in=[UUID(one) for one in ids])
    return tuple(skills.order_by("name").values_list("name", flat=True))
