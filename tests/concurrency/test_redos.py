"""A redo that meets a verdict, a lock or another redo: one of them counts, and nothing is half done."""

import threading

import pytest
from django.utils import timezone

from audits.models import Task, TaskLock
from audits.services.audits import Judgement, record_verdict
from audits.services.locks import NotCompleted, lock_task
from audits.services.redos import NotRejected, redo_task
from labelops.errors import Locked
from labelops.tenancy.models import Event
from tests.audits.scene import make_scene
from tests.concurrency.together import run_together

pytestmark = pytest.mark.django_db(transaction=True)


def rejected_scene():
    scene = make_scene(tasks=1, roles={"alice": "auditor", "lead": "lead"})
    judge(scene, "rejected")
    return scene


def judge(scene, verdict):
    with scene.scope():
        return record_verdict(auditor=scene.members["alice"], task_id=scene.tasks[0].pk,
                              judgement=Judgement(verdict, "so"), now=timezone.now())  # fmt: skip


def redo(scene):
    with scene.scope():
        return redo_task(by=scene.members["lead"], task_id=scene.tasks[0].pk, now=timezone.now())


@pytest.mark.parametrize("_round", range(5))
def test_a_redo_and_a_verdict_do_not_both_count(_round):
    scene = rejected_scene()
    sent_back, judged = run_together([lambda: redo(scene), lambda: judge(scene, "accepted")])
    task = scene.reload(scene.tasks[0])
    if isinstance(sent_back, Exception):
        assert isinstance(sent_back, NotRejected)
        assert (task.status, task.review_status, task.attempt, len(task.audits.all())) == (
            "completed",
            "accepted",
            1,
            2,
        )
    else:
        assert isinstance(judged, NotCompleted)
        assert (task.status, task.review_status, task.attempt, len(task.audits.all())) == ("pending", "", 2, 1)


def test_of_several_redos_at_once_one_counts():
    scene = rejected_scene()
    results = run_together([lambda: redo(scene)] * 3)
    assert sum(isinstance(one, NotRejected) for one in results) == 2
    task = scene.reload(scene.tasks[0])
    assert (task.attempt, len(task.prior_responses)) == (2, 1)
    with scene.scope():
        assert Event.objects.filter(type="task.recalled").count() == 1


@pytest.mark.parametrize("_round", range(5))
def test_a_redo_and_a_lock(_round):
    """Whoever opens it first keeps it; who opens it a moment too late is told so by the verdict."""
    scene = rejected_scene()

    def lock():
        with scene.scope():
            return lock_task(auditor=scene.members["alice"], task_id=scene.tasks[0].pk)

    sent_back, _locked = run_together([lambda: redo(scene), lock])
    task = scene.reload(scene.tasks[0])
    if isinstance(sent_back, Exception):
        assert isinstance(sent_back, Locked)
        assert (task.status, task.review_status) == ("completed", "rejected")
    else:
        assert task.status == "pending"
        with pytest.raises(NotCompleted):
            judge(scene, "accepted")


def test_control_a_redo_that_reads_then_writes_throws_the_newer_verdict_away():
    scene = rejected_scene()
    read, written = threading.Event(), threading.Event()

    def careless():
        with scene.scope():
            seen = Task.objects.get(pk=scene.tasks[0].pk)
            read.set()
            written.wait(timeout=10)
            seen.status, seen.review_status, seen.response = "pending", "", None
            seen.save(update_fields=["status", "review_status", "response"])

    def verdict():
        read.wait(timeout=10)
        judge(scene, "accepted")
        written.set()

    run_together([careless, verdict])
    task = scene.reload(scene.tasks[0])
    assert task.audits.all()[0].verdict == "accepted"
    assert (task.status, task.review_status) == ("pending", "")
    with scene.scope():
        assert not TaskLock.objects.exists()
