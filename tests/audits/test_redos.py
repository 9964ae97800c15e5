"""Redo: what a rejected task loses and keeps, who may send it back, and that its next response is audited anew."""

import pytest
from django.utils import timezone

from audits.models import Batch, BulkAction, BulkJob, TaskLock
from audits.services.audits import Judgement, record_verdict
from audits.services.batches import create_batch
from audits.services.bulk import Wish, change_tasks
from audits.services.bulk_jobs import create_bulk_job, run_bulk_job
from audits.services.drafts import save_draft
from audits.services.locks import lock_task
from audits.services.redos import NotRejected, redo_task
from audits.services.reverts import Overtaken, revert_audit
from audits.services.tasks import complete_task
from audits.wire import callback_json, task_json
from callbacks.models import CallbackEvent, Delivery
from callbacks.services import create_endpoint
from labelops.errors import Forbidden, InvalidInput, Locked, NotFound
from labelops.tenancy.models import Event
from tests.audits.scene import Scene, make_scene
from tests.factories import client_of

ROLES = {"alice": "auditor", "bob": "auditor", "lead": "lead"}


@pytest.fixture
def scene(db) -> Scene:
    return make_scene(tasks=1, roles=ROLES)


def judge(scene: Scene, task, verdict: str = "rejected", by: str = "alice", comment: str = "It is a goose.", **more):
    judgement = Judgement(verdict, comment, more.pop("response", None))
    with scene.scope():
        return record_verdict(auditor=scene.members[by], task_id=task.pk, judgement=judgement, now=timezone.now())


def redo(scene: Scene, task, by: str = "lead", **more):
    with scene.scope():
        return redo_task(by=scene.members[by], task_id=task.pk, now=timezone.now(), **more)


def complete(scene: Scene, task, category: str = "goose"):
    with scene.scope():
        return complete_task(organization=scene.organization, actor=None, task_id=task.pk,
                             response={"category": category}, completed_by="w-2", now=timezone.now())  # fmt: skip


def bodies(scene: Scene, type: str) -> list[bytes]:
    with scene.scope():
        return [bytes(one.body) for one in CallbackEvent.objects.filter(type=type).order_by("id")]


def test_it_is_pending_again_with_all_that_was_said(scene):
    task = scene.tasks[0]
    judge(scene, task)
    redo(scene, task, note="Look at the neck.")
    after = scene.reload(task)
    assert (after.status, after.review_status, after.attempt, after.response) == ("pending", "", 2, None)
    assert after.prior_responses == [{"category": "duck"}]
    assert [audit.verdict for audit in after.audits.all()] == ["rejected"]
    told = task_json(after, scene.organization)
    assert (told["attempt"], told["customer_review_comments"]) == (2, ["It is a goose."])
    assert "customer_review_status" not in told
    with scene.scope():
        event = Event.objects.get(type="task.recalled")
    assert event.subject_id == after.audits.all()[0].pk
    assert (event.before["review_status"], event.after["attempt"], event.after["comment"]) == (
        "rejected", 2, "Look at the neck.")  # fmt: skip


def test_its_next_response_is_audited_anew_and_nothing_said_is_lost(scene):
    task = scene.tasks[0]
    judge(scene, task)
    redo(scene, task)
    complete(scene, task)
    assert scene.reload(task).review_status == ""
    recorded = judge(scene, task, "fixed", comment="A swan.", response={"category": "swan"})
    told = callback_json(recorded.task, scene.organization)
    assert told["customer_review_comments"] == ["It is a goose.", "A swan."]
    assert [one["category"] for one in told["prior_responses"]] == ["duck", "goose"]
    with scene.scope():
        revert_audit(by=scene.members["alice"], task_id=task.pk, now=timezone.now())
    after = scene.reload(task)
    assert (after.review_status, after.response["category"]) == ("", "goose"), "not the verdict on the first attempt"


def test_integrators_are_told_in_order(scene):
    task = scene.tasks[0]
    with scene.scope():
        create_endpoint(organization=scene.organization, url="https://example.com/", now=timezone.now())
    judge(scene, task)
    redo(scene, task)
    complete(scene, task)
    (body,) = bodies(scene, "task.recalled")
    assert b'"customer_review_comments":["It is a goose."]' in body
    with scene.scope():
        told = Delivery.objects.order_by("sequence").values_list("event__type", flat=True)
        assert list(told) == ["task.audited", "task.recalled", "task.completed"]


