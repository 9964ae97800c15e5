"""What operators read and what people are told by mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from callbacks.alerts import send_alerts
from callbacks.services import create_endpoint
from labelops.tenancy.models import User
from labelops.tenancy.scope import organization_scope
from tests.callbacks.conftest import answer_status, deliver, rows, tell
from tests.factories import ScopedClient, client_of, make_member
from tests.factories import make_organization as make_whole_organization

HEALTH = "UPDATE callbacks_endpointhealth SET "
TOKEN = {"Authorization": "Bearer a-token"}


@pytest.fixture
def failing(transactional_db, receiver):
    """An organization with owner and integrator, and an endpoint that has failed once."""
    acme = make_whole_organization(slug="acme")
    for role in ("integrator", "auditor"):
        make_member(organization=acme, role=role, email=f"{role}@acme.example")
    with organization_scope(acme.pk):
        create_endpoint(organization=acme, url=receiver.url, now=timezone.now())
    receiver.answer = answer_status(500)
    tell(acme)
    deliver()
    return acme


def told(days: float = 0) -> list[str]:
    mail.outbox.clear()
    send_alerts(now=timezone.now() + timedelta(days=days))
    assert all(sorted(one.to) == ["integrator@acme.example", "owner@acme.example"] for one in mail.outbox)
    return [one.subject.partition(" ")[2].partition(" ")[2] for one in mail.outbox]


def test_a_day_and_three_days_of_failures_are_told_once(failing, receiver):
    assert told() == []
    (day,) = told(1.1)
    assert "for a day" in day
    assert told(1.2) == []
    (three,) = told(3.1)
    assert "for three days" in three
    assert told(3.2) == []
    receiver.answer = answer_status(200)
    rows("UPDATE callbacks_delivery SET due_at = clock_timestamp()")
    deliver()
    assert told(4) == []
    assert rows("SELECT alerted FROM callbacks_endpointhealth") == [([],)]


def test_a_callback_given_up_is_told_once_a_day(failing, receiver):
    rows("UPDATE callbacks_delivery SET attempts = 11, due_at = clock_timestamp()")
    deliver()
    assert rows("SELECT status FROM callbacks_delivery") == [("dead",)]
    (subject,) = told()
    assert "was given up" in subject
    assert told(0.5) == []


def test_an_endpoint_that_the_engine_disabled_is_told_of(failing, receiver):
    receiver.answer = answer_status(410)
    tell(failing)
    deliver()
    (subject,) = told()
    assert "switched off" in subject
    assert "410" in mail.outbox[0].body
    # The way to where it can be enabled.
    page = mail.outbox[0].body.rpartition("/o/")[2]
    owner = client_of(User.objects.get(email="owner@acme.example"))
    assert b"410" in owner.get(f"/o/{page}").content
    assert told() == []


def test_metrics_for_those_who_bear_the_token(failing, settings):
    # However long the machine took to come here.
    rows("UPDATE callbacks_delivery SET due_at = clock_timestamp() + interval '1 hour'")
    assert ScopedClient().get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "a-token"
    assert ScopedClient().get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 404
    text = ScopedClient().get("/metrics", headers=TOKEN).content.decode()
    for line in (
        "labelops_callbacks_due 0",
        "labelops_callbacks_waiting 1",
        "labelops_callbacks_in_flight 0",
        'labelops_callbacks_breakers{state="closed"} 1',
        'labelops_callbacks_attempts_total{outcome="status"} 1',
        "labelops_callbacks_attempt_seconds_count 1",
        "labelops_callbacks_oldest_due_age_seconds 0",
    ):
        assert f"{line}\n" in text, text
