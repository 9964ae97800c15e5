"""The official client, unchanged, against a live server: scenarios A1 to A4 and A6 to A8 of the compatibility sheet."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import requests
import scaleapi
from scaleapi.exceptions import (
    ScaleDuplicateResource,
    ScaleException,
    ScaleInvalidRequest,
    ScaleResourceNotFound,
    ScaleUnauthorized,
)
from scaleapi.tasks import TaskReviewStatus, TaskStatus, TaskType

from audits.services.locks import lock_task
from labelops.tenancy.identifiers import uuid7
from tests.audits.api_world import DUCK, World, make_key, make_world

PICTURE = "https://a.example/bird.jpg"
BOXES = {"attachment": PICTURE, "geometries": {"box": {"objects_to_annotate": ["duck"]}}}


@dataclass
class Server:
    world: World
    address: str
    key: str

    def client(self, key: str | None = None) -> scaleapi.ScaleClient:
        return scaleapi.ScaleClient(key or self.key, api_instance_url=self.address)

    def post(self, path: str, body: dict) -> requests.Response:
        return requests.post(f"{self.address}/{path}", json=body, auth=(self.key, ""), timeout=20)

    def complete(self, task: scaleapi.Task) -> None:
        assert self.post(f"task/{task.id}/response", {"response": DUCK}).status_code == 200


@pytest.fixture
def server(live_server, transactional_db) -> Server:
    world = make_world()
    key = make_key(world.scene.organization, world.scene.members["owner"].user)
    return Server(world, f"{live_server.url}/v1", key)


@pytest.fixture
def client(server) -> scaleapi.ScaleClient:
    return server.client()


def make_task(client: scaleapi.ScaleClient, **fields) -> scaleapi.Task:
    work = {"instruction": "Which bird?", "attachment": PICTURE, "categories": ["duck", "goose"], "project": "birds"}
    return client.create_task(TaskType.Categorization, **{**work, **fields})


def test_a1_keys_and_errors(server, client):
    with pytest.raises(ScaleUnauthorized):
        server.client("wrong").batches(limit=1)
    with pytest.raises(ScaleResourceNotFound) as unknown:
        client.get_task(uuid7().hex)
    assert (unknown.value.code, unknown.value.message) == (404, "Task with that ID not found.")
    with pytest.raises(ScaleResourceNotFound):
        client.api.get_request("nothing/here")
    with pytest.raises(ScaleException) as refused:
        client.api.delete_request("batches")
    assert refused.value.code == 405
    other = server.world.other.create()["task_id"]
    with pytest.raises(ScaleResourceNotFound):
        client.get_task(other)


def test_a2_create_and_unique_id(client):
    first = make_task(client, unique_id="u")
    assert first.status == TaskStatus.Pending.value
    with pytest.raises(ScaleDuplicateResource) as taken:
        make_task(client, unique_id="u")
    assert "u" in taken.value.message
    assert first.id in taken.value.message
    second = make_task(client)
    assert not hasattr(second, "tags")
    assert not hasattr(second, "unique_id")
    with pytest.raises(ScaleDuplicateResource):
        client.update_task_unique_id(second.id, "u")
    assert client.clear_task_unique_id(first.id).as_dict().get("unique_id") is None
    assert client.update_task_unique_id(second.id, "u").unique_id == "u"
    assert client.get_task("u").id == second.id


def test_every_type_of_the_sheet_is_created_or_refused(client):
    for type in ("Transcription", "DocumentTranscription", "Annotation", "PolygonAnnotation", "LineAnnotation",
                 "DataCollection", "ImageAnnotation", "Categorization"):  # fmt: skip
        assert client.create_task(TaskType[type], **BOXES, force=True).status == "pending"
        with pytest.raises(ScaleInvalidRequest):
            client.create_task(TaskType[type], instruction="x")
    assert client.create_task(TaskType.NamedEntityRecognition, text="x", labels=[{"name": "a"}]).status == "pending"


def test_a3_audit(server, client):
    task = make_task(client)
    with pytest.raises(ScaleInvalidRequest):
        client.audit_task(task.id, True)
    server.complete(task)
    client.audit_task(task.id, False, "bad")
    client.audit_task(task.id, True)
    client.audit_task(task.id, True)  # the same again, as after a lost answer
    task.refresh()
    assert (task.status, task.customer_review_status) == ("completed", "accepted")
    assert task.customer_review_comments == ["bad", ""]
    newest = task.audits[0]
    assert [audit["audit_result"] for audit in task.audits] == ["accepted", "rejected"]
    assert newest["audited_by"] == task.customer_reviewed_by
    assert newest["audited_at"] == task.customer_audited_at


def test_a3_a_task_that_somebody_holds(server, client):
    task, alice = make_task(client), server.world.scene.members["alice"]
    server.complete(task)
    with server.world.scene.scope():
        lock_task(auditor=alice, task_id=task.id)
    with pytest.raises(ScaleException) as held:
        client.audit_task(task.id, True)
    assert held.value.code == 423
    assert alice.user.email in held.value.message


def test_a4_fixed_twice(server, client):
    task = make_task(client)
    server.complete(task)
    for category in ("goose", "duck"):
        body = {"audit_result": "fixed", "response": {"category": category}}
        assert server.post(f"task/{task.id}/audit", body).status_code == 200
    task.refresh()
    assert task.response == {"category": "duck", "is_customer_fix": True}
    assert [response["is_customer_fix"] for response in task.prior_responses] == [False, True]
    assert task.customer_review_status == "fixed"


def test_a6_paging_while_tasks_arrive(client):
    made = [make_task(client, unique_id=f"n{number}").id for number in range(250)]
    assert client.get_tasks_count(project_name="birds") == 250
    seen = []
    for number, task in enumerate(client.get_tasks(project_name="birds", limit=100)):
        seen.append(task.id)
        if number % 90 == 0:
            make_task(client)
    assert seen == made[::-1]
    assert len(list(client.get_tasks(project_name="birds"))) == 253


def test_a6_batches_end(client):
    for number in range(230):
        client.create_batch("birds", f"b{number}")
    names = [batch.name for batch in client.get_batches()]
    assert names == [f"b{number}" for number in reversed(range(230))]
    assert client.batches().total == 230
    assert [batch.name for batch in client.batches(limit=3)] == names[:3]


def test_a7_filters(server, client):
    client.create_batch("birds", "b")
    accepted, fixed, never, pending = (
        make_task(client, tags=[tag], unique_id=tag, batch="b") for tag in "a b c d".split()
    )
    for task in (accepted, fixed, never):
        server.complete(task)
    client.audit_task(accepted.id, True)
    server.post(f"task/{fixed.id}/audit", {"audit_result": "fixed", "response": {"category": "goose"}})

    def found(**query):
        return {task.id for task in client.get_tasks(project_name="birds", **query)}

    assert found(review_status=[TaskReviewStatus.Accepted, TaskReviewStatus.Fixed]) == {accepted.id, fixed.id}
    assert found(review_status=TaskReviewStatus.Pending) == {never.id}
    assert found(status=TaskStatus.Pending) == {pending.id}
    assert found(tags=["a", "d"]) == {accepted.id, pending.id}
    assert found(unique_id=["b", "c"]) == {fixed.id, never.id}
    assert found(batch_name="b", task_type=TaskType.Categorization) == {accepted.id, fixed.id, never.id, pending.id}
    today = datetime.now(UTC).date()
    assert len(found(created_after=f"{today - timedelta(days=2)}", created_before=f"{today + timedelta(days=2)}")) == 4
    assert found(created_before="2020-09-08 00:00:00.000000") == set()
    assert found(completed_after="2021-04-25T03:14:15-07:00") == {accepted.id, fixed.id, never.id}
    assert found(include_attachment_url=False) == found(include_attachment_url=True)
    (short,) = client.tasks(project="birds", limited_response=True, unique_id="a").docs
    assert set(short.as_dict()) == {"task_id", "status", "metadata", "project"}
    assert client.get_tasks_count(project_name="birds", batch_name="b") == client.tasks(batch="b").total == 4
    assert client.tasks(project="birds", start_time="2999-01-01").docs == []
    newest_three = [task.id for task in client.tasks(limit=3)]
    assert newest_three == [pending.id, never.id, fixed.id]


@pytest.mark.parametrize("name", ["a b/c?d#é", "task/1%", "task-1"])
def test_a8_names(client, name):
    project = client.create_project(name, TaskType.ImageAnnotation, {"instruction": "Draw"})
    assert (project.name, project.version, project.instruction) == (name, 0, "Draw")
    assert client.get_project(name).name == name
    assert client.update_project(name, patch=True, instruction="Draw well").version == 1
    assert name in [one.name for one in client.projects()]
    batch = client.create_batch(name, name, metadata={"a": 1})
    assert client.get_batch(name).metadata == {"a": 1}
    assert client.batch_status(name)["status"] == "in_progress"
    assert client.finalize_batch(name).name == name
    assert client.set_batch_metadata(name, {"b": 2}).metadata == {"b": 2}
    batch.finalize()
    batch.get_status()
    assert batch.status == "in_progress"
    assert client.create_task(TaskType.ImageAnnotation, project=name, batch=name, **BOXES).batch == name
    with pytest.raises(ScaleDuplicateResource):
        client.create_project(name, TaskType.ImageAnnotation, {})
    with pytest.raises(ScaleDuplicateResource):
        client.create_batch(name, name)


def test_a8_empty_bodies(client):
    task = make_task(client, metadata={"a": 1}, tags=["x"])
    assert client.set_task_metadata(task.id, {}).metadata == {}
    assert client.set_task_tags(task.id, []).tags == []
    assert client.add_task_tags(task.id, ["y", "z"]).tags == ["y", "z"]
    assert client.delete_task_tags(task.id, ["y"]).tags == ["z"]
    for _ in range(2):
        assert client.cancel_task(task.id, clear_unique_id=True).status == "canceled"


def test_a_test_key_completes_at_once(server):
    scene = server.world.scene
    client = server.client(make_key(scene.organization, scene.members["owner"].user, mode="test"))
    client.create_project("test", TaskType.ImageAnnotation, {})
    client.create_batch("test", "b")
    made = [client.create_task(TaskType.ImageAnnotation, project="test", batch="b", **BOXES).id for _ in range(3)]
    for task in client.get_tasks(project_name="test", batch_name="b", limit=1):
        assert task.id in made
        assert (task.status, task.is_test) == ("completed", True)
        assert task.response["annotations"]
    assert client.batch_status("b")["completed"] == 3
    with pytest.raises(ScaleInvalidRequest):
        client.cancel_task(made[0])
