"""`client.v2` and `v2_get_tasks` of the official client."""

from datetime import UTC, datetime, timedelta

import pytest
import scaleapi
from scaleapi.api_client.v2 import (
    BatchOperationRequest,
    BatchStatus,
    CreateBatchRequest,
    CreateChatTaskRequest,
    SetBatchMetadataRequest,
    SetTaskMetadataRequest,
    TaskStatus,
)
from scaleapi.api_client.v2.exceptions import (
    BadRequestException,
    NotFoundException,
    UnauthorizedException,
)
from scaleapi.api_client.v2.models import ExpandableEnumBatch, ExpandableEnumTask
from scaleapi.tasks import TaskType

from tests.clients.conftest import fresh, make_task

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("scaleapi")]


def second(sandbox, key: str = "LABELOPS_API_KEY") -> scaleapi.ScaleClient:
    client = sandbox.client(key)
    # The one thing that is not the same: this half of the client does not look at `api_instance_url`.
    client.v2.api_client.configuration.host = sandbox.url
    return client


@pytest.fixture
def client(sandbox):
    return second(sandbox)


def named(batch: str) -> BatchOperationRequest:
    return BatchOperationRequest(batch_name=batch)


def test_projects(client, project):
    found = client.v2.get_project(project_name=project)
    assert (found.name, found.types) == (project, ["categorization"])
    assert client.v2.get_project(project_id=found.id).created_at == found.created_at
    assert project in [one.name for one in client.v2.get_projects().projects]
    with pytest.raises(NotFoundException):
        client.v2.get_project(project_name="none such")


def test_a_batch_and_what_is_done_with_it(client, project):
    name, v2 = fresh("v2"), client.v2
    made = v2.create_batch(
        CreateBatchRequest(name=name, project_name=project, staging_batch=True, metadata={"a": {"b": 1}})
    )
    assert (made.name, made.status, made.metadata) == (name, BatchStatus.STAGING, {"a": {"b": 1}})
    assert v2.get_batch(batch_id=made.id).project.actual_instance == made.project.actual_instance
    whole = v2.get_batch(batch_name=name, expand=[ExpandableEnumBatch.PROJECT]).project.actual_instance
    assert whole.name == project
    assert name in [one.name for one in v2.get_batches(project_name=project).batches]
    merged = SetBatchMetadataRequest(batch_name=name, metadata={"a": {"c": 2}}, merge=True)
    assert v2.set_batch_metadata(merged).metadata == {"a": {"b": 1, "c": 2}}
    assert v2.set_batch_metadata(SetBatchMetadataRequest(batch_id=made.id, metadata={})).metadata == {}
    assert v2.finalize_batch(named(name)).status == BatchStatus.IN_PROGRESS
    assert v2.pause_batch(named(name)).batch.status == BatchStatus.PAUSED
    assert [one.name for one in v2.get_batches(project_name=project, status=BatchStatus.PAUSED).batches] == [name]
    assert v2.resume_batch(named(name)).batch.status == BatchStatus.IN_PROGRESS
    assert v2.get_batches(project_name=project, status=BatchStatus.PAUSED).batches == []


def test_a_cancelled_batch_takes_its_pending_tasks_with_it(sandbox, client, project):
    batch = client.create_batch(project, fresh("ended")).name
    pending, done = (make_task(client, project, batch=batch) for _ in range(2))
    sandbox.complete(done)
    for _ in range(2):
        assert client.v2.cancel_batch(named(batch)).batch.status == BatchStatus.CANCELLED
    assert (client.get_task(pending.id).status, client.get_task(done.id).status) == ("canceled", "completed")
    assert client.batch_status(batch) == {"status": "completed", "canceled": 1, "completed": 1}
    for call in (client.v2.resume_batch, client.v2.pause_batch):
        with pytest.raises(BadRequestException):
            call(named(batch))
    with pytest.raises(scaleapi.exceptions.ScaleInvalidRequest, match="cancelled"):
        make_task(client, project, batch=batch)


def test_a_completed_batch_is_not_cancelled(sandbox, client, project):
    batch = client.create_batch(project, fresh("done")).name
    sandbox.complete(make_task(client, project, batch=batch))
    with pytest.raises(BadRequestException):
        client.v2.cancel_batch(named(batch))
    assert client.get_batch(batch).status == "completed"


def test_tasks(sandbox, client, project):
    batch = client.create_batch(project, fresh("v2")).name
    made = [make_task(client, project, batch=batch, metadata={"n": n}) for n in range(5)]
    sandbox.complete(made[0])
    now = datetime.now(UTC)
    assert [one.task_id for one in client.v2_get_tasks(project_name=project, limit=2)] == [one.id for one in made[::-1]]
    assert [one.task_id for one in client.v2_get_tasks(batch_name=batch, status=TaskStatus.COMPLETED)] == [made[0].id]
    during = {"completed_after": now - timedelta(hours=1), "completed_before": now + timedelta(hours=1)}
    assert [one.task_id for one in client.v2_get_tasks(project_name=project, **during)] == [made[0].id]
    later = {"completed_after": now + timedelta(hours=1)}
    assert list(client.v2_get_tasks(project_name=project, **later)) == []
    task = client.v2.get_task(task_id=made[0].id, expand=[ExpandableEnumTask.PROJECT, ExpandableEnumTask.BATCH])
    assert (task.status, task.metadata, task.threads) == (TaskStatus.COMPLETED, {"n": 0}, [])
    assert (task.project.actual_instance.name, task.batch.actual_instance.name) == (project, batch)
    assert isinstance(client.v2.get_task(task_id=made[0].id).project.actual_instance, str)
    changed = SetTaskMetadataRequest(task_id=made[0].id, metadata={"m": 1}, merge=True)
    assert client.v2.set_task_metadata(changed).metadata == {"n": 0, "m": 1}
    raw = client.v2.get_task_without_preload_content(task_id=made[0].id)
    assert b'"response":{"category":"duck"' in raw.data.replace(b" ", b"")


def test_a_chat_task(client):
    project = client.create_project(fresh("chat"), TaskType.Chat).name
    wanted = CreateChatTaskRequest(project_name=project, template_variables={"language": "en"}, metadata={"a": 1})
    task = client.v2.create_chat_task(wanted)
    assert client.get_task(task.task_id).params["template_variables"] == {"language": "en"}
    loose = client.create_task(TaskType.Chat, instruction="Talk.", params={"before": []})
    assert client.v2.get_task(task_id=loose.id).project.actual_instance == ""


def test_errors_and_other_organizations(sandbox, client, project):
    task = make_task(client, project)
    batch = client.create_batch(project, fresh("ours")).name
    stranger = second(sandbox, "LABELOPS_OTHER_API_KEY")
    calls = (
        lambda: stranger.v2.get_task(task_id=task.id),
        lambda: stranger.v2.get_batch(batch_name=batch),
        lambda: stranger.v2.cancel_batch(named(batch)),
        lambda: client.v2.get_task(task_id="nothing"),
    )
    for call in calls:
        with pytest.raises(NotFoundException):
            call()
    assert list(stranger.v2_get_tasks(project_name=project)) == []
    with pytest.raises(UnauthorizedException):
        second(sandbox, "wrong").v2.get_projects()
    with pytest.raises(BadRequestException):
        client.v2.get_batch()
    with pytest.raises(BadRequestException):
        list(client.v2.get_tasks(next_token="no token").tasks)
