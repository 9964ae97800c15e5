"""The same API call arriving several times at once, as retries and the client's example with fifty threads make it."""

import threading

import pytest
from django.utils import timezone

from audits.models import Audit, Task
from audits.models.task import TaskQuerySet
from audits.services import remote_audits
from audits.services.audits import Judgement
from audits.services.batches import create_batch
from audits.services.intake import TaskRequest, create_requested_task
from audits.services.tasks import UniqueIdTaken, complete_task
from tests.audits.scene import PARAMS, Scene, make_scene
from tests.concurrency.together import run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene() -> Scene:
    return make_scene(tasks=1)


def audit(scene: Scene):
    with scene.scope():
        return remote_audits.audit_remotely(
            by=scene.members["owner"],
            task_id=scene.tasks[0].pk,
            judgement=Judgement("rejected", "blurred"),
            now=timezone.now(),
        )


def audits_of(scene: Scene) -> int:
    with scene.scope():
        return Audit.objects.for_organization(scene.organization).count()


def test_one_audit_arriving_eight_times_leaves_one_entry(scene):
    answers = run_together([lambda: audit(scene)] * 8)
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 7
    assert audits_of(scene) == 1


def test_without_the_row_lock_two_would_be_recorded(scene, monkeypatch):
    """The control: both look before either writes."""
    look, both_looked = remote_audits._repeated, threading.Barrier(2)

    def look_together(*arguments):
        found = look(*arguments)
        both_looked.wait(timeout=10)
        return found

    monkeypatch.setattr(TaskQuerySet, "select_for_update", lambda tasks, **_: tasks)
    monkeypatch.setattr(remote_audits, "_repeated", look_together)
    run_together([lambda: audit(scene)] * 2)
    assert audits_of(scene) == 2


def create(scene: Scene, **fields) -> Task:
    request = TaskRequest(type="categorization", params=PARAMS, project="birds", **fields)
    with scene.scope():
        return create_requested_task(organization=scene.organization, actor=None, request=request, now=timezone.now())


def test_one_unique_id_is_given_once_and_the_others_learn_to_whom(scene):
    answers = run_together([lambda: create(scene, unique_id="u")] * 8)
    (made,) = [answer for answer in answers if isinstance(answer, Task)]
    refused = [answer for answer in answers if isinstance(answer, UniqueIdTaken)]
    assert [error.data["task_id"] for error in refused] == [made.public_id] * 7


def test_a_batch_that_gets_tasks_while_they_are_done_ends_completed(scene):
    with scene.scope():
        batch = create_batch(project=scene.project, actor=None, name="b", now=timezone.now())

    def create_and_complete():
        task = create(scene, batch="b")
        with scene.scope():
            complete_task(
                organization=scene.organization, actor=None, task_id=task.pk, response={"category": "duck"},
                now=timezone.now(),
            )  # fmt: skip

    assert run_together([create_and_complete] * 12) == [None] * 12
    with scene.scope():
        batch.refresh_from_db()
    assert batch.status == "completed"
