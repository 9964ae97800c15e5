"""The rules in force in a pool, kept there as a submit reads them: together they took an eighth of its time.

Whoever changes rules writes them anew in the same transaction, and so does who opens a pool; a pool without a rulebook
is judged by what is read together. The writers of a project's rules wait for one another, and for who opens a pool of
it: the last to write has read what the others wrote.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from crowd_rules.engine.judging import Config, group_by_counter
from crowd_rules.models import Pool
from crowd_rules.services.judging import configs_in, read_rules_in_force
from labelops.tenancy.models import Organization

# Of one submit; `majority.judged` concerns others too.
KINDS = ("assignment.submitted", "assignment.accepted", "control.answered", "majority.judged")
KEEP = """
UPDATE crowd_rules_pool p SET rulebook = kept.rulebook
  FROM jsonb_to_recordset(%s::jsonb) AS kept (id uuid, rulebook jsonb)
 WHERE p.organization_id = %s AND p.id = kept.id
"""


class Submit(NamedTuple):
    """An event of a submit in this pool, as far as counters go by it; ids as 32 digits."""

    kind: str
    pool: str
    project: str


def keep_rulebooks(*, organization: Organization, project_id: UUID, pools: Sequence[UUID] | None = None) -> None:
    """Of these pools of one project, or of all of them; in the caller's transaction, three statements."""
    if pools is None:
        pools = Pool.objects.for_organization(organization).filter(project=project_id).values_list("pk", flat=True)
    rows = read_rules_in_force(organization, [project_id], pools)
    kept = [{"id": pool.hex, "rulebook": _rulebook(rows, project_id, pool)} for pool in sorted(pools)]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [json.dumps(kept), organization.pk])


def _rulebook(rows: list[dict[str, Any]], project_id: UUID, pool_id: UUID) -> dict[str, Any]:
    """{rules: as `crowd_rules_in_force` has them, counters: {kind: [key, …]}}"""
    rules = [row for row in rows if row["pool_id"] in (None, str(pool_id))]
    configs = configs_in(rules)
    return {"rules": rules, "counters": {kind: _keys(configs, kind, project_id, pool_id) for kind in KINDS}}


def _keys(configs: list[Config], kind: str, project_id: UUID, pool_id: UUID) -> list[str]:
    return sorted(group_by_counter(configs, Submit(kind, pool_id.hex, project_id.hex)))
