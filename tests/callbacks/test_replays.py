"""Replays that end otherwise than by being through: canceled in the middle of a sending, or with their endpoint."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from callbacks import services
from callbacks.leases import decide, feed_replays, finish_deliveries
from callbacks.messages import Outcome
from labelops.tenancy.scope import organization_scope
from tests.callbacks.conftest import claim, deliver, rows, tell

STATUSES = "SELECT status, count(*) FROM callbacks_delivery GROUP BY 1 ORDER BY 1"


@pytest.fixture
def replay(organization, receiver):
    """Ten callbacks that arrived, put into the queue once more."""
    now = datetime.now(UTC)
    with organization_scope(organization.pk):
        endpoint, _ = services.create_endpoint(organization=organization, url=receiver.url, now=now)
    for _ in range(10):
        tell(organization)
    deliver()
    receiver.requests.clear()
    later = datetime.now(UTC) + timedelta(seconds=1)
    span = {"since": now - timedelta(days=1), "until": later, "statuses": ["delivered"], "now": later}
    with organization_scope(organization.pk):
        started = services.start_replay(organization=organization, actor=None, endpoint_id=endpoint.pk, **span)
    assert feed_replays(portion=500) == 10
    return started


def cancel(organization, replay) -> None:
    with organization_scope(organization.pk):
        services.cancel_replay(organization=organization, replay_id=replay.pk, now=datetime.now(UTC))


def test_what_fails_after_the_cancel_is_as_it_was_before(organization, replay):
    owner = uuid.uuid4()
    messages, *_ = claim(owner, wanted=4)
    cancel(organization, replay)
    assert rows(STATUSES) == [("delivered", 6), ("pending", 4)]
    outcomes = [Outcome(at=datetime.now(UTC), status_code=code, error="status" if code > 299 else "")
                for code in (500, 410, 200, 500)]  # fmt: skip
    results = [decide(*one) for one in zip(messages, outcomes, strict=True)]
    assert set(finish_deliveries(owner=owner, results=results).values()) == {True}
    assert rows(STATUSES) == [("delivered", 10)]
    assert rows("SELECT count(*) FROM callbacks_delivery WHERE is_head") == [(0,)]
    # The attempts were made, so the log has them; and gone is gone.
    assert rows("SELECT count(*) FROM callbacks_attempt") == [(14,)]
    assert rows("SELECT status FROM callbacks_endpoint") == [("disabled",)]


def test_what_a_dead_deliverer_had_taken_is_not_sent_after_the_cancel(organization, receiver, replay):
    claim(uuid.uuid4(), wanted=4)
    rows("UPDATE callbacks_delivery SET lease_until = clock_timestamp() - interval '1 s' WHERE lease_until IS NOT NULL")
    cancel(organization, replay)
    deliver()
    assert receiver.requests == []
    assert rows(STATUSES) == [("delivered", 10)]


def test_a_replay_ends_with_its_endpoint(organization, replay):
    with organization_scope(organization.pk):
        services.delete_endpoint(organization=organization, endpoint_id=replay.endpoint_id, now=datetime.now(UTC))
    assert rows("SELECT status, finished_at IS NOT NULL FROM callbacks_replay") == [("canceled", True)]
