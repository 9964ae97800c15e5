"""A take is one statement, once a caller is known; and where it is no yes, nothing of it is left."""

from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from crowd_rules.api import hot
from crowd_rules.api.straight import StraightOn
from crowd_rules.models import Assignment, PerformerAccount, PerformerPool
from crowd_rules.services.performers import renew_token
from labelops.tenancy.scope import organization_scope
from labelops.tenancy.throttling import CallLimits, TooManyCalls
from tests.crowd_rules.api.test_straight import MIXED, OK, Front, throw, token_of
from tests.crowd_rules.api.world import make_world
from tests.ordinary import Ordinary

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """The test's transaction is not what a request begins and ends with."""
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


@pytest.fixture
def world():
    return make_world()


def open_pool(world: Any, tasks: int) -> str:
    made = world.api.pool(mixer_config=MIXED)
    world.api.tasks(made["id"], tasks)
    world.api.post(f"pools/{made['id']}/open")
    return made["id"]


@pytest.fixture
def ann(world):
    """Somebody who has called here before."""
    front = Front(StraightOn(Ordinary()), token_of(world, "Ann"))
    front.post(f"pools/{open_pool(world, 1)}/assignments")
    assert front.token in hot.CALLERS
    return front


def statements_of(front: Front, path: str) -> tuple[list[str], Any]:
    seen: list[str] = []
    with connection.execute_wrapper(lambda execute, sql, *rest: (seen.append(sql), execute(sql, *rest))[1]):
        found = front.post(path)
    return [sql for sql in seen if "SAVEPOINT" not in sql], found


def test_a_known_caller_takes_and_takes_again_in_one_statement_each(world, ann):
    take = f"pools/{open_pool(world, 2)}/assignments"
    for status in ("201", "200"):
        seen, page = statements_of(ann, take)
        assert (len(seen), ann.last[0][:3]) == (1, status), seen
    assert ann.post(f"assignments/{page['id']}/submit", {"solutions": [OK]})["status"] == "ACCEPTED"
    assert not ann.application.ordinary.bodies


def test_a_refused_take_leaves_nothing_and_is_said_the_ordinary_way(world, ann):
    closed = world.api.pool(mixer_config=MIXED)["id"]
    for pool in (closed, "0" * 32):
        assert "status" not in ann.post(f"pools/{pool}/assignments")
    assert len(ann.application.ordinary.bodies) == 2
    with organization_scope(world.organization.pk):
        assert not PerformerPool.objects.filter(pool_id=closed).exists()


def test_the_statement_alone_leaves_nothing_of_what_it_refuses(world, ann, monkeypatch):
    closed = world.api.pool(mixer_config=MIXED)["id"]
    monkeypatch.setattr(ann.application, "ordinary", lambda environ, start: (start("409", []), [b"{}"])[1])
    ann.post(f"pools/{closed}/assignments")
    with organization_scope(world.organization.pk):
        assert not PerformerPool.objects.filter(pool_id=closed).exists()


@pytest.mark.parametrize("change", ["renewed", "inactive"])
def test_to_be_known_lets_nobody_in(world, ann, change):
    pool = open_pool(world, 1)
    with organization_scope(world.organization.pk):
        account = PerformerAccount.objects.select_related("organization").get()
        if change == "renewed":
            renew_token(account=account, actor=None, now=timezone.now())
        else:
            PerformerAccount.objects.update(is_active=False)
    assert ann.post(f"pools/{pool}/assignments")["code"] == "AUTHENTICATION_ERROR"
    with organization_scope(world.organization.pk):
        assert not Assignment.objects.filter(pool_id=pool).exists()


def test_a_call_too_many_takes_nothing(world, ann, monkeypatch):
    pool = open_pool(world, 1)
    too_many = TooManyCalls(who="with this API key", most=1, wait=1.0)
    monkeypatch.setattr(CallLimits, "allow_request", lambda *_: throw(too_many))
    assert ann.post(f"pools/{pool}/assignments")["code"] == "TOO_MANY_REQUESTS"
    with organization_scope(world.organization.pk):
        assert not Assignment.objects.filter(pool_id=pool).exists()
