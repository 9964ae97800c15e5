"""Scenario A9: the official client over HTTPS with a private authority, while answers are lost on the way."""

import time
from collections.abc import Iterator

import pytest
import requests
import scaleapi
from scaleapi.exceptions import ScaleDuplicateResource, ScaleInternalError
from scaleapi.tasks import TaskType

from tests.clients.conftest import DUCK, Sandbox, fresh, make_task
from tests.clients.gateway import Gateway, after_commit, too_many, write_certificates

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("scaleapi")]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return write_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def gateway(sandbox: Sandbox, certificates, monkeypatch) -> Iterator[Gateway]:
    authority, server = certificates
    # The one way that also holds for the client's second look, which forgets `verify`.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    gateway = Gateway(sandbox.url, server)
    yield gateway
    gateway.close()


@pytest.fixture
def secure(sandbox: Sandbox, gateway: Gateway) -> scaleapi.ScaleClient:
    return scaleapi.ScaleClient(sandbox.environment["LABELOPS_API_KEY"], api_instance_url=f"{gateway.url}/v1")


def test_the_private_authority_is_needed(gateway, secure, monkeypatch):
    assert secure.batches(limit=1).limit == 1
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{gateway.url}/v1/batches", timeout=10)


def test_a9_a_creation_whose_answer_is_lost_gives_the_task_that_was_made(client, secure, gateway, birds):
    # No "&", "+" or "#" in it: the client would break its own question, for it asks with the raw unique_id.
    unique_id = fresh("lost and found")
    gateway.faults = [after_commit(500)]
    task = make_task(secure, birds, unique_id=unique_id)
    assert task.unique_id == unique_id
    assert [call.partition("?")[0] for call in gateway.seen] == [
        "POST /v1/task/categorization", "POST /v1/task/categorization", "GET /v1/tasks",
    ]  # fmt: skip
    assert [one.id for one in client.tasks(unique_id=unique_id)] == [task.id]
    with pytest.raises(ScaleDuplicateResource):
        make_task(secure, birds, unique_id=unique_id)


def test_a9_429_is_waited_out(secure, gateway, birds):
    gateway.faults = [too_many(1)]
    begun = time.monotonic()
    task = make_task(secure, birds)
    assert task.status == "pending"
    assert time.monotonic() - begun >= 1
    assert len(gateway.seen) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a9_an_audit_whose_answer_is_lost_is_one_audit(sandbox, client, secure, gateway, birds, status):
    task = make_task(client, birds)
    sandbox.complete(task)
    gateway.faults = [after_commit(status)]
    secure.audit_task(task.id, False, "Once.")
    task.refresh()
    assert len(gateway.seen) == 2
    assert [audit["audit_result"] for audit in task.audits] == ["rejected"]
    assert task.customer_review_comments == ["Once."]


def test_a9_other_writes_whose_answer_is_lost_are_done_once(sandbox, client, secure, gateway, birds):
    task = make_task(client, birds, metadata={"a": 1})
    name = fresh("batch")
    calls = {
        "tags": lambda: secure.set_task_tags(task.id, ["x", "y"]),
        "tags, one less": lambda: secure.delete_task_tags(task.id, ["x"]),
        "metadata": lambda: secure.set_task_metadata(task.id, {"b": 2}),
        "cancel": lambda: secure.cancel_task(task.id),
        "known task": lambda: create_known(secure, birds, name),
    }
    for what, call in calls.items():
        gateway.faults = [after_commit(502)]
        call()
        assert gateway.faults == [], what
    task.refresh()
    assert (task.status, task.tags, task.metadata) == ("canceled", ["y"], {"b": 2})
    assert sandbox.call("GET", "evaluation_tasks", params={"project": birds, "limit": 1}).json()["total"] == 1


def create_known(client, project, unique_id):
    work = {"project": project, "attachment": "https://a.example/b.jpg", "expected_response": DUCK}
    return client.create_evaluation_task(TaskType.Categorization, unique_id=unique_id, **work)


def test_a9_put_is_never_sent_again(client, secure, gateway, birds):
    task = make_task(client, birds)
    gateway.faults = [after_commit(500)]
    with pytest.raises(ScaleInternalError):
        secure.add_task_tags(task.id, ["once"])
    assert secure.add_task_tags(task.id, ["once"]).tags == ["once"]
