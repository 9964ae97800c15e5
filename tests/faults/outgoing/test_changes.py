"""What people change while callbacks are under way, and events that nobody can want. Numbers: docs/faults.md."""

import json
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from callbacks import services
from callbacks.delivery import Deliverer
from callbacks.models import Delivery, Endpoint
from labelops.errors import InvalidInput
from labelops.tenancy.scope import organization_scope
from tests.callbacks.conftest import Receiver, answer_status, deliver, rows, tell
from tests.embedded.conftest import wait_until
from tests.faults.lateness import Lateness

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("callback processes")]
STATUSES = "SELECT status, count(*) FROM callbacks_delivery GROUP BY 1 ORDER BY 1"
NOW = datetime.now(UTC)


@pytest.fixture
def running():
    """A deliverer beside the test."""
    deliverer = Deliverer(idle_seconds=None, run_seconds=60)
    thread = threading.Thread(target=deliverer.run)
    thread.start()
    yield deliverer
    deliverer.stop()
    thread.join()


def endpoint_at(organization, url: str) -> tuple[Endpoint, str]:
    with organization_scope(organization.pk):
        return services.create_endpoint(organization=organization, url=url, now=NOW)


def verifies(request, secret: str) -> bool:
    try:
        Webhook(secret).verify(request.body, request.headers)
    except WebhookVerificationError:
        return False
    return True


def test_20_a_secret_rotated_in_the_middle_of_a_backlog(organization, receiver):
    endpoint, first = endpoint_at(organization, receiver.url)
    place = {"organization": organization, "endpoint_id": endpoint.pk}
    secrets = [first]

    def told_then(change) -> list:
        receiver.requests.clear()
        with organization_scope(organization.pk):
            change()
        for _ in range(5):
            tell(organization)
        deliver()
        return [[verifies(request, secret) for secret in secrets] for request in receiver.requests]

    def rotate() -> None:
        secrets.append(services.rotate_secret(**place, now=datetime.now(UTC)))

    assert told_then(lambda: None) == [[True]] * 5
    assert told_then(rotate) == [[True, True]] * 5
    assert told_then(rotate) == [[True, True, True]] * 5
    # Three are live at most.
    assert told_then(rotate) == [[False, True, True, True]] * 5
    assert told_then(lambda: services.revoke_old_secrets(**place, now=NOW)) == [[False, False, False, True]] * 5
    later = {"overlap": timedelta(0)}
    assert (
        told_then(lambda: secrets.append(services.rotate_secret(**place, now=NOW, **later)))
        == [[False] * 4 + [True]] * 5
    )


def slowly(handler, request):
    time.sleep(0.3)
    answer_status(200)(handler, request)


@pytest.mark.parametrize("change", ["edited", "disabled", "deleted"])
def test_22_an_endpoint_changed_while_callbacks_are_under_way(organization, receiver, running, change):
    other = Receiver()
    endpoint, _ = endpoint_at(organization, receiver.url)
    receiver.answer = slowly
    for _ in range(20):
        tell(organization)
    receiver.wait_for(4)
    place = {"organization": organization, "endpoint_id": endpoint.pk, "now": NOW}
    with organization_scope(organization.pk):
        if change == "edited":
            services.update_endpoint(**place, url=other.url)
        elif change == "disabled":
            services.disable_endpoint(**place, reason="Paused.")
        else:
            services.delete_endpoint(**place)
    changed = time.monotonic()
    left = {"edited": ["delivered"], "disabled": ["delivered", "held"], "deleted": ["canceled", "delivered"]}[change]
    with Lateness() as late:
        wait_until(lambda: [status for status, _ in rows(STATUSES)] == left, seconds=40, what=change)
    # One claim may have been on its way.
    assert max(request.at for request in receiver.requests) - changed < 1 + 10 * late.worst
    assert len(receiver.requests) + len(other.requests) == (
        20 if change == "edited" else dict(rows(STATUSES))["delivered"]
    )
    if change == "disabled":
        receiver.answer = answer_status(200)
        with organization_scope(organization.pk):
            services.enable_endpoint(**place)
        wait_until(lambda: rows(STATUSES) == [("delivered", 20)], seconds=20, what="all delivered")


