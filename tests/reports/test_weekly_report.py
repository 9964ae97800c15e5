"""Monday's report: kept once, mailed to those who asked for it, and compared when it is run again."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from audits.models import Task
from audits.services.audits import Judgement, record_verdict
from reports.engine.weeks import last_weeks
from reports.models import WeeklySnapshot
from reports.services import weekly
from reports.services.following import follow_events
from reports.services.subscriptions import set_subscription
from reports.services.weekly import report_last_week
from tests.audits.scene import make_scene
from tests.factories import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    scene = make_scene(tasks=3)
    monday = last_weeks(timezone.now(), scene.organization.time_zone, 1)[0].starts_at
    with scene.scope():
        Task.objects.for_organization(scene.organization).update(completed_at=monday + timedelta(days=1))
        set_subscription(member=scene.members["alice"], wanted=True, now=timezone.now())
    audit(scene, 0, "accepted")
    return scene


def audit(scene, number, verdict):
    with scene.scope():
        record_verdict(auditor=scene.members["bob"], task_id=scene.tasks[number].pk,
                       judgement=Judgement(verdict, "seen"), now=timezone.now())  # fmt: skip
    follow_events()


def page(scene):
    with scene.scope():
        snapshot = WeeklySnapshot.objects.get()
    address = reverse("reports:week", args=[scene.organization.slug, snapshot.pk])
    return snapshot, client_of(scene.members["owner"].user).get(address).content.decode()


def test_it_is_kept_once_and_mailed_to_who_asked_for_it(scene):
    assert report_last_week(now=timezone.now()) == 1
    assert report_last_week(now=timezone.now()) == 0, "nobody gets it twice"
    (letter,) = mail.outbox
    assert letter.to == [scene.members["alice"].user.email]
    snapshot, _ = page(scene)
    assert f"/quality/report/weeks/{snapshot.pk.hex}/" in letter.body
    assert "completed  3" in letter.body
    assert snapshot.figures["audited"] == 1
    assert snapshot.figures["auditors"][0]["reviews"] == 1


def test_what_changes_afterwards_shows_as_a_difference(scene):
    report_last_week(now=timezone.now())
    assert "Run again, the figures are the same." in page(scene)[1]
    audit(scene, 1, "rejected")
    snapshot, shown = page(scene)
    assert snapshot.figures["rejected"] == 0, "the report stays as it was"
    assert "The week has changed since." in shown
    assert "<strong>+1</strong>" in shown


def test_a_mail_that_fails_is_sent_by_the_next_look(scene, monkeypatch):
    def refuse(*_):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as broken:
        broken.setattr(weekly.EmailMessage, "send", refuse)
        assert report_last_week(now=timezone.now()) == 0
    assert report_last_week(now=timezone.now()) == 1


def test_everybody_subscribes_for_themselves(scene):
    client = client_of(scene.members["bob"].user)
    address = reverse("reports:subscribe", args=[scene.organization.slug])
    assert client.post(address, {"wanted": "yes"}).status_code == 302
    assert report_last_week(now=timezone.now()) == 2
    client.post(address, {"wanted": "no"})
    assert (
        "Mail me every Monday" in client.get(reverse("reports:weeks", args=[scene.organization.slug])).content.decode()
    )
