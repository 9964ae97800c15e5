"""/v1/callbacks/… and send_callback, as programs call them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from callbacks import services
from callbacks.models import Delivery, Endpoint
from labelops.tenancy.models import Scope
from tests.audits.api_world import World, make_world
from tests.callbacks.conftest import answer_status, deliver

URL = "https://example.com/callbacks"


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def api(world):
    return world.api


def make(api, url=URL, **fields):
    made = api.post("callbacks/endpoints", {"url": url, **fields})
    assert made.status == 200, made.body
    return made.body


def rows(world, model):
    with world.scene.scope():
        return list(model.objects.for_organization(world.scene.organization).order_by("pk"))


def test_an_endpoint_is_made_read_changed_and_deleted(world, api):
    made = make(api, description="Ours", event_types=["task.audited"], project="birds", signs_with_ed25519=True)
    place = f"callbacks/endpoints/{made['id']}"
    (endpoint,) = rows(world, Endpoint)
    assert made["secret"] == services.secret_of(endpoint)
    assert made["public_key"].startswith("whpk_")
    got = api.get(place).body
    assert "secret" not in got
    assert (got["project"], got["event_types"], got["health"]) == ("birds", ["task.audited"], {})
    changed = api.call("PUT", place, {"project": None, "timeout_seconds": 5}).body
    assert "project" not in changed
    assert (changed["timeout_seconds"], changed["description"]) == (5, "Ours")
    assert [one["id"] for one in api.get("callbacks/endpoints")["docs"]] == [made["id"]]
    assert api.call("DELETE", place).body == {"success": True}
    assert api.get(place).status == 404
    assert api.get("callbacks/endpoints")["docs"] == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "url: This field is required."),
        ([], "The body must be a JSON object."),
        ({"url": URL, "colour": "red"}, "Unknown field “colour”."),
        ({"url": "http://10.1/"}, "10.1 is not a public address"),
        ({"url": 5}, "url: "),
        ({"url": URL, "event_types": ["task.exploded"]}, "“task.exploded” is no event"),
        ({"url": URL, "event_types": "task.audited"}, "event_types: "),
        ({"url": URL, "project": "fish"}, "there is no project “fish”"),
        ({"url": URL, "timeout_seconds": 31}, "The time limit is 1 to 30 seconds."),
        ({"url": URL, "timeout_seconds": "5"}, "timeout_seconds: "),
        ({"url": URL, "has_toloka_signature": "yes"}, "has_toloka_signature: "),
        ({"url": URL, "header_name": "x-token"}, "A header needs a name and a value"),
        ({"url": URL, "description": "\ud800"}, "surrogate"),
    ],
)
def test_what_is_wrong_is_a_sentence_that_names_it(world, api, body, sentence):
    refused = api.post("callbacks/endpoints", body)
    assert refused.status == 400
    assert sentence in refused["error"]
    assert rows(world, Endpoint) == []


def test_every_call_needs_the_scope_and_the_right(world):
    assert world.api_as("owner", scopes=[Scope.TASKS_READ]).get("callbacks/endpoints").status == 403
    assert world.api_as("alice").get("callbacks/deliveries").status == 403
    assert world.api_as("ingrid").get("callbacks/deliveries").status == 200


def test_another_organizations_are_unknown(world, api):
    made = make(api)
    endpoint, test = made["id"], api.post(f"callbacks/endpoints/{made['id']}/send_test")["id"]
    for path in (f"endpoints/{endpoint}", f"deliveries/{test}"):
        assert world.other.get(f"callbacks/{path}").status == 404
    for path in (f"endpoints/{endpoint}/disable", f"deliveries/{test}/cancel", "endpoints/nonsense/enable"):
        assert world.other.post(f"callbacks/{path}").status == 404
    assert world.other.post("callbacks/deliveries/replay", {"ids": [test]}).body == {"replayed": 0}
    assert world.other.get("callbacks/deliveries", endpoint=endpoint)["docs"] == []


def test_a_test_event_is_sent_and_its_attempt_told(api, receiver):
    receiver.answer = answer_status(201, body=b"thanks")
    endpoint = make(api, receiver.url)
    test = api.post(f"callbacks/endpoints/{endpoint['id']}/send_test")
    assert (test["type"], test["status"]) == ("endpoint.test", "pending")
    deliver()
    got = api.get(f"callbacks/deliveries/{test['id']}").body
    (attempt,) = got["attempt_log"]
    assert (got["status"], got["body"]["type"], attempt["status_code"]) == ("delivered", "endpoint.test", 201)
    assert (attempt["response"], attempt["request_headers"]["webhook-id"]) == ("thanks", got["event_id"])
    health = api.get(f"callbacks/endpoints/{endpoint['id']}")["health"]
    assert (health["breaker"], health["failure_rate"], health["recent_attempts"]) == ("closed", 0.0, 1)


def test_the_log_is_filtered_and_paged_without_a_gap(api):
    endpoint, other = make(api), make(api, "https://example.com/other")
    sent = [api.post(f"callbacks/endpoints/{endpoint['id']}/send_test")["id"] for _ in range(5)]
    api.post(f"callbacks/endpoints/{other['id']}/send_test")
    seen, token = [], ""
    while True:
        page = api.get("callbacks/deliveries", endpoint=endpoint["id"], limit=2, next_token=token)
        seen += [one["id"] for one in page["docs"]]
        if not page["has_more"]:
            break
        token = page["next_token"]
    assert seen == sent[::-1]
    assert api.get("callbacks/deliveries", status="delivered")["docs"] == []
    assert len(api.get("callbacks/deliveries", type="endpoint.test", until="2999-01-01")["docs"]) == 6
    for wrong in ({"status": "lost"}, {"since": "yesterday"}, {"endpoint": "5"}, {"limit": "0"}, {"next_token": "x"}):
        assert api.get("callbacks/deliveries", **wrong).status == 400


def test_secrets_rotate_and_the_old_one_is_revoked(world, api):
    made = make(api)
    rotated = api.post(f"callbacks/endpoints/{made['id']}/rotate_secret", {"overlap_hours": 2})
    assert rotated["secret"] not in (made["secret"], "")
    assert "old_secret_valid_until" in rotated.body
    assert "old_secret_valid_until" not in api.post(f"callbacks/endpoints/{made['id']}/revoke_old_secrets").body
    assert api.post(f"callbacks/endpoints/{made['id']}/rotate_secret", {"overlap_hours": 200}).status == 400


def test_disable_holds_enable_sends(api, receiver):
    made = make(api, receiver.url)
    place = f"callbacks/endpoints/{made['id']}"
    disabled = api.post(f"{place}/disable", {"reason": "moving"})
    assert (disabled["status"], disabled["disabled_reason"]) == ("disabled", "moving")
    assert api.post(f"{place}/send_test").status == 409
    api.done()
    deliver()
    assert receiver.requests == []
    assert api.post(f"{place}/enable")["status"] == "active"
    deliver()
    assert len(receiver.requests) == 1


def test_resend_replay_and_cancel(world, api, receiver):
    made = make(api, receiver.url)
    test = api.post(f"callbacks/endpoints/{made['id']}/send_test")["id"]
    assert api.post(f"callbacks/deliveries/{test}/resend").status == 409
    deliver()
    assert api.post(f"callbacks/deliveries/{test}/resend")["status"] == "pending"
    assert api.post(f"callbacks/deliveries/{test}/cancel")["status"] == "canceled"
    assert api.post("callbacks/deliveries/replay", {"ids": [test]}).body == {"replayed": 1}
    deliver()
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    now, day = timezone.now(), timedelta(days=1)
    given = {"since": (now - day).isoformat(), "until": (now + day).isoformat(), "statuses": ["delivered"]}
    place = f"callbacks/endpoints/{made['id']}/replay"
    assert api.post(place, given | {"dry_run": True}).body == {"dry_run": True, "total": 1}
    replay = api.post(place, given)
    assert (replay["status"], replay["total"]) == ("running", 1)
    assert api.post(place, given).status == 409
    assert api.post(f"callbacks/replays/{replay['id']}/cancel")["status"] == "canceled"
    assert api.get("callbacks/replays", endpoint=made["id"])["docs"][0]["status"] == "canceled"
    assert api.post(place, given | {"until": given["since"]}).status == 400
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("spelling", ["send_callback", "send-callback"])
def test_send_callback_sends_the_newest_event_again(world, api, receiver, spelling):
    task = api.done(callback_url=receiver.url)
    deliver()
    assert api.get(f"task/{task}")["callback_succeeded"] is True
    assert api.post(f"task/{task}/{spelling}").body == {"success": True}
    deliver()
    first, second = receiver.requests
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])


def test_send_callback_tells_who_listens_now_where_nobody_did(world, api, receiver):
    task = api.done()
    refused = api.post(f"task/{task}/send_callback")
    assert (refused.status, "Nobody listens" in refused["error"]) == (400, True)
    assert "callback_completed" not in api.get(f"task/{task}").body
    make(api, receiver.url)
    assert api.post(f"task/{task}/send_callback").status == 200
    deliver()
    assert [b'"task.completed"' in request.body for request in receiver.requests] == [True]
    pending = api.create()["task_id"]
    assert api.post(f"task/{pending}/send_callback").status == 400
    assert api.post(f"task/{'0' * 32}/send_callback").status == 404
    assert world.other.post(f"task/{task}/send_callback").status == 404


def test_a_callback_that_failed_for_good_is_told_by_the_task(world, api, receiver):
    task = api.done(callback_url=receiver.url)
    with world.scene.scope():
        Delivery.objects.for_organization(world.scene.organization).update(status="dead")
    got = api.get(f"task/{task}")
    assert (got["callback_succeeded"], got["callback_completed"]) == (False, False)