def test_25_poison_is_stored_once_and_sent_or_refused_and_blocks_nobody(organization, receiver):
    for bad in ({"a": float("nan")}, {"a": float("inf")}, {"a": "\ud800"}):
        with pytest.raises(InvalidInput):
            tell(organization, receiver.url, body=bad)
    tell(organization, receiver.url, body={"task_id": "nul", "a": "a\x00b"})
    huge = uuid.uuid4()
    tell(
        organization, receiver.url, subject=huge, body={"task_id": huge.hex, "status": "completed", "task": "x" * 2**21}
    )
    tell(organization, receiver.url)
    deliver()
    assert rows(STATUSES) == [("delivered", 3)]
    sent = {json.loads(request.body)["task_id"]: json.loads(request.body) for request in receiver.requests}
    assert sent["nul"]["a"] == "a\x00b"
    thin = sent[huge.hex]
    assert thin["data"]["truncated"] is True
    assert thin["data"]["url"].endswith(f"/v1/task/{huge.hex}")
    assert (thin["status"], "task" in thin, thin["sequence"]) == ("completed", False, 1)


def test_the_breaker_opens_probes_and_recovers(organization, receiver):
    receiver.answer = answer_status(500)
    for _ in range(30):
        tell(organization, receiver.url)
    deliver()
    seen = len(receiver.requests)
    assert 10 <= seen < 30
    ((trips, is_open),) = rows("SELECT trips, open_until > clock_timestamp() FROM callbacks_endpointhealth")
    assert (trips, is_open) == (1, True)
    # Half open: one probe, and a longer pause after it fails.
    rows("UPDATE callbacks_endpointhealth SET open_until = clock_timestamp()")
    deliver()
    assert len(receiver.requests) == seen + 1
    ((pause,),) = rows("SELECT extract(epoch FROM open_until - clock_timestamp())::float FROM callbacks_endpointhealth")
    assert 55 < pause <= 60
    receiver.answer = answer_status(200)
    rows("UPDATE callbacks_endpointhealth SET open_until = clock_timestamp()")
    # What waits for its late retry does not wait any longer.
    deliver()
    assert rows(STATUSES) == [("delivered", 30)]
    assert rows("SELECT open_until, trips, failures, failing_since FROM callbacks_endpointhealth") == [
        (None, 0, 0, None)
    ]


def test_five_days_without_a_success_disable_and_what_comes_is_held(organization, receiver):
    receiver.answer = answer_status(500)
    for _ in range(11):
        tell(organization, receiver.url)
    deliver()
    assert rows("SELECT status FROM callbacks_endpoint") == [("active",)]
    rows(
        "UPDATE callbacks_endpointhealth SET open_until = clock_timestamp(), failing_since = now() - interval '6 days'"
    )
    rows("UPDATE callbacks_delivery SET due_at = clock_timestamp() WHERE status = 'pending'")
    deliver()
    ((status, reason),) = rows("SELECT status, disabled_reason FROM callbacks_endpoint")
    assert (status, "five days" in reason) == ("disabled", True)
    tell(organization, receiver.url)
    deliver()
    assert rows(STATUSES) == [("held", 12)]


def test_replays_keep_ids_and_bytes_and_go_on_in_order(organization, receiver):
    endpoint, _ = endpoint_at(organization, receiver.url)
    subjects = [uuid.uuid4() for _ in range(5)]
    for sequence in (1, 2, 3):
        for subject in subjects:
            tell(organization, subject=subject, sequence=sequence)
    deliver()
    before = {request.headers["webhook-id"]: request.body for request in receiver.requests}
    receiver.requests.clear()
    span = {"since": NOW - timedelta(days=1), "until": datetime.now(UTC) + timedelta(seconds=1)}
    options = {"organization": organization, "endpoint_id": endpoint.pk, "statuses": ["delivered"], **span}
    with organization_scope(organization.pk):
        assert services.count_replay(**options) == 15
        replay = services.start_replay(**options, actor=None, now=datetime.now(UTC) + timedelta(seconds=1))
    deliver(idle_seconds=1.2)
    assert {request.headers["webhook-id"]: request.body for request in receiver.requests} == before
    for subject in subjects:
        told = [json.loads(r.body)["sequence"] for r in receiver.requests if subject.hex in r.body.decode()]
        assert told == [1, 2, 3]
    found = "SELECT status, total, queued, delivered, failed FROM callbacks_replay"
    assert rows(found) == [("done", 15, 15, 15, 0)]
    with organization_scope(organization.pk):
        ids = list(Delivery.objects.filter(endpoint=endpoint).values_list("pk", flat=True)[:4])
        assert services.replay_deliveries(organization=organization, delivery_ids=ids, now=NOW) == 4
        test = services.send_test_event(organization=organization, endpoint_id=endpoint.pk, now=NOW)
    receiver.requests.clear()
    deliver()
    assert len(receiver.requests) == 5
    assert any(request.headers["webhook-id"] == test.event_id.hex for request in receiver.requests)
    assert replay.total == 15
