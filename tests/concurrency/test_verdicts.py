"""Verdicts and completions that meet: one history, nothing lost, nothing twice."""

import threading

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from audits.models import Audit, Batch, SessionTally, Task
from audits.services import batches
from audits.services.audits import Judgement, Recorded, TokenUsed, VersionMoved, record_verdict
from audits.services.batches import create_batch
from audits.services.sessions import claim_next
from audits.services.tasks import NewTask, UniqueIdTaken, complete_task, create_task
from tests.audits.scene import PARAMS, make_scene
from tests.concurrency.together import run_together

pytestmark = pytest.mark.django_db(transaction=True)


def judge(scene, name, task, judgement, **options):
    with scene.scope():
        return record_verdict(
            auditor=scene.members[name], task_id=task.pk, judgement=judgement, now=timezone.now(), **options
        )


def fix(category):
    return Judgement("fixed", f"it is a {category}", {"category": category})


def test_two_fixes_at_once_keep_both_responses_in_one_history():
    scene = make_scene(tasks=1)
    task = scene.tasks[0]

    run_together([lambda: judge(scene, "alice", task, fix("goose")), lambda: judge(scene, "bob", task, fix("swan"))])

    after = scene.reload(task)
    newest = after.audits.all()[0]
    assert after.prior_responses[0]["category"] == "duck"
    assert {after.response["category"], after.prior_responses[1]["category"]} == {"goose", "swan"}
    assert newest.response == after.response
    assert after.callback_sequence == task.callback_sequence + 2


def test_control_reading_then_writing_loses_a_prior_response():
    scene = make_scene(tasks=1)
    task, read = scene.tasks[0], threading.Barrier(2)

    def read_then_write(category):
        with scene.scope():
            seen = Task.objects.get(pk=task.pk)
            read.wait(timeout=10)
            seen.prior_responses, seen.response = [*seen.prior_responses, seen.response], {"category": category}
            seen.save(update_fields=["prior_responses", "response"])

    run_together([lambda: read_then_write("goose"), lambda: read_then_write("swan")])

    assert len(scene.reload(task).prior_responses) == 1


def test_of_two_verdicts_on_the_same_version_one_wins():
    scene = make_scene(tasks=1)
    task = scene.tasks[0]

    results = run_together(
        [
            lambda: judge(scene, "alice", task, Judgement("accepted"), version=task.version),
            lambda: judge(scene, "bob", task, Judgement("rejected", "no"), version=task.version),
        ]
    )

    assert sum(isinstance(result, VersionMoved) for result in results) == 1
    assert len(scene.reload(task).audits.all()) == 1


def test_control_without_the_version_both_verdicts_stand():
    scene = make_scene(tasks=1)
    task = scene.tasks[0]

    run_together(
        [
            lambda: judge(scene, "alice", task, Judgement("accepted")),
            lambda: judge(scene, "bob", task, Judgement("rejected", "no")),
        ]
    )

    assert len(scene.reload(task).audits.all()) == 2


def test_a_double_click_leaves_one_audit_and_both_clicks_the_same_answer():
    scene = make_scene(tasks=1)
    session = scene.session()
    with scene.scope():
        held = claim_next(auditor=scene.members["alice"], session=session)
    options = {"session_id": session.pk, "lock_token": held.lease.token, "version": held.task.version}

    results = run_together([lambda: judge(scene, "alice", held.task, fix("swan"), **options) for _ in range(4)])

    assert len({result.audit_id for result in results}) == 1
    assert sorted(result.replayed for result in results) == [False, True, True, True]
    assert len(scene.reload(held.task).prior_responses) == 1


def test_control_without_the_token_a_double_click_counts_twice():
    scene = make_scene(tasks=1)

    run_together([lambda: judge(scene, "alice", scene.tasks[0], Judgement("accepted")) for _ in range(4)])

    assert len(scene.reload(scene.tasks[0]).audits.all()) == 4


def test_another_verdict_under_a_used_token_changes_nothing():
    scene = make_scene(tasks=1)
    session = scene.session()
    with scene.scope():
        held = claim_next(auditor=scene.members["alice"], session=session)
    options = {"session_id": session.pk, "lock_token": held.lease.token}
    judge(scene, "alice", held.task, Judgement("accepted"), **options)

    with pytest.raises(TokenUsed):
        judge(scene, "alice", held.task, Judgement("rejected", "no"), **options)

    assert scene.reload(held.task).review_status == "accepted"


