"""Scenario A5: what a receiver is told that does what the official sample does; the clock is moved, not waited for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import scaleapi
from django.core import mail

from labelops.tenancy.services.organizations import callback_auth_keys
from tests.audits.api_world import DUCK, World, make_key, make_world
from tests.callbacks.conftest import Receiver, Request, answer_status, deliver, rows
from tests.clients.conftest import make_task


class Sample:
    """The official sample: a wrong key is answered 500, else the task is put where its id says."""

    def __init__(self, receiver: Receiver, key: str) -> None:
        self.receiver, self.key, self.tasks, self.failures = receiver, key, {}, 0
        receiver.answer = self.handle

    def handle(self, handler: Any, request: Request) -> None:
        if request.headers["scale-callback-auth"] != self.key:
            answer_status(500)(handler, request)
        elif self.failures:
            self.failures -= 1
            answer_status(500)(handler, request)
        else:
            body = json.loads(request.body)
            self.tasks[body["task_id"]] = body["task"]
            answer_status(200, body=b"Success!")(handler, request)


@pytest.fixture(autouse=True)
def _ready(settings):
    """Loopback may be called."""
    settings.CALLBACK_ALLOWED_NETWORKS, settings.CALLBACK_ALLOWED_PORTS = ["127.0.0.0/8"], ["*"]


@pytest.fixture
def world(transactional_db) -> World:
    return make_world()


@pytest.fixture
def client(world, live_server) -> scaleapi.ScaleClient:
    key = make_key(world.scene.organization, world.scene.members["owner"].user)
    return scaleapi.ScaleClient(key, api_instance_url=f"{live_server.url}/v1")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def sample(world, receiver) -> Sample:
    return Sample(receiver, callback_auth_keys(organization=world.scene.organization)["live"])


def make_due() -> None:
    rows("UPDATE callbacks_delivery SET due_at = clock_timestamp() WHERE status = 'pending'")
    # The breaker's pause goes by too; each of these is its probe.
    rows("UPDATE callbacks_endpointhealth SET open_until = clock_timestamp() WHERE open_until IS NOT NULL")


def complete(world: World, task: scaleapi.Task) -> None:
    assert world.api.post(f"task/{task.id}/response", {"response": DUCK}).status == 200


def test_completion_and_every_verdict(world, client, receiver, sample):
    task = make_task(client, "birds", callback_url=receiver.url)
    complete(world, task)
    deliver()
    assert sample.tasks[task.id]["status"] == "completed"
    assert "customer_review_status" not in sample.tasks[task.id]
    fixed = {"audit_result": "fixed", "response": {"category": "goose"}}
    for verdict, audit in (
        ("accepted", lambda: client.audit_task(task.id, True)),
        ("rejected", lambda: client.audit_task(task.id, False, "No.")),
        ("fixed", lambda: world.api.post(f"task/{task.id}/audit", fixed)),
    ):
        audit()
        deliver()
        assert sample.tasks[task.id]["customer_review_status"] == verdict
    for request in receiver.requests:
        body = json.loads(request.body)
        assert {"task", "response", "task_id", "status"} <= body.keys()
        assert body["response"] == body["task"]["response"]
        assert (body["task_id"], body["status"]) == (task.id, "completed")
    assert len(receiver.requests) == 4


def test_a_receiver_that_recovers(world, client, receiver, sample):
    sample.failures = 2
    task = make_task(client, "birds", callback_url=receiver.url)
    complete(world, task)
    for _ in range(3):
        make_due()
        deliver(0.06)
    assert len(receiver.requests) == 3
    assert client.get_task(task.id).callback_completed is True


def test_a_receiver_that_never_does(world, client, receiver, sample):
    sample.key = "another key"
    task = make_task(client, "birds", callback_url=receiver.url)
    complete(world, task)
    for _ in range(22):
        make_due()
        deliver(0.06)
    assert len(receiver.requests) == 21
    assert client.get_task(task.id).callback_completed is False


def test_an_e_mail_address(world, client):
    task = make_task(client, "birds", callback_url="qa@a.example")
    complete(world, task)
    deliver()
    (letter,) = mail.outbox
    assert letter.to == ["qa@a.example"]
    assert json.loads(letter.body)["task"]["task_id"] == task.id
