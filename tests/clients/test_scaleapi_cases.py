"""The 33 cases of the client's own tests (tests/test_client.py of its repository), in our words, in test mode."""

import io
import time
from datetime import UTC, datetime

import pytest
import scaleapi
from scaleapi.batches import BatchStatus
from scaleapi.exceptions import (
    ScaleDuplicateResource,
    ScaleInvalidRequest,
    ScaleResourceNotFound,
    ScaleUnauthorized,
)
from scaleapi.tasks import TaskType

from tests.clients.conftest import fresh, png

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("scaleapi")]
CALLBACK = "http://www.example.com/callback"
IMAGE = {"attachment_type": "image", "attachment": "http://a.example/cow.jpg"}
SITE = {"attachment_type": "website", "attachment": "http://a.example/"}
COWS = {"box": {"objects_to_annotate": ["Baby Cow", "Big Cow"], "min_height": 10, "min_width": 10}}
# Type -> what makes it whole, beside the attachment.
TYPES = {
    TaskType.Categorization: {**SITE, "categories": ["public", "private"], "force": True},
    TaskType.Transcription: {**SITE, "fields": {"title": "Title"}, "repeatable_fields": {"user": "Who sent it"}},
    TaskType.ImageAnnotation: {**IMAGE, "geometries": COWS},
    TaskType.DocumentTranscription: {
        "attachment": IMAGE["attachment"],
        "features": [{"type": "block", "label": "code"}],
    },
    TaskType.Annotation: {**IMAGE, "min_width": "30", "objects_to_annotate": ["cow"], "with_labels": True},
    TaskType.PolygonAnnotation: {**IMAGE, "objects_to_annotate": ["big cow"], "with_labels": True},
    TaskType.LineAnnotation: {**IMAGE, "objects_to_annotate": ["big cow"], "with_labels": True},
    TaskType.DataCollection: {**SITE, "fields": {"hiring_page": "Address of the page"}},
}


@pytest.fixture
def client(sandbox) -> scaleapi.ScaleClient:
    return sandbox.client("LABELOPS_TEST_KEY")


def cow(client: scaleapi.ScaleClient, **fields) -> scaleapi.Task:
    work = {"callback_url": CALLBACK, "instruction": "Draw a box around each cow.", **IMAGE, "geometries": COWS}
    return client.create_task(TaskType.ImageAnnotation, **work, **fields)


@pytest.fixture
def cows(client) -> str:
    return client.create_project(fresh("cows"), TaskType.ImageAnnotation).name


def new_batch(client: scaleapi.ScaleClient, project: str, **fields):
    return client.create_batch(project=project, batch_name=fresh("batch"), callback=CALLBACK, **fields)


def test_01_a_bad_key(sandbox):
    with pytest.raises(ScaleUnauthorized):
        sandbox.client("no_such_key").batches(limit=1)


def test_02_the_same_unique_id_twice(client):
    unique_id = fresh("u")
    cow(client, unique_id=unique_id)
    with pytest.raises(ScaleDuplicateResource):
        cow(client, unique_id=unique_id)


def test_03_a_new_unique_id(client):
    task, unique_id = cow(client, unique_id=fresh("u")), fresh("u")
    assert client.update_task_unique_id(task.id, unique_id).as_dict()["unique_id"] == unique_id


def test_04_no_unique_id_any_more(client):
    task = cow(client, unique_id=fresh("u"))
    assert "unique_id" not in client.clear_task_unique_id(task.id).as_dict()


def test_05_metadata(client):
    task = cow(client)
    assert task.metadata == {}
    assert client.set_task_metadata(task.id, {"a": "b"}).metadata == {"a": "b"}
    task.set_metadata({"c": "d"})
    task.refresh()
    assert task.metadata == {"c": "d"}


def test_06_tags(client):
    task = cow(client)
    assert not hasattr(task, "tags")
    task.set_tags(["a", "b"])
    task.add_tags(["b", "c"])
    task.delete_tags(["a", "z"])
    task.refresh()
    assert task.tags == ["b", "c"]


@pytest.mark.parametrize("type", TYPES, ids=lambda type: type.value)
def test_07_to_14_a_whole_task_of_each_type(client, type):
    task = client.create_task(type, callback_url=CALLBACK, instruction="Do it.", **TYPES[type])
    assert (task.type, task.status) == (type.value, "completed")


@pytest.mark.parametrize("type", TYPES, ids=lambda type: type.value)
def test_07_to_14_without_an_attachment(client, type):
    without = {name: value for name, value in TYPES[type].items() if name != "attachment"}
    with pytest.raises(ScaleInvalidRequest, match="attachment"):
        client.create_task(type, callback_url=CALLBACK, **without)


