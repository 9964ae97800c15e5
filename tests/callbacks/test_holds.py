"""Verdicts that can still be undone: their callbacks wait, whatever else happens to the endpoint meanwhile."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from callbacks import services
from callbacks.outbox import hold, withdraw
from labelops.tenancy.scope import organization_scope
from tests.callbacks.conftest import answer_status, deliver, rows, tell

STATE = "SELECT sequence, status, is_head FROM callbacks_delivery ORDER BY sequence, id"
NOW = datetime.now(UTC)


@pytest.fixture
def endpoint(organization, receiver):
    with organization_scope(organization.pk):
        return services.create_endpoint(organization=organization, url=receiver.url, now=NOW)[0]


def tell_held(organization, subject: uuid.UUID, sequence: int = 1) -> None:
    tell(organization, subject=subject, sequence=sequence)
    with organization_scope(organization.pk):
        until = datetime.now(UTC) + timedelta(seconds=30)
        hold(organization=organization, subject_id=subject, sequence=sequence, until=until)


def told(receiver, subject: uuid.UUID) -> int:
    return sum(subject.hex in request.body.decode() for request in receiver.requests)


def test_a_receiver_that_recovers_hears_nothing_before_its_time(organization, receiver, endpoint):
    receiver.answer = answer_status(500)
    for _ in range(12):
        tell(organization)
    deliver()
    held = uuid.uuid4()
    tell_held(organization, held)
    receiver.answer = answer_status(200)
    rows("UPDATE callbacks_endpointhealth SET open_until = clock_timestamp() WHERE open_until IS NOT NULL")
    rows("UPDATE callbacks_delivery SET due_at = clock_timestamp() WHERE attempts > 0 AND is_head")
    deliver()
    assert rows("SELECT open_until, failures FROM callbacks_endpointhealth") == [(None, 0)]
    assert told(receiver, held) == 0


def test_an_endpoint_that_is_enabled_hears_nothing_before_its_time(organization, receiver, endpoint):
    place = {"organization": organization, "endpoint_id": endpoint.pk, "now": NOW}
    before, during = uuid.uuid4(), uuid.uuid4()
    tell_held(organization, before)
    with organization_scope(organization.pk):
        services.disable_endpoint(**place, reason="Paused.")
    tell_held(organization, during)
    tell(organization)
    with organization_scope(organization.pk):
        services.enable_endpoint(**place)
    deliver()
    assert (told(receiver, before), told(receiver, during), len(receiver.requests)) == (0, 0, 1)


def test_what_is_withdrawn_lets_its_successor_go(organization, receiver, endpoint):
    subject = uuid.uuid4()
    tell_held(organization, subject)
    tell(organization, subject=subject, sequence=2)
    with organization_scope(organization.pk):
        assert withdraw(organization=organization, subject_id=subject, sequence=1, now=NOW)
    assert rows(STATE) == [(1, "canceled", False), (2, "pending", True)]
    deliver()
    assert told(receiver, subject) == 1
