"""A task that cannot be done: its status, its batch, what integrators hear, and a project's own callbacks by API."""

import json
import uuid

import pytest
from django.db import connection

from callbacks.models import CallbackEvent, Delivery
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Event
from tests.audits.api_world import DUCK, Api, World, make_world
from tests.factories import client_of

URL = "https://receiver.example/hook"
SENTENCE = "The image could not be loaded: 404."


@pytest.fixture
def world(db) -> World:
    return make_world()


@pytest.fixture
def api(world) -> Api:
    return world.api


def told(world) -> list[dict]:
    """The bodies of all events, in their order."""
    with world.scene.scope():
        return [json.loads(bytes(event.body)) for event in CallbackEvent.objects.order_by("id")]


def test_who_cannot_do_it_says_so_and_receivers_hear_it(api, world):
    task_id = api.create(callback_url=URL)["task_id"]
    failed = api.post(f"task/{task_id}/error", {"error": f" {SENTENCE} "})
    assert (failed.status, failed["status"]) == (200, "error")
    assert failed["response"]["error"] == SENTENCE
    (body,) = told(world)
    assert (body["type"], body["status"], body["task_id"]) == ("task.error", "error", task_id)
    assert body["response"] == body["task"]["response"] == failed["response"]
    # Again: nothing more.
    assert api.post(f"task/{task_id}/error", {"error": SENTENCE}).status == 200
    assert len(told(world)) == 1
    with world.scene.scope():
        assert Event.objects.filter(type="task.error").count() == Delivery.objects.count() == 1
    assert api.post(f"task/{task_id}/send_callback").status == 200


@pytest.mark.parametrize("body", [{}, {"error": ""}, {"error": "  "}, {"error": 7}, {"error": "x" * 2001},
                                  {"error": "nul \0"}, {"error": "why", "reason": "misspelt"}])  # fmt: skip
def test_a_sentence_is_needed(api, world, body):
    task_id = api.create(callback_url=URL)["task_id"]
    assert api.post(f"task/{task_id}/error", body).status == 400
    assert api.get(f"task/{task_id}")["status"] == "pending"
    assert told(world) == []


def test_only_a_pending_task_can_fail(api):
    failed, done = api.create()["task_id"], api.done()
    assert api.post(f"task/{done}/error", {"error": SENTENCE}).status == 400
    assert api.post(f"task/{uuid7().hex}/error", {"error": SENTENCE}).status == 404
    api.post(f"task/{failed}/error", {"error": SENTENCE})
    for call, body in (("cancel", None), ("response", {"response": DUCK}), ("audit", {"accepted": True}),
                       ("error", {"error": "Something else."})):  # fmt: skip
        assert api.post(f"task/{failed}/{call}", body).status == 400, call


def test_its_batch_does_not_wait_for_it(api, world):
    api.post("batches", {"project": "birds", "name": "b", "callback": URL})
    task_id = api.create(batch="b")["task_id"]
    api.post(f"task/{task_id}/error", {"error": SENTENCE})
    assert api.get("batches/b/status").body == {"status": "completed", "error": 1}
    assert [body["type"] for body in told(world)] == ["task.error", "batch.completed"]


def test_without_its_callback_nothing_has_happened(api, world):
    task_id = api.create(callback_url=URL)["task_id"]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE callbacks_callbackevent ADD CONSTRAINT refuse_all CHECK (false) NOT VALID")
    with pytest.raises(Exception, match="refuse_all"):
        api.post(f"task/{task_id}/error", {"error": SENTENCE})
    with world.scene.scope():
        assert Event.objects.filter(type="task.error").count() == 0
    assert api.get(f"task/{task_id}")["status"] == "pending"


def test_its_page_says_why(api, world):
    task_id = api.create()["task_id"]
    api.post(f"task/{task_id}/error", {"error": SENTENCE})
    page = client_of(world.scene.members["owner"].user)
    shown = page.get(f"/o/{world.scene.organization.slug}/tasks/{uuid.UUID(task_id).hex}/").content.decode()
    assert "This task cannot be done." in shown
    assert SENTENCE in shown


def test_a_projects_callbacks_by_api(api):
    place = "projects/birds/setCallbacks"
    assert "hold_callbacks" not in api.get("projects/birds").body
    held = api.post(place, {"hold_callbacks": True, "callback_url": URL})
    assert (held["hold_callbacks"], held["callback_url"]) == (True, URL)
    assert api.post(place, {"hold_callbacks": False})["callback_url"] == URL
    assert api.get("projects/birds")["hold_callbacks"] is False
    assert "callback_url" not in api.post(place, {"callback_url": ""}).body
    assert "hold_callbacks" not in api.post(place, {"hold_callbacks": None}).body
    for wrong in ({"hold_callbacks": "yes"}, {"callback_url": 7}, {"callback_url": "http://127.0.0.1/"}, {"url": URL}):
        assert api.post(place, wrong).status == 400, wrong
    assert api.post("projects/none/setCallbacks", {}).status == 404
