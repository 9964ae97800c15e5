"""The demo: made once, the same every time, and something to find in it."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from audits.models import Attachment, Batch, Performer
from audits.services.demo import create_demo
from audits.services.demo_data import pictures
from labelops.tenancy.models import Membership, Organization
from labelops.tenancy.scope import organization_scope, system_scope
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
    assert len(found.tasks) == 64
    assert found.refused == []
    assert sum(task.status == "pending" for task in found.tasks) == 3
    assert {task.project.name for task in found.tasks} == {"Shapes", "Customer mood"}
    assert all(task.instruction.startswith("Generated demo data.") for task in found.tasks)
    with organization_scope(organization.pk):
        assert Attachment.objects.for_organization(organization).count() == 24
        assert Performer.objects.for_organization(organization).count() == 5
        assert sorted(Batch.objects.for_organization(organization).values_list("status", flat=True)) == [
            "completed",
            "in_progress",
        ]
        roles = Membership.objects.for_organization(organization).values_list("role", flat=True)
        assert sorted(roles) == ["auditor", "auditor", "integrator", "lead", "owner", "requester"]


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