def finish_the_last_two(scene):
    """Two pending tasks of one batch completed at the same moment; the batch after it."""
    with scene.scope():
        batch = create_batch(project=scene.project, actor=None, name="b", now=timezone.now())
    pending = [scene.add_task(done=False, batch=batch) for _ in range(2)]

    def complete(task):
        with scene.scope():
            complete_task(organization=scene.organization, actor=None, task_id=task.pk, response={"category": "swan"},
                          now=timezone.now())  # fmt: skip

    results = run_together([lambda task=task: complete(task) for task in pending])
    assert results == [None, None]
    with scene.scope():
        return Batch.objects.get(pk=batch.pk)


def test_the_last_two_tasks_of_a_batch_completed_at_once_complete_it():
    assert finish_the_last_two(make_scene(tasks=0)).status == Batch.Status.COMPLETED


def test_control_without_the_batch_lock_both_look_past_each_other(monkeypatch):
    looked = threading.Barrier(2)

    def look_without_locking(*, batch, organization, now, notify=True):
        tasks = Task.objects.for_organization(organization).filter(batch_id=batch.pk)
        open_ones = tasks.filter(status="pending").exists()
        looked.wait(timeout=10)
        if not open_ones:
            Batch.objects.filter(pk=batch.pk).update(status="completed")

    monkeypatch.setattr("audits.services.tasks.complete_batch_if_done", look_without_locking)
    assert batches.complete_batch_if_done is not look_without_locking

    assert finish_the_last_two(make_scene(tasks=0)).status == Batch.Status.IN_PROGRESS


def test_one_unique_id_makes_one_task_however_many_send_it():
    scene = make_scene(tasks=0)

    def create():
        with scene.scope():
            return create_task(organization=scene.organization, actor=None,
                               new=NewTask("categorization", PARAMS, unique_id="u"), now=timezone.now())  # fmt: skip

    results = run_together([create] * 6)

    assert sum(isinstance(result, UniqueIdTaken) for result in results) == 5
    with scene.scope():
        assert Task.objects.count() == 1


def test_control_asking_first_lets_every_sender_through():
    scene, asked = make_scene(tasks=0), threading.Barrier(6)

    def ask():
        with scene.scope():
            free = not Task.objects.filter(unique_id="u").exists()
            asked.wait(timeout=10)
            return free

    assert all(run_together([ask] * 6))


def test_an_audit_and_its_event_stand_or_fall_together(monkeypatch):
    scene = make_scene(tasks=1)

    def fail(*args, **kwargs):
        raise RuntimeError("the outbox is on fire")

    monkeypatch.setattr("audits.services.audits.announce_verdict", fail)
    with pytest.raises(RuntimeError):
        judge(scene, "alice", scene.tasks[0], Judgement("accepted"))

    with scene.scope():
        assert Audit.objects.count() == 0
    assert scene.reload(scene.tasks[0]).review_status == ""


def judge_while_another_is_under_way(slots, monkeypatch):
    """What became of a verdict that may wait for half a second, beside one of its session that is not committed."""
    monkeypatch.setattr(SessionTally, "SLOTS", slots)
    # Of so many people two share one of sixteen slots.
    crowd = {f"auditor{number}": "auditor" for number in range(17)}
    scene = make_scene(tasks=4, roles=crowd)
    session, by_slot = scene.session(), {}
    for name in crowd:
        by_slot.setdefault(scene.members[name].user_id.int % 16, []).append(name)
    pair = next(names for names in by_slot.values() if len(names) > 1)[:2]
    # The rows are there: making one would be waited for too.
    for name in pair:
        judge(scene, name, scene.tasks[pair.index(name)], Judgement("accepted"), session_id=session.pk)
    judged, done = threading.Event(), threading.Event()

    def first():
        with scene.scope():
            judge(scene, pair[0], scene.tasks[2], Judgement("accepted"), session_id=session.pk)
            judged.set()
            done.wait(timeout=10)

    def second():
        judged.wait(timeout=10)
        try:
            with scene.scope(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '500ms'")
                return judge(scene, pair[1], scene.tasks[3], Judgement("accepted"), session_id=session.pk)
        finally:
            done.set()

    return run_together([first, second])[1]


def test_two_auditors_of_a_session_do_not_wait_for_each_other_s_commit(monkeypatch):
    result = judge_while_another_is_under_way(SessionTally.SLOTS, monkeypatch)
    assert isinstance(result, Recorded), result


def test_control_in_one_of_few_slots_they_wait(monkeypatch):
    assert isinstance(judge_while_another_is_under_way(16, monkeypatch), OperationalError)
