"""Pools together with their rules, as one call of the wire makes, changes and copies them."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import Project
from crowd_rules.models import Collector, Operation, Pool
from crowd_rules.services.crowd_projects import archive_crowd_project
from crowd_rules.services.operations import record_operation
from crowd_rules.services.pools import (
    TRAINING_SKILL,
    PoolSettings,
    archive_pool,
    close_pool,
    create_pool,
    find_pool,
    hold_pool,
    open_pool,
    update_pool,
)
from crowd_rules.services.refusals import WrongPoolStatus
from crowd_rules.services.rules import configs_json, hold_rules, rules_of, set_rules
from labelops.tenancy.models import Membership, Organization, User


@transaction.atomic(savepoint=False)
def create_pool_with_rules(
    *, project: Project, actor: User | None, settings: PoolSettings, configs: list[dict[str, Any]], now: datetime
) -> Pool:
    """Raises InvalidInput, InvalidRules."""
    pool = create_pool(project=project, actor=actor, settings=settings, now=now)
    pool.organization = project.organization
    if configs:
        set_rules(project=project, pool=pool, actor=actor, configs=configs, now=now)
    return pool


@transaction.atomic(savepoint=False)
def update_pool_with_rules(
    *, pool: Pool, actor: User | None, settings: PoolSettings, configs: list[dict[str, Any]], now: datetime
) -> Pool:
    """Raises WrongPoolStatus, InvalidInput, InvalidRules."""
    pool.project.organization = pool.organization
    hold_rules(pool.project)
    held = update_pool(pool=pool, actor=actor, settings=settings, now=now, keeps_rules=False)
    held.project.organization = pool.organization
    set_rules(project=held.project, pool=held, actor=actor, configs=configs, now=now)
    return held


@transaction.atomic(savepoint=False)
def set_priority(*, pool: Pool, actor: User | None, priority: int, now: datetime) -> Pool:
    """Also of an open pool. Raises WrongPoolStatus (archived)."""
    held = hold_pool(pool.organization, pool.pk)
    if held.status == Pool.Status.ARCHIVED:
        raise WrongPoolStatus(_("The pool is archived."), appropriate=("OPEN", "CLOSED"))
    held.priority = priority
    held.save(update_fields=["priority"])
    return held


@transaction.atomic(savepoint=False)
def clone_pool(*, pool: Pool, actor: User | None, now: datetime) -> Pool:
    """A closed, empty pool with the same settings and rules. Its collectors keep their uuids."""
    settings = PoolSettings.of(pool)
    if TRAINING_SKILL in settings.rest:
        rest = {name: value for name, value in settings.rest.items() if name != TRAINING_SKILL}
        settings = replace(settings, rest=rest)
    configs = configs_json(rules_of(project=pool.project, pool=pool), with_ids=True)
    return create_pool_with_rules(project=pool.project, actor=actor, settings=settings, configs=configs, now=now)


def collectors_of(organization: Organization, pools: list[Pool]) -> dict[UUID, list[Collector]]:
    """pool id -> its own collectors with `standing_rules`, in their order; two statements."""
    found: dict[UUID, list[Collector]] = {}
    rows = Collector.objects.for_organization(organization).in_force().filter(
        project_id__in={one.project_id for one in pools}, pool_id__in=[one.pk for one in pools]
    )  # fmt: skip
    for one in rows.with_rules().in_order():
        found.setdefault(one.pool_id, []).append(one)
    return found


@transaction.atomic(savepoint=False)
def run_pool_operation(*, pool: Pool, actor: User | None, action: str, now: datetime) -> Operation | None:
    """`open`, `close`, `close-for-update`, `archive` or `clone`, noted as an operation that is done.

    None where the pool was so already. Raises EmptyPool, WrongPoolStatus.
    """
    kind = "TRAINING" if pool.type == Pool.Type.TRAINING else "POOL"
    key = f"{kind.lower()}_id"
    details = {}
    if action == "clone":
        details = {key: clone_pool(pool=pool, actor=actor, now=now).public_id}
    elif not ACTIONS[action](pool=pool, actor=actor, now=now):
        return None
    return record_operation(
        organization=pool.organization, type=f"{kind}.{action.partition('-')[0].upper()}",
        parameters={key: pool.public_id}, details=details, now=now,
    )  # fmt: skip


def open_pool_of(*, organization: Organization, actor: User | None, pool_id: UUID, now: datetime) -> bool:
    """Open the pool unless it is. Raises EmptyPool, WrongPoolStatus."""
    return open_pool(pool=find_pool(organization=organization, pool_id=pool_id), actor=actor, now=now)


def _close_for_update(**given: Any) -> bool:
    return close_pool(**given, reason=Pool.CloseReason.FOR_UPDATE)


ACTIONS = {"open": open_pool, "close": close_pool, "close-for-update": _close_for_update, "archive": archive_pool}


@transaction.atomic(savepoint=False)
def run_project_archive(*, project: Project, by: Membership, now: datetime) -> Operation:
    """Archive a project, noted as an operation that is done; also where it was archived. Raises UnarchivedPools."""
    archive_crowd_project(project=project, by=by, now=now)
    return record_operation(organization=project.organization, type="PROJECT.ARCHIVE",
                            parameters={"project_id": project.pk.hex}, now=now)  # fmt: skip
