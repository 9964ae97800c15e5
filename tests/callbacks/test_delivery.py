import asyncio
import json
import socket
import time
import uuid
from datetime import UTC, datetime

import pytest
from django.core import mail
from standardwebhooks import Webhook, WebhookVerificationError

from callbacks import services
from callbacks.finishing import Finisher
from callbacks.leases import decide, finish_deliveries, is_anything_due
from callbacks.messages import Outcome
from callbacks.models import Attempt, Delivery, Endpoint, outcomes_of
from callbacks.signing import secret_from_key
from labelops.tenancy.scope import organization_scope
from tests.callbacks.conftest import AUTH_KEY, Receiver, answer_status, claim, deliver, make_organization, rows, tell

STATE = "SELECT status, attempts, last_status_code FROM callbacks_delivery ORDER BY sequence, id"
WAIT = "SELECT extract(epoch FROM due_at - clock_timestamp())::float FROM callbacks_delivery"
ATTEMPTS = "SELECT number, status_code, error, detail, seconds, address, response FROM callbacks_attempt ORDER BY at"


def make_due():
    rows("UPDATE callbacks_delivery SET due_at = clock_timestamp() WHERE status = 'pending'")
    rows("UPDATE callbacks_endpointhealth SET open_until = clock_timestamp() WHERE open_until IS NOT NULL")


def outcomes(organization, *subjects):
    with organization_scope(organization.pk):
        return outcomes_of(subjects, organization=organization)


def test_what_the_receiver_gets(organization, receiver):
    subject = tell(organization, receiver.url)
    assert outcomes(organization, subject) == {}
    assert deliver() == 1
    (request,) = receiver.requests
    body = json.loads(request.body)
    assert body["task_id"] == subject.hex
    assert (body["type"], body["sequence"]) == ("task.audited", 1)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["scale-callback-auth"] == AUTH_KEY
    assert request.headers["webhook-attempt"] == "1"
    ((event_id, stored, digest_fits),) = rows("SELECT id, body, sha256(body) = sha256 FROM callbacks_callbackevent")
    assert request.headers["webhook-id"] == event_id.hex
    assert (request.body, digest_fits) == (bytes(stored), True)
    Webhook(secret_from_key(AUTH_KEY)).verify(request.body, request.headers)
    assert rows(STATE) == [("delivered", 1, 200)]
    ((number, status, error, _, seconds, address, _),) = rows(ATTEMPTS)
    assert (number, status, error, address) == (1, 200, "", "127.0.0.1")
    assert 0 < seconds < 2
    assert outcomes(organization, subject) == {subject: True}


def test_registered_endpoint_signs_with_its_own_secrets_and_says_no_key(organization, receiver):
    now = datetime.now(UTC)
    with organization_scope(organization.pk):
        endpoint, first = services.create_endpoint(organization=organization, url=receiver.url, now=now)
        second = services.rotate_secret(organization=organization, endpoint_id=endpoint.pk, now=now)
    tell(organization)
    deliver()
    (request,) = receiver.requests
    assert "scale-callback-auth" not in request.headers
    for secret in (first, second):
        Webhook(secret).verify(request.body, request.headers)
    rows("UPDATE callbacks_endpoint SET previous_secret_until = clock_timestamp()")
    tell(organization)
    deliver()
    with pytest.raises(WebhookVerificationError):
        Webhook(first).verify(receiver.requests[1].body, receiver.requests[1].headers)
    Webhook(second).verify(receiver.requests[1].body, receiver.requests[1].headers)


def test_failures_are_tried_again_by_rows_with_the_same_bytes(organization, receiver):
    receiver.answer = answer_status(500, body=b"broken")
    subject = tell(organization, receiver.url)
    tell(organization, receiver.url, subject=subject, sequence=2)
    deliver()
    assert rows(STATE) == [("pending", 1, 500), ("pending", 0, None)]
    ((due_in,), _) = rows(WAIT + " ORDER BY sequence")
    assert 3 < due_in < 6
    make_due()
    deliver()
    ((due_in,), _) = rows(WAIT + " ORDER BY sequence")
    assert 23 < due_in < 36
    receiver.answer = answer_status(204)
    time.sleep(1.1)
    make_due()
    deliver()
    assert rows(STATE) == [("delivered", 3, 204), ("delivered", 1, 204)]
    first, _, third, successor = receiver.requests
    assert (first.body, first.headers["webhook-id"]) == (third.body, third.headers["webhook-id"])
    assert first.headers["webhook-timestamp"] != third.headers["webhook-timestamp"]
    assert json.loads(successor.body)["sequence"] == 2
    assert bytes(rows(ATTEMPTS)[0][6]) == b"broken"


