"""`Idempotency-Key`: kept with the write, for a day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audits.models import RememberedAnswer, Task
from audits.services import idempotency
from tests.audits.api_world import WORK, World, make_key, make_world
from tests.concurrency.together import run_together

CREATE = "task/categorization"


def post(world: World, key: str, body: dict | None = None, path: str = CREATE, api=None):
    return (api or world.api).call("POST", path, body or WORK, **{"Idempotency-Key": key})


def tasks_of(world: World) -> int:
    with world.scene.scope():
        return Task.objects.for_organization(world.scene.organization).count()


@pytest.fixture
def world(db) -> World:
    return make_world()


def test_the_same_call_again_is_answered_again_and_done_once(world):
    first, again = post(world, "k"), post(world, "k")
    assert (again.status, again.body) == (200, first.body)
    assert tasks_of(world) == 1
    assert post(world, "k2")["task_id"] != first["task_id"]
    assert world.api.create()["task_id"] != first["task_id"]


def test_another_call_under_the_same_key_is_refused(world):
    post(world, "k")
    assert post(world, "k", {**WORK, "instruction": "Other"}).status == 409
    assert post(world, "k", path="task/textcollection").status == 409
    task = world.api.create()["task_id"]
    # Without an object for a body, the official client would crash on a 409.
    assert world.api.call("POST", f"task/{task}/tags", ["a"], **{"Idempotency-Key": "k"}).status == 400
    assert world.api.call("POST", f"task/{task}/cancel", None, **{"Idempotency-Key": "k"}).status == 400
    assert tasks_of(world) == 2


def test_a_refused_call_takes_no_key(db, transactional_db):
    world = make_world()
    assert post(world, "k", {"instruction": "No attachment"}).status == 400
    assert post(world, "k").status == 200


def test_a_key_belongs_to_who_calls(world):
    first = post(world, "k")
    theirs = post(world, "k", api=world.other)
    other_person = post(world, "k", api=world.api_as("ingrid"))
    assert len({answer["task_id"] for answer in (first, theirs, other_person)}) == 3
    rotated = make_key(world.scene.organization, world.scene.members["owner"].user)
    assert post(world, "k", api=type(world.api)(rotated)).body == first.body


def test_a_key_is_good_for_a_day(world, monkeypatch):
    monkeypatch.setattr(idempotency, "SWEEP_EVERY", 1)
    first = post(world, "k")
    post(world, "old")
    with world.scene.scope():
        kept = RememberedAnswer.objects.for_organization(world.scene.organization)
        kept.update(created_at=timezone.now() - timedelta(hours=25))
    assert post(world, "k", {**WORK, "instruction": "Other"})["task_id"] != first["task_id"]
    with world.scene.scope():
        assert [one.key for one in kept.all()] == ["k"]


@pytest.mark.parametrize("key", ["x" * 256, "a\tb"])
def test_a_key_that_is_none(world, key):
    assert post(world, key).status == 400


def test_eight_at_once_make_one_task(transactional_db):
    world = make_world()
    key = make_key(world.scene.organization, world.scene.members["owner"].user)
    callers = [type(world.api)(key) for _ in range(8)]
    answers = run_together([lambda api=api: post(world, "k", api=api) for api in callers])
    assert {answer.status for answer in answers} == {200}
    assert len({answer["task_id"] for answer in answers}) == 1
    assert tasks_of(world) == 1
