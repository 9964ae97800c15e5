"""The official client, unchanged, against a live server: scenarios A1 to A4 and A6 to A8 of the compatibility sheet."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from scaleapi.exceptions import (
    ScaleDuplicateResource,
    ScaleException,
    ScaleInvalidRequest,
    ScaleResourceNotFound,
    ScaleUnauthorized,
)
from scaleapi.tasks import TaskReviewStatus, TaskStatus, TaskType

from tests.clients.conftest import BOXES, fresh, make_task

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("scaleapi")]
UNKNOWN = "0" * 32


def test_a1_keys_and_errors(sandbox, client, birds):
    with pytest.raises(ScaleUnauthorized):
        sandbox.client("wrong").batches(limit=1)
    with pytest.raises(ScaleResourceNotFound) as unknown:
        client.get_task(UNKNOWN)
    assert (unknown.value.code, unknown.value.message) == (404, "Task with that ID not found.")
    other = make_task(client, birds).id
    stranger = sandbox.client("LABELOPS_OTHER_API_KEY")
    for call in (stranger.get_task, stranger.cancel_task, lambda task_id: stranger.audit_task(task_id, True)):
        with pytest.raises(ScaleResourceNotFound) as foreign:
            call(other)
        assert foreign.value.message == unknown.value.message


def test_a1_every_error_is_an_object_with_a_sentence(sandbox):
    key = (sandbox.environment["LABELOPS_API_KEY"], "")
    form = requests.post(f"{sandbox.url}/v1/projects", data={"a": "b"}, timeout=20, auth=key)
    answers = {
        404: [sandbox.call("GET", "nothing/here"), sandbox.call("POST", "tasks/")],
        405: [sandbox.call("DELETE", "batches"), sandbox.call("PUT", "task/x")],
        415: [form],
        400: [sandbox.call("GET", "tasks", params={"limit": "0"}), sandbox.call("POST", "projects", {"name": 1})],
        401: [requests.get(f"{sandbox.url}/v1/tasks", timeout=20)],
    }
    for status, given in answers.items():
        for answer in given:
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.url
            assert isinstance(answer.json()["error"], str), answer.url


def test_a2_create_and_unique_id(client, birds):
    unique_id, project = fresh("u"), birds
    first = make_task(client, project, unique_id=unique_id)
    assert first.status == TaskStatus.Pending.value
    with pytest.raises(ScaleDuplicateResource) as taken:
        make_task(client, project, unique_id=unique_id)
    assert unique_id in taken.value.message
    assert first.id in taken.value.message
    second = make_task(client, project)
    assert not hasattr(second, "tags")
    assert not hasattr(second, "unique_id")
    with pytest.raises(ScaleDuplicateResource):
        client.update_task_unique_id(second.id, unique_id)
    assert "unique_id" not in client.clear_task_unique_id(first.id).as_dict()
    assert client.update_task_unique_id(second.id, unique_id).unique_id == unique_id
    assert client.get_task(unique_id).id == second.id


def test_a2_an_unknown_place_is_404(client, birds):
    for place in ({"project": "none such"}, {"batch": "none such"}):
        with pytest.raises(ScaleResourceNotFound):
            make_task(client, birds, **place)


@pytest.mark.parametrize("type", TaskType, ids=lambda type: type.value)
def test_every_task_type_is_made(sandbox, type):
    """With what the sheet says each needs; in test mode each completes with a sample response of its type."""
    needed = {"instruction": "Do.", "attachment": PICTURE_OF_TYPE.get(type, "https://a.example/a.jpg")}
    more = {"text": "A duck.", "labels": [{"name": "bird"}]} if type == TaskType.NamedEntityRecognition else {}
    assert sandbox.client().create_task(type, **needed, **more).status == "pending"
    tested = sandbox.client("LABELOPS_TEST_KEY").create_task(type, **needed, **more)
    assert (tested.status, tested.type) == ("completed", type.value)
    assert isinstance(tested.response, dict)


PICTURE_OF_TYPE = {TaskType.Categorization: "https://a.example/b.jpg"}


def test_a3_audit(sandbox, client, birds):
    task = make_task(client, birds)
    with pytest.raises(ScaleInvalidRequest):
        client.audit_task(task.id, True)
    sandbox.complete(task)
    client.audit_task(task.id, False, "bad")
    client.audit_task(task.id, True)
    client.audit_task(task.id, True)  # the same again, as after a lost answer
    task.refresh()
    assert (task.status, task.customer_review_status) == ("completed", "accepted")
    assert task.customer_review_comments == ["bad", ""]
    newest = task.audits[0]
    assert [audit["audit_result"] for audit in task.audits] == ["accepted", "rejected"]
    assert newest["audited_by"] == task.customer_reviewed_by == sandbox.environment["LABELOPS_EMAIL"]
    assert newest["audited_at"] == task.customer_audited_at
    assert newest["audit_time_secs"] == task.customer_audit_time_secs


def test_a3_a_task_that_somebody_holds(sandbox, client, birds):
    task = make_task(client, birds)
    sandbox.complete(task)
    sandbox.browser().work_at(f"tasks/{task.id}/audit/")
    with pytest.raises(ScaleException) as held:
        client.audit_task(task.id, True)
    assert held.value.code == 423
    assert sandbox.environment["LABELOPS_AUDITOR_EMAIL"] in held.value.message


def test_a4_fixed_twice(sandbox, client, birds):
    task, auditor = make_task(client, birds), sandbox.browser()
    sandbox.complete(task)
    for category in ("goose", "duck"):
        work = auditor.work_at(f"tasks/{task.id}/audit/")
        assert auditor.judge(work, "fixed", "", f'{{"category": "{category}"}}').status_code == 200
    task.refresh()
    assert task.response == {"category": "duck", "is_customer_fix": True}
    assert [(one["category"], one["is_customer_fix"]) for one in task.prior_responses] == [
        ("duck", False), ("goose", True),
    ]  # fmt: skip
    assert task.customer_review_status == "fixed"


def test_a6_paging_while_tasks_arrive(client, project):
    made = [make_task(client, project).id for _ in range(250)]
    assert client.get_tasks_count(project_name=project) == 250
    seen, pages = [], []
    for number, task in enumerate(client.get_tasks(project_name=project, limit=100)):
        seen.append(task.id)
        if number % 90 == 0:
            make_task(client, project)
    assert seen == made[::-1]
    token = None
    while page := client.tasks(project=project, limit=100, **({"next_token": token} if token else {})):
        pages.append(len(page.docs))
        token = page.next_token
        if not token:
            break
    assert (pages, page.has_more) == ([100, 100, 53], False)


def test_a6_batches_end(client, project):
    made = [client.create_batch(project, fresh("many")).name for _ in range(230)]
    names = [batch.name for batch in client.get_batches(project_name=project)]
    assert names == made[::-1]
    assert client.batches(project=project).total == 230
    assert [batch.name for batch in client.batches(limit=3)] == names[:3]


def test_a7_filters(sandbox, client, project):
    batch = client.create_batch(project, fresh("filtered")).name
    ids = {word: fresh(word) for word in "abcd"}
    accepted, fixed, never, pending = (
        make_task(client, project, tags=[word], unique_id=unique_id, batch=batch) for word, unique_id in ids.items()
    )
    for task in (accepted, fixed, never):
        sandbox.complete(task)
    client.audit_task(accepted.id, True)
    sandbox.post(f"task/{fixed.id}/audit", {"audit_result": "fixed", "response": {"category": "goose"}})

    def found(**query):
        return {task.id for task in client.get_tasks(project_name=project, **query)}

    assert found(review_status=[TaskReviewStatus.Accepted, TaskReviewStatus.Fixed]) == {accepted.id, fixed.id}
    assert found(review_status=TaskReviewStatus.Pending) == {never.id}
    assert found(status=TaskStatus.Pending) == {pending.id}
    assert found(tags=["a", "d"]) == {accepted.id, pending.id}
    assert found(unique_id=[ids["b"], ids["c"]]) == {fixed.id, never.id}
    assert found(batch_name=batch, task_type=TaskType.Categorization) == {accepted.id, fixed.id, never.id, pending.id}
    today = datetime.now(UTC).date()
    assert len(found(created_after=f"{today - timedelta(days=2)}", created_before=f"{today + timedelta(days=2)}")) == 4
    assert found(created_before="2020-09-08 00:00:00.000000") == set()
    assert found(completed_after="2021-04-25T03:14:15-07:00") == {accepted.id, fixed.id, never.id}
    assert found(updated_after=f"{today}", updated_before=f"{today + timedelta(days=2)}") >= {accepted.id}
    assert found(include_attachment_url=False) == found(include_attachment_url=True)
    (short,) = client.tasks(project=project, limited_response=True, unique_id=ids["a"]).docs
    assert set(short.as_dict()) == {"task_id", "status", "metadata", "project"}
    assert client.get_tasks_count(project_name=project, batch_name=batch) == client.tasks(batch=batch).total == 4
    assert client.get_tasks_count(project_name=project, review_status=TaskReviewStatus.Pending) == 1


def test_a7_raw_callers_send_what_the_client_never_does(sandbox, client, project):
    make_task(client, project)
    query = {"project": project, "customer_review_status": "", "project_id": "x", "offset": "0", "whatever": ["a", "b"]}
    assert sandbox.call("GET", "tasks", params=query).json()["total"] == 1
    assert "next_token" not in sandbox.call("GET", "tasks", params=query).json()


@pytest.mark.parametrize("word", ["a b/c?d#é", "task/1%", "task-1"])
def test_a8_names(client, word):
    name = f"{word} {fresh('n')}"
    project = client.create_project(name, TaskType.ImageAnnotation, {"instruction": "Draw"})
    assert (project.name, project.version, project.instruction) == (name, 0, "Draw")
    assert client.get_project(name).name == name
    assert client.update_project(name, patch=True, instruction="Draw well").version == 1
    assert client.get_project_template(name).version == 1
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


def test_a8_empty_bodies(client, birds):
    task = make_task(client, birds, metadata={"a": 1}, tags=["x"])
    assert client.set_task_metadata(task.id, {}).metadata == {}
    assert client.set_task_tags(task.id, []).tags == []
    assert client.add_task_tags(task.id, ["y", "z"]).tags == ["y", "z"]
    assert client.delete_task_tags(task.id, ["y"]).tags == ["z"]
    for _ in range(2):
        assert client.cancel_task(task.id, clear_unique_id=True).status == "canceled"
    with pytest.raises(ScaleInvalidRequest):
        client.create_task(TaskType.Categorization)


def test_a8_only_the_calls_whose_409_the_client_survives_answer_it(sandbox, client, birds):
    """Cancel, tags and a finalize of a batch called “task-…” have no body: their 409 would crash the client."""
    task, batch = make_task(client, birds), client.create_batch(birds, fresh("task-409")).name
    sandbox.complete(task)
    sent = [
        ("POST", f"task/{task.id}/cancel"),
        ("DELETE", f"task/{task.id}/unique_id"),
        ("POST", f"task/{task.id}/tags"),
        ("POST", f"batches/{batch}/finalize"),
        ("POST", f"batches/{batch}/finalize"),
    ]
    assert [sandbox.call(*one).status_code for one in sent] == [400, 200, 200, 200, 200]
    group = {"name": "task-group", "emails": [sandbox.environment["LABELOPS_AUDITOR_EMAIL"]]}
    given = [sandbox.post(f"studio/projects/{birds}/groups", group).status_code for _ in range(2)]
    assert given == [200, 400]


def test_a_test_key_completes_at_once(sandbox, birds):
    client = sandbox.client("LABELOPS_TEST_KEY")
    batch = client.create_batch(birds, fresh("tested")).name
    made = [make_task(client, birds, batch=batch).id for _ in range(3)]
    for task in client.get_tasks(project_name=birds, batch_name=batch, limit=1):
        assert task.id in made
        assert (task.status, task.is_test) == ("completed", True)
        assert task.response["category"]
    assert client.batch_status(batch)["completed"] == 3
    with pytest.raises(ScaleInvalidRequest):
        client.cancel_task(made[0])
    live = sandbox.client()
    calls = (live.get_task, made[0]), (live.get_batch, batch), (lambda name: make_task(live, birds, batch=name), batch)
    for call, name in calls:
        with pytest.raises(ScaleResourceNotFound):
            call(name)
