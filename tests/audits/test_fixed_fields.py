"""Make Changes on a project with fields of its own: what they do not take is refused by the server, at the field."""

import json

import pytest
from django.utils import timezone

from audits.models import Project
from audits.services.audits import Judgement, record_verdict
from labelops.errors import InvalidInput
from tests.audits.scene import make_scene
from tests.audits.test_pages_workspace import HTMX, Auditor

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {"mood": {"type": "string", "allowed_values": ["good", "bad"]}, "stars": {"type": "integer", "required": False},
         "secret": {"type": "string", "hidden": True}}  # fmt: skip


@pytest.fixture
def scene():
    scene = make_scene(tasks=0)
    with scene.scope():
        Project.objects.filter(pk=scene.project.pk).update(type="custom", task_fields={"output_spec": ASKED})
    scene.add_task(type="custom", params={"text": "Hm."}, done=True)
    return scene


def test_a_fix_must_be_what_the_projects_fields_ask_for(scene):
    alice = Auditor(scene, "alice", scene.session())
    alice.open()
    for response, places in (
        (
            {"mood": "fair", "stars": "many"},
            {"mood": "One of good, bad.", "stars": "Give a value of the type integer."},
        ),
        ({"category": "duck", "stars": 1}, {"mood": "This field is required."}),
    ):
        answer = alice.judge("fixed", response=json.dumps(response), headers=HTMX)
        assert (answer.status_code, answer.json()["places"]) == (400, places)
        assert answer.json()["error"] == "mood: " + places["mood"], "the first in the project's order"
    assert scene.reload(scene.tasks[0]).review_status in ("", None)
    # What it does not name stays as it was, and what is hidden is not asked for.
    assert (
        alice.judge("fixed", response=json.dumps({"category": "duck", "mood": "bad"}), headers=HTMX).status_code == 200
    )
    assert scene.reload(scene.tasks[0]).review_status == "fixed"


def test_the_api_refuses_it_too(scene):
    judgement, task = Judgement("fixed", "", {"mood": 3}), scene.tasks[0]
    with scene.scope(), pytest.raises(InvalidInput) as refused:
        record_verdict(auditor=scene.members["alice"], task_id=task.pk, judgement=judgement, now=timezone.now())
    assert list(refused.value.fields) == ["response.mood"]
