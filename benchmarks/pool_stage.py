"""What the pool's benchmark plays on: an open pool with control tasks and rules, and performers with tokens."""

import os
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from audits.models import Performer
from audits.services.projects import create_project
from callbacks.services import create_endpoint, disable_endpoint
from crowd_rules.models import Pool
from crowd_rules.services.performers import create_performer
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks
from crowd_rules.services.pools import PoolSettings, create_pool, open_pool
from crowd_rules.services.rules import set_rules
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope

OVERLAP, CONTROLS, PORTION = 2, 40, 5000
FOR_FIVE_DAYS = {"type": "RESTRICTION_V2", "parameters": {"scope": "POOL", "duration": 5, "duration_unit": "DAYS"}}
RULES = [
    {"collector_config": {"type": "SKIPPED_IN_ROW_ASSIGNMENTS", "parameters": {}},
     "rules": [{"conditions": [{"key": "skipped_in_row_count", "operator": "GTE", "value": 10}],
                "action": FOR_FIVE_DAYS}]},
    {"collector_config": {"type": "GOLDEN_SET", "parameters": {"history_size": 20}},
     "rules": [{"conditions": [{"key": "total_answers_count", "operator": "GTE", "value": 20},
                               {"key": "correct_answers_rate", "operator": "LT", "value": 5}],
                "action": FOR_FIVE_DAYS}]},
]  # fmt: skip


@dataclass(frozen=True)
class Worker:
    """A performer and the token that their calls come with."""

    performer: Performer
    token: str


@dataclass
class PoolStage:
    organization: Organization
    pool: Pool
    workers: list[Worker]

    def scope(self) -> Any:
        return organization_scope(self.organization.pk)


def found_organization() -> Organization:
    with system_scope("command line"):
        return Organization.objects.get(slug=os.environ["LABELOPS_ORGANIZATION"])


def prepare(organization: Organization, *, hand_outs: int, workers: int) -> PoolStage:
    """A pool with one slot for each of so many hand-outs, every suite one real task and a control task while they last.

    An endpoint that is told of everything, disabled, stands beside it: its deliveries are written and held.
    """
    mark, now = uuid7().hex[-6:], timezone.now()
    with organization_scope(organization.pk):
        project = create_project(organization=organization, actor=None, name=f"crowd {mark}", type="custom", params={},
                                 now=now)  # fmt: skip
        project.organization = organization
        settings = PoolSettings("benchmark", reward=Decimal("0.01"), default_overlap=OVERLAP, real_tasks_count=1,
                                golden_tasks_count=1)  # fmt: skip
        pool = create_pool(project=project, actor=None, settings=settings, now=now)
        pool.organization = organization
    _fill(pool, -(-hand_outs // OVERLAP))
    with organization_scope(organization.pk):
        set_rules(project=project, pool=pool, actor=None, configs=RULES, now=now)
        open_pool(pool=pool, actor=None, now=now)
        made = [create_performer(organization=organization, actor=None, name=f"{mark} {number}", now=now)
                for number in range(workers)]  # fmt: skip
    _listen(organization)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crowd_rules_pooltask; ANALYZE audits_task")
    return PoolStage(organization, pool, [Worker(account.performer, token) for account, token in made])


def _fill(pool: Pool, tasks: int) -> None:
    known = [{"output_values": {"result": "OK"}}]
    new = [NewPoolTask({"control": number}, known_solutions=known) for number in range(CONTROLS)]
    new += [NewPoolTask({"n": number}) for number in range(tasks)]
    for start in range(0, len(new), PORTION):
        with organization_scope(pool.organization_id):
            add_tasks(pool=pool, actor=None, tasks=new[start : start + PORTION], now=timezone.now())


def _listen(organization: Organization) -> None:
    with organization_scope(organization.pk):
        endpoint, _secret = create_endpoint(organization=organization, url="http://127.0.0.1:8443/", now=timezone.now())
        disable_endpoint(organization=organization, endpoint_id=endpoint.pk, reason="benchmark", now=timezone.now())