def test_its_batch_is_in_progress_again_and_is_told_of_twice(scene):
    with scene.scope():
        create_endpoint(organization=scene.organization, url="https://example.com/", now=timezone.now())
        batch = create_batch(project=scene.project, actor=None, name="march", now=timezone.now())
    task = scene.add_task(batch=batch)
    judge(scene, task)
    redo(scene, task)
    with scene.scope():
        assert Batch.objects.get(pk=batch.pk).status == "in_progress"
    complete(scene, task)
    with scene.scope():
        assert Batch.objects.get(pk=batch.pk).status == "completed"
        told = Delivery.objects.filter(event__type="batch.completed").order_by("sequence")
        assert [one.sequence for one in told] == [2, 3], "the second is not taken for the first"


@pytest.mark.parametrize("state", ["ready", "accepted", "pending"])
def test_only_a_rejected_task_goes_back(scene, state):
    task = scene.tasks[0]
    if state == "accepted":
        judge(scene, task, "accepted")
    if state == "pending":
        judge(scene, task)
        redo(scene, task)
    before = scene.reload(task).version
    with pytest.raises(NotRejected):
        redo(scene, task)
    assert scene.reload(task).version == before


def test_who_may_not_and_what_is_not_there(scene):
    judge(scene, scene.tasks[0])
    with pytest.raises(Forbidden):
        redo(scene, scene.tasks[0], by="alice")
    with pytest.raises(NotFound):
        redo(scene, make_scene(tasks=1).tasks[0])
    with pytest.raises(InvalidInput):
        redo(scene, scene.tasks[0], note="x" * 2001)


def test_a_task_in_somebodys_hands_stays_there_and_ones_own_is_let_go(scene):
    task = scene.tasks[0]
    judge(scene, task)
    with scene.scope():
        lock_task(auditor=scene.members["bob"], task_id=task.pk)
    with pytest.raises(Locked):
        redo(scene, task)
    with scene.scope():
        TaskLock.objects.all().delete()
        lock_task(auditor=scene.members["lead"], task_id=task.pk)
        save_draft(author=scene.members["bob"], task_id=task.pk, verdict="", comment="No", response=None,
                   task_version=task.version, now=timezone.now())  # fmt: skip
    redo(scene, task)
    with scene.scope():
        assert not TaskLock.objects.exists()
        assert not task.drafts.exists()


def test_an_undo_comes_too_late(scene):
    judge(scene, scene.tasks[0])
    redo(scene, scene.tasks[0])
    with pytest.raises(Overtaken), scene.scope():
        revert_audit(by=scene.members["alice"], task_id=scene.tasks[0].pk, now=timezone.now())


def test_many_at_once_and_all_that_match(scene):
    ids = [judge(scene, scene.add_task()).task.pk for _ in range(2)]
    wish = Wish(BulkAction.REDO)
    with scene.scope():
        outcome = change_tasks(by=scene.members["lead"], task_ids=[*ids[:1], scene.tasks[0].pk], wish=wish,
                               now=timezone.now())  # fmt: skip
        assert (outcome.changed, outcome.unchanged) == (1, 1)
        job = create_bulk_job(by=scene.members["lead"], wish=wish, filter={}, now=timezone.now())
    with pytest.raises(Forbidden), scene.scope():
        create_bulk_job(by=scene.members["alice"], wish=wish, filter={}, now=timezone.now())
    done: BulkJob = run_bulk_job(organization_id=job.organization_id, job_id=job.pk, now=timezone.now())
    assert (done.changed, done.unchanged, done.failure) == (1, 2, "")


def test_the_pages_show_it_and_send_it_back(scene):
    task, client = scene.tasks[0], client_of(scene.members["lead"].user)
    judge(scene, task)
    root = f"/o/{scene.organization.slug}/"
    page = f"{root}tasks/{task.public_id}/"
    assert b'id="redo"' in client.get(page).content
    assert b'id="redo"' in client.get(f"{page}audit/").content
    answer = client.post(f"{page}redo/", {"note": "Again", "back": f"{root}quality/"})
    assert answer["Location"] == f"{root}quality/"
    shown = client.get(page).content.decode()
    assert "Sent back: it waits for its response, attempt 2." in shown
    assert "rejected and sent back" in shown
    assert "badge--redo" in client.get(f"{root}tasks/?redo=waiting").content.decode()
    assert task.public_id not in client.get(f"{root}tasks/?redo=done").content.decode()
    assert client.post(f"{page}redo/", {"back": "https://evil.example/"}).status_code == 400
