"""The same call of the crowd dialect several times at once."""

import pytest
from django.utils import timezone

from crowd_rules.models import PoolTask
from crowd_rules.services.crowd_projects import Description, create_crowd_project
from crowd_rules.services.refusals import OperationExists
from crowd_rules.services.task_batches import Options, create_batch
from labelops.tenancy.identifiers import uuid7
from tests.concurrency.together import run_together
from tests.crowd_rules.crowd import Crowd, make_crowd

pytestmark = pytest.mark.django_db(transaction=True)
TIMES, TASKS = 4, 3


def make_tasks(crowd: Crowd, pool, number) -> None:
    items = [{"pool_id": pool.pk.hex, "input_values": {"n": n}} for n in range(TASKS)]
    with crowd.scope():
        create_batch(organization=crowd.organization, actor=crowd.owner, kind="TASK", items=items,
                     options=Options(later=True, number=number), now=timezone.now())  # fmt: skip


def count(crowd: Crowd, pool) -> int:
    with crowd.scope():
        return PoolTask.objects.filter(pool=pool).count()


def test_an_operation_sent_several_times_at_once_is_done_once():
    crowd = make_crowd()
    pool, number = crowd.pool(tasks=0), uuid7()
    results = run_together([lambda: make_tasks(crowd, pool, number)] * TIMES)
    refused = [one for one in results if isinstance(one, Exception)]
    assert [type(one) for one in refused] == [OperationExists] * (TIMES - 1)
    assert count(crowd, pool) == TASKS


def test_control_without_a_number_each_of_them_is_done():
    crowd = make_crowd()
    pool = crowd.pool(tasks=0)
    assert run_together([lambda: make_tasks(crowd, pool, None)] * TIMES) == [None] * TIMES
    assert count(crowd, pool) == TIMES * TASKS


def test_projects_of_one_public_name_made_at_once_are_all_made():
    crowd = make_crowd()

    def make():
        with crowd.scope():
            given = Description(public_name="Swans", task_spec={})
            return create_crowd_project(organization=crowd.organization, actor=crowd.owner, given=given,
                                        now=timezone.now())  # fmt: skip

    found = [one.project for one in run_together([make] * TIMES)]
    assert {one.public_name for one in found} == {"Swans"}
    assert len({one.name for one in found}) == TIMES