def test_after_the_last_attempt_it_is_dead_and_the_successor_goes(organization, receiver):
    receiver.answer = answer_status(500)
    subject = tell(organization, receiver.url)
    for _ in range(21):
        make_due()
        deliver(0.06)
    assert rows(STATE) == [("dead", 21, 500)]
    assert outcomes(organization, subject) == {subject: False}
    receiver.answer = answer_status(200)
    tell(organization, receiver.url, subject=subject, sequence=2)
    make_due()
    deliver()
    assert outcomes(organization, subject) == {subject: True}
    with organization_scope(organization.pk):
        dead = Delivery.objects.get(sequence=1)
        services.resend_delivery(organization=organization, delivery_id=dead.pk, now=datetime.now(UTC))
        assert Attempt.objects.for_organization(organization).of_delivery(dead.pk).count() == 21
    deliver()
    assert [status for status, _, _ in rows(STATE)] == ["delivered", "delivered"]


def test_gone_disables_and_holds_until_enabled(organization, receiver):
    receiver.answer = answer_status(410)
    subject = tell(organization, receiver.url)
    tell(organization, receiver.url, subject=subject, sequence=2)
    deliver()
    tell(organization, receiver.url, sequence=3)
    deliver()
    assert len(receiver.requests) == 1
    assert [status for status, _, _ in rows(STATE)] == ["held", "held", "held"]
    receiver.answer = answer_status(200)
    with organization_scope(organization.pk):
        endpoint = Endpoint.objects.get()
        assert "410" in endpoint.disabled_reason
        services.enable_endpoint(organization=organization, endpoint_id=endpoint.pk, now=datetime.now(UTC))
    deliver()
    assert [status for status, _, _ in rows(STATE)] == ["delivered"] * 3
    assert [json.loads(r.body)["sequence"] for r in receiver.requests if subject.hex in r.body.decode()] == [1, 1, 2]


def test_disabled_by_a_person(organization, receiver):
    now = datetime.now(UTC)
    with organization_scope(organization.pk):
        endpoint, _ = services.create_endpoint(organization=organization, url=receiver.url, now=now)
    tell(organization)
    with organization_scope(organization.pk):
        services.disable_endpoint(organization=organization, endpoint_id=endpoint.pk, reason="Paused.", now=now)
    tell(organization)
    assert not is_anything_due()
    assert deliver() == 0
    with organization_scope(organization.pk):
        services.enable_endpoint(organization=organization, endpoint_id=endpoint.pk, now=now)
    assert deliver() == 2


@pytest.mark.parametrize(("wish", "low", "high"), [("60", 55, 61), ("864000", 35_990, 36_001), ("soon", 3, 7)])
def test_a_receiver_may_ask_to_wait(organization, receiver, wish, low, high):
    receiver.answer = answer_status(429, {"retry-after": wish})
    tell(organization, receiver.url)
    deliver()
    ((due_in,),) = rows(WAIT)
    assert low < due_in < high


def test_redirects_are_not_followed(organization, receiver):
    decoy = Receiver()
    receiver.answer = answer_status(302, {"location": decoy.url})
    tell(organization, receiver.url)
    deliver()
    assert (len(receiver.requests), decoy.requests) == (1, [])
    ((_, status, error, detail, *_),) = rows(ATTEMPTS)
    assert (status, error) == (302, "status")
    assert decoy.url in detail


def test_a_dribbling_answer_ends_with_the_deadline(organization, receiver, settings):
    settings.CALLBACK_TIMEOUT_SECONDS = 1

    def dribble(handler, request):
        for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 50:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.2)

    receiver.answer = dribble
    tell(organization, receiver.url)
    deliver()
    ((_, status, error, _, seconds, *_),) = rows(ATTEMPTS)
    assert (status, error) == (None, "timeout")
    assert 0.9 < seconds < 1.5


