"""An undo that meets a second audit: the newer verdict is never thrown away."""

import threading

import pytest
from django.utils import timezone

from audits.models import Audit, SessionTally, Task
from audits.services.audits import Judgement, record_verdict
from audits.services.flow import judge_and_claim
from audits.services.reverts import NotYours, revert_audit
from audits.services.sessions import claim_next
from labelops.errors import Conflict, Locked
from tests.audits.scene import make_scene
from tests.concurrency.together import run_together

pytestmark = pytest.mark.django_db(transaction=True)


def accept(scene, name, task, **options):
    with scene.scope():
        return record_verdict(auditor=scene.members[name], task_id=task.pk, judgement=Judgement("accepted"),
                              now=timezone.now(), **options)  # fmt: skip


def fix(scene, name, task):
    judgement = Judgement("fixed", "a swan", {"category": "swan"})
    with scene.scope():
        return record_verdict(auditor=scene.members[name], task_id=task.pk, judgement=judgement, now=timezone.now())


def undo(scene, name, task):
    with scene.scope():
        return revert_audit(by=scene.members[name], task_id=task.pk, now=timezone.now())


@pytest.mark.parametrize("_round", range(5))
def test_an_undo_and_a_second_audit_leave_one_history(_round):
    scene = make_scene(tasks=1)
    task = scene.tasks[0]
    accept(scene, "alice", task)
    undone, fixed = run_together([lambda: undo(scene, "alice", task), lambda: fix(scene, "bob", task)])
    after = scene.reload(task)
    # One of them is refused: a newer verdict stands (which was not theirs to undo, where it was there first), and what
    # was undone is in its auditor's hands again.
    if isinstance(undone, Exception):
        assert isinstance(undone, Conflict | NotYours)
        assert (after.review_status, after.response["category"], len(after.audits.all())) == ("fixed", "swan", 2)
    else:
        assert isinstance(fixed, Locked)
        assert (after.review_status, after.response["category"], len(after.audits.all())) == ("", "duck", 0)


def test_control_an_undo_that_reads_then_writes_throws_the_newer_audit_away():
    scene = make_scene(tasks=1)
    task, read, written = scene.tasks[0], threading.Event(), threading.Event()
    accept(scene, "alice", task)

    def careless_undo():
        with scene.scope():
            seen = Task.objects.get(pk=task.pk)
            read.set()
            written.wait(timeout=10)
            seen.review_status, seen.response = "", {"category": "duck"}
            seen.save(update_fields=["review_status", "response"])

    def second():
        read.wait(timeout=10)
        fix(scene, "bob", task)
        written.set()

    run_together([careless_undo, second])
    after = scene.reload(task)
    assert after.audits.all()[0].verdict == "fixed"
    assert (after.review_status, after.response["category"]) == ("", "duck")


def test_of_two_undos_at_once_one_counts():
    scene = make_scene(tasks=2)
    session = scene.session()
    alice = scene.members["alice"]
    with scene.scope():
        first = claim_next(auditor=alice, session=session)
        judge_and_claim(auditor=alice, session_id=session.pk, task_id=first.task.pk, judgement=Judgement("accepted"),
                        now=timezone.now(), lock_token=first.lease.token, version=first.task.version)  # fmt: skip
    results = run_together([lambda: undo(scene, "alice", first.task)] * 3)
    assert sum(isinstance(result, Conflict) for result in results) == 2
    with scene.scope():
        assert [tally.accepted for tally in SessionTally.objects.all()] == [0]
        assert Audit.objects.exclude(reverted_at=None).count() == 1


@pytest.mark.parametrize("_round", range(5))
def test_an_undo_and_the_next_verdict_of_the_same_person_do_not_wait_for_each_other_for_ever(_round):
    scene = make_scene(tasks=3)
    session = scene.session()
    alice = scene.members["alice"]
    with scene.scope():
        first = claim_next(auditor=alice, session=session)
        second = judge_and_claim(
            auditor=alice, session_id=session.pk, task_id=first.task.pk, judgement=Judgement("accepted"),
            now=timezone.now(), lock_token=first.lease.token, version=first.task.version,
        ).claimed  # fmt: skip

    def judge_second():
        with scene.scope():
            return judge_and_claim(
                auditor=scene.members["alice"], session_id=session.pk, task_id=second.task.pk,
                judgement=Judgement("accepted"), now=timezone.now(), lock_token=second.lease.token,
                version=second.task.version,
            )  # fmt: skip

    results = run_together([lambda: undo(scene, "alice", first.task), judge_second])
    assert [one for one in results if isinstance(one, Exception) and not isinstance(one, Conflict)] == []
