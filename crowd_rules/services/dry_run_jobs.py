"""Dry runs as jobs: a replay of many events takes longer than a request may. The result is kept in its operation."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.translation import gettext as _

from crowd_rules.models import Operation, Pool
from crowd_rules.services.dry_run import DryRun, Rehearsal
from crowd_rules.services.operations import report_progress, start_operation
from crowd_rules.services.rules import check_rules
from labelops.errors import NotFound
from labelops.tenancy.models import User
from labelops.tenancy.scope import organization_scope

__all__ = ["DRY_RUN", "find_dry_run", "rehearse", "start_dry_run"]
DRY_RUN = "RULES.DRY_RUN"
# What a page shows of each list; their lengths are kept whole.
KEPT = 500


@transaction.atomic(savepoint=False)
def start_dry_run(
    *,
    pool: Pool,
    actor: User | None,
    configs: list[dict[str, Any]],
    now: datetime,
    replaces: UUID | None = None,
    of_project: bool = False,
) -> Operation:
    """Replay these `configs` over the pool's events, as a job. Raises InvalidRules.

    `replaces`: the rule that the first one is to take the place of; `of_project`: it is to hold in all pools.
    """
    check_rules(project=pool.project, pool=None if of_project else pool, configs=configs)
    parameters = {"pool_id": pool.pk.hex, "configs": configs, "actor": str(actor.pk) if actor else "",
                  "replaces": replaces.hex if replaces else "", "of_project": of_project}  # fmt: skip
    return start_operation(organization=pool.organization, type=DRY_RUN, parameters=parameters, now=now)


def find_dry_run(*, pool: Pool, operation_id: Any) -> Operation:
    """Raises NotFound."""
    rows = Operation.objects.for_organization(pool.organization).filter(type=DRY_RUN, pk=operation_id)
    found = rows.filter(parameters__pool_id=pool.pk.hex).first()
    if found is None:
        raise NotFound(_("There is no such dry run."))
    return found


def rehearse(operation: Operation, now: datetime) -> None:
    """A worker's part: from the beginning again where a worker has died, for what is replayed stands in memory."""
    with organization_scope(operation.organization_id):
        pool = Pool.objects.for_organization(operation.organization).with_project().get(
            pk=UUID(operation.parameters["pool_id"]))  # fmt: skip
        pool.organization = pool.project.organization = operation.organization
        of_project = bool(operation.parameters.get("of_project"))
        rehearsal = Rehearsal(pool, operation.parameters["configs"], of_project=of_project)
    more = True
    while more:
        with organization_scope(operation.organization_id):
            more = rehearsal.go_on()
            report_progress(operation, done=rehearsal.done, total=rehearsal.total)
    with organization_scope(operation.organization_id):
        _keep(operation, rehearsal.result())


def _keep(operation: Operation, found: DryRun) -> None:
    result = {**asdict(found), "firings": [asdict(one) for one in found.firings[:KEPT]],
              "hit": [asdict(one) for one in found.hit[:KEPT]], **_totals(found)}  # fmt: skip
    text = DjangoJSONEncoder().encode({"result": result})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crowd_rules_operation SET details = details || %s::jsonb WHERE organization_id = %s AND id = %s",
            [text, operation.organization_id, operation.pk],
        )


def _totals(found: DryRun) -> dict[str, Any]:
    return {
        "fired": len(found.firings), "would_hit": len(found.hit), "good": sum(one.is_good for one in found.hit),
        "work_lost": sum(one.work_lost for one in found.hit),
        "reward_lost": sum((one.reward_lost for one in found.hit), start=0),
        "touched": len({one.performer_id for one in found.firings}),
    }  # fmt: skip