def test_an_endless_body_after_success_is_cut_and_is_success(organization, receiver):
    def flood(handler, request):
        handler.send_response(200)
        handler.send_header("content-length", str(10**9))
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            handler.close_connection = True

    receiver.answer = flood
    tell(organization, receiver.url)
    deliver()
    ((_, status, error, _, seconds, _, answer),) = rows(ATTEMPTS)
    assert (status, error, len(answer)) == (200, "", 16384)
    assert seconds < 1


def test_a_hanging_receiver_does_not_hold_up_the_others(organization, receiver, settings):
    settings.CALLBACK_TIMEOUT_SECONDS = 3
    hanging = socket.create_server(("127.0.0.1", 0), backlog=200)
    for _ in range(40):
        tell(organization, f"http://127.0.0.1:{hanging.getsockname()[1]}/")
    for _ in range(60):
        tell(organization, receiver.url)
    started = time.monotonic()
    deliver(run_seconds=2)
    assert len(receiver.requests) == 60
    assert receiver.requests[-1].at - started < 2
    hanging.close()


def test_nobody_there_and_no_such_name(organization, settings):
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    tell(organization, f"http://127.0.0.1:{port}/")
    tell(organization, "http://no-such-name.invalid/")
    deliver()
    assert sorted(error for _, _, error, *_ in rows(ATTEMPTS)) == ["connect", "dns"]


def test_a_kept_connection_that_the_peer_closed_is_opened_anew(organization, receiver):
    def once(handler, request):
        answer_status(200)(handler, request)
        time.sleep(0.05)
        handler.close_connection = True  # without saying so

    receiver.answer = once
    for _ in range(6):
        tell(organization, receiver.url)
    deliver(0.3)
    assert set(rows(STATE)) == {("delivered", 1, 200)}
    assert len(receiver.requests) == 6


def test_mail_addresses_get_the_json_by_mail(organization):
    subject = tell(organization, "mailto:qa@example.com")
    tell(organization, "team@example.com")
    deliver()
    assert sorted(message.to[0] for message in mail.outbox) == ["qa@example.com", "team@example.com"]
    assert json.loads(next(m for m in mail.outbox if m.to == ["qa@example.com"]).body)["task_id"] == subject.hex


def test_a_zombie_s_finish_is_fenced_out(organization, receiver, settings):
    tell(organization, receiver.url)
    zombie, other = uuid.uuid4(), uuid.uuid4()
    settings.CALLBACK_LEASE_SECONDS = 0
    (message,), *_ = claim(zombie)
    settings.CALLBACK_LEASE_SECONDS = 22
    assert len(claim(other)[0]) == 1
    assert claim(zombie)[0] == []
    result = decide(message, Outcome(at=datetime.now(UTC), status_code=200))
    assert finish_deliveries(owner=zombie, results=[result]) == {message.delivery_id: False}
    assert rows(STATE) == [("pending", 0, None)]
    assert finish_deliveries(owner=other, results=[result]) == {message.delivery_id: True}
    assert rows(STATE) == [("delivered", 1, 200)]
    assert rows("SELECT count(*) FROM callbacks_attempt") == [(1,)]


def test_a_result_that_cannot_be_written_takes_no_other_with_it(organization):
    """A NUL is refused by the driver, before the database could."""
    tell(organization, "https://a.example/")
    tell(organization, "https://b.example/")
    owner = uuid.uuid4()
    messages, *_ = claim(owner)

    async def finish() -> None:
        finisher = Finisher(owner, lambda: None)
        for message, address in zip(messages, ("192.0.2.1", "192.0.2.1\x00"), strict=True):
            finisher.add(decide(message, Outcome(at=datetime.now(UTC), status_code=200, address=address)))
        try:
            await asyncio.wait_for(finisher.drain(), 5)
        finally:
            await finisher.close()

    asyncio.run(finish())
    assert sorted(status for status, *_ in rows(STATE)) == ["delivered", "pending"]


def test_claims_keep_to_the_cap_per_endpoint(organization):
    for _ in range(10):
        tell(organization, "https://a.example/")
    tell(organization, "https://b.example/")
    messages, *_ = claim(wanted=64)
    assert len(messages) == 5
    busy = {messages[0].target.endpoint_id: 4}
    assert claim(wanted=64, busy=busy) == ([], None, None)


def test_another_tenant_sees_no_delivery(organization, receiver):
    tell(organization, receiver.url)
    with organization_scope(make_organization("stranger").pk):
        assert list(Delivery.objects.all()) == list(Endpoint.objects.all()) == []
