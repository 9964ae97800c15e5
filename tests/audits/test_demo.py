"""The demo: made once, the same every time, and something to find in it."""

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from audits.models import Attachment, Audit, AuditSession, Batch, Performer, SecondAudit, Task, TaskLock
from audits.services.demo import create_demo
from audits.services.demo_data import SENTENCES, THINGS, pictures
from audits.services.demo_weeks import A_WEEK, BEGUN, SAMPLE, TWICE, WEEKS, DemoWeeks
from labelops.tenancy.models import Membership, Organization, User
from labelops.tenancy.scope import organization_scope, system_scope
from reports.services.following import follow_events
from tests.audits.files import Found
from tests.factories import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def demo():
    with system_scope("command line"):
        return Organization.objects.get(slug="demo")


def test_the_first_call_makes_it_and_the_second_changes_nothing(capsys):
    assert [create_demo(password="demo-password", now=timezone.now()) for _ in range(2)] == [True, False]

    organization = demo()
    found = Found(organization)
    assert organization.is_demo
    assert len(found.tasks) == 64 + WEEKS * A_WEEK
    assert found.refused == []
    assert sum(task.status == "pending" for task in found.tasks) == 3
    assert {task.project.name for task in found.tasks} == {"Shapes", "Customer mood"}
    assert all(task.instruction.startswith("Generated demo data.") for task in found.tasks)
    with organization_scope(organization.pk):
        assert Attachment.objects.for_organization(organization).count() == 24
        assert Performer.objects.for_organization(organization).count() == 5
        batches = Batch.objects.for_organization(organization).values_list("status", flat=True)
        assert sorted(batches) == ["completed"] * (WEEKS + 1) + ["in_progress"]
        roles = Membership.objects.for_organization(organization).values_list("role", flat=True)
        assert sorted(roles) == ["auditor", "auditor", "integrator", "lead", "owner", "requester"]


def test_its_weeks_were_audited_and_the_newest_session_waits():
    now = timezone.now()
    create_demo(password="demo-password", now=now)
    follow_events()

    organization = demo()
    with organization_scope(organization.pk):
        tasks = Task.objects.for_organization(organization)
        sessions = AuditSession.objects.for_organization(organization).order_by("seed")
        assert [one.status for one in sessions] == ["finished"] * (WEEKS - 1) + ["open"]
        audited = tasks.exclude(review_status="")
        assert audited.count() == (WEEKS - 1) * SAMPLE + round(SAMPLE * BEGUN)
        # A sample of work that is mostly right: neither all accepted nor a mess.
        assert 0.02 < audited.exclude(review_status="accepted").count() / audited.count() < 0.3
        assert not TaskLock.objects.for_organization(organization).exists()
        seconds = SecondAudit.objects.for_organization(organization).exclude(verdict="")
        assert seconds.count() == (WEEKS - 1) * SAMPLE * TWICE
        times = Audit.objects.for_organization(organization).values_list("seconds", flat=True)
        assert min(times) > 3
    owner = User.objects.get(email="owner@demo.localhost")
    page = client_of(owner).get("/o/demo/quality/").content.decode()
    assert "Not enough yet" not in page
    summary = client_of(owner).get("/o/demo/quality/report/auditors/").content.decode()
    assert "auditor2@demo.localhost" in summary


def test_every_verdict_of_the_demo_fits_what_the_text_says():
    weeks = DemoWeeks(zone="US/Pacific", now=timezone.now())
    records = list(weeks.records())
    said = {sentence.format(thing): mood for mood, them in SENTENCES.items() for sentence in them for thing in THINGS}
    for record in records:
        assert said[record["params"]["attachment"]] == weeks.moods[record["unique_id"]]
        assert parse_datetime(record["created_at"]) < parse_datetime(record["completed_at"]) < timezone.now()


def test_its_pictures_are_the_same_every_time_and_some_boxes_are_wrong():
    now = timezone.now()
    first, second = ([(picture, one.get("response")) for picture, one in pictures(now=now)] for _ in range(2))

    assert first == second


def test_the_command_prints_logins_that_open_it(capsys):
    call_command("create_demo")
    out = capsys.readouterr().out
    call_command("create_demo")

    assert "owner@demo.localhost" in out
    assert "labelops-demo" in out
    with organization_scope(demo().pk):
        owner = Membership.objects.for_organization(demo()).select_related("user").get(role="owner").user
    assert owner.check_password("labelops-demo")
    assert client_of(owner).get("/o/demo/import/").status_code == 200