def test_15_named_entities_need_a_text_and_labels(client):
    labels = [{"name": "Label_A", "description": "the first"}]
    task = client.create_task(TaskType.NamedEntityRecognition, instruction="Mark.", text="Some text.", labels=labels)
    assert task.status == "completed"
    for part in ({"text": "Some text."}, {"labels": labels}):
        with pytest.raises(ScaleInvalidRequest):
            client.create_task(TaskType.NamedEntityRecognition, **part)


def test_16_unknown_fields_and_no_project(client):
    task = client.create_task(TaskType.ImageAnnotation, **IMAGE, geometries=COWS, force=True)
    assert task.params["force"] is True
    assert not hasattr(task, "project")


def test_17_a_test_task_is_done_before_it_can_be_canceled(client):
    task = cow(client)
    with pytest.raises(ScaleInvalidRequest):
        task.cancel()


def test_18_retrieval(client):
    made = cow(client)
    found = client.get_task(made.id)
    assert found.status == "completed"
    for name in ("id", "callback_url", "instruction", "params", "metadata", "type", "created_at"):
        assert getattr(found, name) == getattr(made, name), name


def test_19_a_time_without_tasks(client):
    cow(client)
    time.sleep(0.05)
    start = datetime.now(UTC).replace(tzinfo=None).isoformat()
    time.sleep(0.05)
    end = datetime.now(UTC).replace(tzinfo=None).isoformat()
    assert client.tasks(start_time=start, end_time=end).docs == []


def test_20_an_unknown_id(client):
    with pytest.raises(ScaleResourceNotFound):
        client.get_task("fake_id_qwertyuiop")


def test_21_the_three_newest(client):
    made = [cow(client).id for _ in range(3)]
    assert [task.id for task in client.tasks(limit=3)] == made[::-1]


def test_22_a_key_that_the_client_does_not_know(client):
    with pytest.raises(ScaleInvalidRequest):
        client.tasks(bogus=0)


def test_23_tasks_of_a_batch_page_by_page(client, cows):
    batch = new_batch(client, cows).name
    made = [cow(client, batch=batch).id for _ in range(3)]
    found = client.get_tasks(project_name=cows, batch_name=batch, limit=1)
    assert [task.id for task in found] == made[::-1]


def test_24_counts(client, cows):
    batch = new_batch(client, cows).name
    for _ in range(2):
        cow(client, batch=batch)
    cow(client, project=cows)
    assert client.get_tasks_count(project_name=cows) == client.tasks(project=cows).total == 3
    assert client.get_tasks_count(batch_name=batch) == 2


def test_25_finalize(client, cows):
    assert client.finalize_batch(new_batch(client, cows).name).status == BatchStatus.InProgress.value
    new_batch(client, cows).finalize()


def test_26_status(client, cows):
    batch = new_batch(client, cows)
    assert batch.status == BatchStatus.InProgress.value
    assert client.batch_status(batch.name)["status"] == "in_progress"
    found = client.get_batch(batch.name)
    found.get_status()
    assert (found.status, found.tasks_completed) == (BatchStatus.InProgress.value, 0)


def test_27_a_batch_keeps_its_metadata(client, cows):
    made = new_batch(client, cows, metadata={"week": 3})
    found = client.get_batch(made.name)
    assert (found.name, found.status, found.metadata) == (made.name, "in_progress", {"week": 3})


def test_28_the_three_newest_batches(client, cows):
    made = [new_batch(client, cows).name for _ in range(3)]
    assert [batch.name for batch in client.batches(limit=3)] == made[::-1]


def test_29_all_batches(client, cows):
    new_batch(client, cows)
    assert client.batches(project=cows, limit=1).total == len(list(client.get_batches(project_name=cows)))
    assert client.batches().total == len(list(client.get_batches()))


def test_30_batch_metadata(client, cows):
    batch = new_batch(client, cows)
    assert client.set_batch_metadata(batch.name, {"a": 1}).metadata == {"a": 1}


def test_31_files(client, cows):
    sent = client.upload_file(io.BytesIO(png()), project_name=cows)
    named = client.import_file("https://a.example/images/cow.png", project_name=cows)
    for file in (sent, named):
        assert file.attachment_url == f"labelops://{file.id}"
        work = {"attachment": file.attachment_url, "attachment_type": "image", "geometries": COWS}
        assert client.create_task(TaskType.ImageAnnotation, **work).status == "completed"


def test_32_the_team(client, sandbox):
    emails = [teammate.email for teammate in client.list_teammates()]
    assert sandbox.environment["LABELOPS_EMAIL"] in emails


def test_33_all_tasks_of_everything_are_not_asked_for(client):
    with pytest.raises(ValueError, match="project_name or batch_name"):
        list(client.get_tasks())
