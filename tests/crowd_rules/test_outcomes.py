"""Answers without a winner: what the pool's page says of them, and what a requester can do."""

import pytest
from django.utils import timezone

from audits.models import Task
from crowd_rules.models import Operation, Pool, PoolTask, Restriction
from crowd_rules.services.jobs import run_operation
from crowd_rules.services.pool_completion import close_finished_pools
from crowd_rules.services.pool_tasks import NewPoolTask, NewSuite, add_suites
from crowd_rules.services.pools import open_pool
from crowd_rules.services.restrictions import restrict
from labelops.tenancy.models import Event
from tests.crowd_rules.crowd import make_crowd
from tests.crowd_rules.workplace import office_address
from tests.factories import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd():
    return make_crowd("ann", "bob", "cem")


def settle(crowd, pool, **data):
    return client_of(crowd.owner).post(office_address(crowd, f"pools/{pool.pk.hex}/settle/"), data, follow=True)


def tie(crowd, pool):
    crowd.do("ann", pool, "duck")
    crowd.do("bob", pool, "goose")


def test_a_tie_is_shown_and_one_performer_more_decides_it(crowd):
    pool = crowd.pool(tasks=1, default_overlap=2)
    tie(crowd, pool)
    assert close_finished_pools(now=timezone.now()) == 1
    page = client_of(crowd.owner).get(office_address(crowd, f"pools/{pool.pk.hex}/")).content.decode()
    assert "Ask one performer more for 1 task" in page
    assert "1 task is handed out once more." in settle(crowd, pool, action="ask").content.decode()
    with crowd.scope():
        assert Pool.objects.get().status == "OPEN"
        assert Event.objects.filter(type="pool.changed").last().after == {"asked_once_more": 1}
    crowd.do("cem", pool, "goose")
    with crowd.scope():
        assert Task.objects.get().response == {"result": "goose"}
        assert PoolTask.objects.get().overlap == 3
    page = client_of(crowd.owner).get(office_address(crowd, f"pools/{pool.pk.hex}/")).content.decode()
    assert "Ask one performer more" not in page
    assert "0 tasks are handed out once more." in settle(crowd, pool, action="ask").content.decode()


def test_in_a_suite_made_by_hand_the_whole_suite_is_asked_for_once_more(crowd):
    pool = crowd.pool(tasks=0, mixing=False, default_overlap=2)
    with crowd.scope():
        tasks = [NewPoolTask(input_values={"n": number}) for number in range(2)]
        add_suites(pool=pool, actor=crowd.owner, suites=[NewSuite(tasks=tasks)], now=timezone.now())
        open_pool(pool=pool, actor=crowd.owner, now=timezone.now())
    crowd.do("ann", pool, lambda given: "duck")
    crowd.do("bob", pool, lambda given: ("duck", "goose")[given["n"]])
    settle(crowd, pool, action="ask")
    crowd.do("cem", pool, "goose")
    with crowd.scope():
        assert set(PoolTask.objects.values_list("overlap", "issued", "answered")) == {(3, 3, 3)}
        assert [one.response for one in Task.objects.order_by("id")] == [{"result": "duck"}, {"result": "goose"}]


def test_a_pool_to_be_estimated_is_when_it_is_done_and_before_if_somebody_says_so(crowd):
    pool = crowd.pool(tasks=2, default_overlap=1, aggregation="DAWID_SKENE")
    crowd.do("ann", pool, "duck")
    assert close_finished_pools(now=timezone.now()) == 0
    assert "being aggregated" in settle(crowd, pool, action="aggregate", method="DAWID_SKENE").content.decode()
    assert "Aggregating the answers" in settle(crowd, pool, action="aggregate", method="MAJORITY").content.decode()
    run_one(crowd)
    with crowd.scope():
        assert Task.objects.filter(status="completed").count() == 1
    crowd.do("ann", pool, "duck")
    assert close_finished_pools(now=timezone.now()) == 1
    run_one(crowd)
    with crowd.scope():
        assert Task.objects.filter(status="completed").count() == 2
        assert Operation.objects.count() == 2
    for data in ({"action": "aggregate", "method": "GUESS"}, {"action": "guess"}):
        assert settle(crowd, pool, **data).status_code == 400


def run_one(crowd):
    with crowd.scope():
        operation = Operation.objects.get(status="PENDING")
    run_operation(organization_id=crowd.organization.pk, operation_id=operation.pk, now=timezone.now())


def test_several_performers_are_let_in_again_everywhere_at_once(crowd):
    pool = crowd.pool(tasks=1)
    with crowd.scope():
        for name, scope in (("ann", "POOL"), ("ann", "ALL_PROJECTS"), ("bob", "POOL")):
            restrict(organization=crowd.organization, actor=None, performer=crowd.performer(name), scope=scope,
                     pool=pool if scope == "POOL" else None, until=None, now=timezone.now())  # fmt: skip
    ids = [crowd.performer(name).pk.hex for name in ("ann", "cem")]
    address = office_address(crowd, "performers/lift/")
    assert client_of(crowd.owner).post(address, {"ids": ids}).status_code == 400
    told = client_of(crowd.owner).post(address, {"ids": ids, "reason": "a mistake of the rule"}, follow=True)
    assert "1 performer may come in again." in told.content.decode()
    with crowd.scope():
        left = Restriction.objects.for_organization(crowd.organization).live()
        assert [one.performer.external_id for one in left.select_related("performer")] == ["bob"]
        assert Event.objects.filter(type="restriction.lifted").count() == 2
