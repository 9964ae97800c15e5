"""Undo: the response and status before come back, once, for half a minute, and only while nothing came after."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audits.models import Audit, Draft, SessionItem, TaskLock
from audits.services.audits import Judgement, record_verdict
from audits.services.flow import judge_and_claim
from audits.services.locks import lock_task
from audits.services.projects import set_project_reasons
from audits.services.reverts import (
    NothingToUndo,
    NotYours,
    Overtaken,
    TooLateToUndo,
    revert_audit,
)
from audits.services.sessions import SessionClosed, claim_next, find_session, finish_session
from audits.views.history import history_of
from audits.wire import task_json
from callbacks.models import Delivery
from labelops.errors import InvalidInput, Locked, NotFound
from labelops.tenancy.models import Event, EventType
from tests.audits.scene import make_scene
from tests.factories import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene(roles={"alice": "auditor", "bob": "auditor", "lead": "lead"})


def judge(scene, task, verdict="accepted", by="alice", **said):
    with scene.scope():
        judgement = Judgement(verdict, **said)
        return record_verdict(auditor=scene.members[by], task_id=task.pk, judgement=judgement, now=timezone.now())


def undo(scene, task, by="alice"):
    with scene.scope():
        return revert_audit(by=scene.members[by], task_id=task.pk, now=timezone.now())


def age(scene, task, seconds):
    with scene.scope():
        earlier = timezone.now() - timedelta(seconds=seconds)
        Audit.objects.filter(task=task).update(audited_at=earlier)


def test_the_response_and_the_status_before_come_back(scene):
    task = scene.tasks[0]
    judge(scene, task, "fixed", comment="a goose", response={"category": "goose"})
    undo(scene, task)
    after = scene.reload(task)
    assert (after.review_status, after.response, after.prior_responses) == ("", {"category": "duck"}, [])
    assert after.version == task.version + 2
    assert list(after.audits.all()) == []


def test_the_verdict_before_stands_again(scene):
    task = scene.tasks[0]
    judge(scene, task, "fixed", by="bob", comment="a goose", response={"category": "goose"})
    judge(scene, task, "rejected", comment="no")
    undo(scene, task)
    after = scene.reload(task)
    assert after.review_status == "fixed"
    assert after.response["category"] == "goose"
    assert [response["category"] for response in after.prior_responses] == ["duck"]
    with scene.scope():
        whole = task_json(after, scene.organization)
    assert whole["customer_review_status"] == "fixed"
    assert len(whole["audits"]) == 1


def test_what_was_written_comes_back_as_a_draft_with_the_lock(scene):
    task = scene.tasks[0]
    judge(scene, task, "rejected", comment="no goose here")
    reverted = undo(scene, task)
    with scene.scope():
        draft = Draft.objects.get(task=task)
        lock = TaskLock.objects.get(task=task)
    assert draft.comment == "no goose here"
    assert (lock.holder_id, lock.token) == (scene.members["alice"].user_id, reverted.lease.token)


def test_the_history_keeps_the_verdict_and_says_that_it_was_taken_back(scene):
    task = scene.tasks[0]
    judge(scene, task)
    undo(scene, task)
    with scene.scope():
        entries = history_of(scene.reload(task), Event.objects.about_task(task.pk), scene.organization)
    told = [(entry.text, entry.is_reverted) for entry in entries if entry.icon == "undo-2" or entry.kind]
    assert told == [("took the verdict back", False), ("accepted it", True)]


def test_in_a_session_the_queue_and_the_figures_are_as_before(scene):
    session = scene.session()
    alice = scene.members["alice"]
    with scene.scope():
        first = claim_next(auditor=alice, session=session)
        second = judge_and_claim(
            auditor=alice, session_id=session.pk, task_id=first.task.pk, judgement=Judgement("accepted"),
            now=timezone.now(),
            lock_token=first.lease.token, version=first.task.version,
        ).claimed  # fmt: skip
        assert find_session(member=alice, session_id=session.pk).progress.accepted == 1
    undo(scene, first.task)
    with scene.scope():
        assert find_session(member=alice, session_id=session.pk).progress.done == 0
        assert [lock.pk for lock in TaskLock.objects.all()] == [first.task.pk]
        assert SessionItem.objects.get(task=first.task).state == SessionItem.State.OPEN
        assert claim_next(auditor=alice, session=session).task == first.task
        assert claim_next(auditor=scene.members["bob"], session=session).task == second.task
        assert Audit.objects.count_by_verdict()["reviews"] == 0


def test_an_undone_task_that_is_left_is_handed_out_though_the_queue_has_moved_on(scene):
    session = scene.session()
    alice, bob = scene.members["alice"], scene.members["bob"]
    with scene.scope():
        first = claim_next(auditor=alice, session=session)
        judge_and_claim(auditor=alice, session_id=session.pk, task_id=first.task.pk, judgement=Judgement("accepted"),
                        now=timezone.now(), lock_token=first.lease.token, version=first.task.version)  # fmt: skip
        type(session).objects.filter(pk=session.pk).update(first_open=3)
        revert_audit(by=alice, task_id=first.task.pk, now=timezone.now())
        TaskLock.objects.all().delete()
        handed = [claim_next(auditor=who, session=session).task for who in (alice, bob)]
    assert first.task in handed


def test_it_can_be_done_once_only(scene):
    task = scene.tasks[0]
    judge(scene, task)
    undo(scene, task)
    with pytest.raises(NothingToUndo):
        undo(scene, task)
    with pytest.raises(NothingToUndo):
        undo(scene, scene.tasks[1])


def test_it_can_be_done_for_half_a_minute_only(scene):
    task = scene.tasks[0]
    judge(scene, task)
    age(scene, task, 31)
    with pytest.raises(TooLateToUndo):
        undo(scene, task)
    age(scene, task, 20)
    assert undo(scene, task).task.review_status == ""


def test_others_may_not_but_a_lead_may_and_gets_no_lock(scene):
    task = scene.tasks[0]
    judge(scene, task)
    with pytest.raises(NotYours):
        undo(scene, task, by="bob")
    assert undo(scene, task, by="lead").lease is None
    with scene.scope():
        assert not TaskLock.objects.exists()
        assert Event.objects.get(type=EventType.TASK_AUDIT_REVERTED).actor == scene.members["lead"].user


def test_a_newer_audit_stays(scene):
    task = scene.tasks[0]
    judge(scene, task)
    judge(scene, task, "rejected", by="bob", comment="no")
    with pytest.raises(NotYours):
        undo(scene, task)
    judge(scene, task, by="alice")
    with scene.scope():
        type(task).objects.filter(pk=task.pk).update(version=9)
    with pytest.raises(Overtaken):
        undo(scene, task)


def test_a_task_that_somebody_has_opened_stays(scene):
    task = scene.tasks[0]
    judge(scene, task)
    with scene.scope():
        lock_task(auditor=scene.members["bob"], task_id=task.pk)
    with pytest.raises(Locked):
        undo(scene, task)


def test_a_closed_session_stands(scene):
    session = scene.session()
    alice = scene.members["alice"]
    with scene.scope():
        first = claim_next(auditor=alice, session=session)
        judge_and_claim(auditor=alice, session_id=session.pk, task_id=first.task.pk, judgement=Judgement("accepted"),
                        now=timezone.now(), lock_token=first.lease.token, version=first.task.version)  # fmt: skip
        finish_session(by=scene.members["owner"], session=session, now=timezone.now())
    with pytest.raises(SessionClosed):
        undo(scene, first.task)


def test_a_strangers_task_is_not_there(scene):
    other = make_scene(tasks=1)
    judge(other, other.tasks[0])
    with pytest.raises(NotFound):
        undo(scene, other.tasks[0])


def sent_about(scene, task):
    with scene.scope():
        rows = Delivery.objects.filter(subject_id=task.pk).select_related("event").order_by("sequence")
        return [(row.event.type, row.status, row.due_at) for row in rows]


def listen(scene, *, hold):
    scene.organization.callback_url = "https://receiver.example/hook"
    scene.organization.hold_callbacks = hold
    for member in scene.members.values():
        member.organization = scene.organization


def test_receivers_are_told_of_the_verdict_and_of_the_undoing(scene):
    listen(scene, hold=False)
    task = scene.tasks[0]
    judge(scene, task)
    undo(scene, task)
    assert [(kind, status) for kind, status, _ in sent_about(scene, task)] == [
        ("task.audited", "pending"), ("task.audit_reverted", "pending"),
    ]  # fmt: skip


def test_where_callbacks_are_held_nobody_hears_of_either(scene):
    listen(scene, hold=True)
    task = scene.tasks[0]
    before = timezone.now()
    judge(scene, task)
    ((_, _, due_at),) = sent_about(scene, task)
    assert due_at >= before + timedelta(seconds=30)
    undo(scene, task)
    assert [(kind, status) for kind, status, _ in sent_about(scene, task)] == [("task.audited", "canceled")]


@pytest.mark.parametrize("hold", [True, False])
def test_a_project_may_hold_callbacks_other_than_its_organization(scene, hold):
    listen(scene, hold=not hold)
    page = client_of(scene.members["owner"].user)
    place = f"/o/{scene.organization.slug}/projects/{scene.project.pk.hex}/"
    chosen = {"callback_url": "https://receiver.example/project", "hold_callbacks": "yes" if hold else "no"}
    assert page.post(f"{place}callback/", chosen).status_code == 302
    assert f'value="{chosen["hold_callbacks"]}" selected' in page.get(place).content.decode()
    task, before = scene.tasks[0], timezone.now()
    judge(scene, task)
    ((_, _, due_at),) = sent_about(scene, task)
    assert (due_at >= before + timedelta(seconds=30)) == hold
    undo(scene, task)
    assert len(sent_about(scene, task)) == (1 if hold else 2)


def test_where_the_held_callback_has_been_sent_its_receiver_hears_of_the_undoing(scene):
    listen(scene, hold=True)
    task = scene.tasks[0]
    judge(scene, task)
    with scene.scope():
        Delivery.objects.filter(subject_id=task.pk).update(status="delivered", attempts=1)
    undo(scene, task)
    assert [(kind, status) for kind, status, _ in sent_about(scene, task)] == [
        ("task.audited", "delivered"), ("task.audit_reverted", "pending"),
    ]  # fmt: skip


def test_reasons_are_kept_told_and_counted_until_the_verdict_is_undone(scene):
    now, (first, second, _) = timezone.now(), scene.tasks
    with scene.scope():
        set_project_reasons(project=scene.project, actor=None, reasons=["Wrong bird", "Blurred", "Wrong bird"], now=now)
    pin = {"target": {"kind": "span", "start": 2, "end": 6, "text": "duck"}, "comment": "a goose"}
    judge(scene, first, "rejected", comment="no", reasons=("Wrong bird",), pins=(pin,))
    recorded = judge(scene, second, "rejected", comment="no", reasons=("Blurred", "Wrong bird"))
    told = task_json(scene.reload(first), scene.organization)["audits"][0]
    assert (told["reasons"], told["pinned_comments"]) == (["Wrong bird"], [pin])
    with scene.scope():
        assert Audit.objects.count_reasons() == [("Wrong bird", 2), ("Blurred", 1)]
    assert recorded.task.audits.all()[0].reasons == ["Blurred", "Wrong bird"]
    undo(scene, second)
    with scene.scope():
        assert Audit.objects.count_reasons() == [("Wrong bird", 1)]
        assert Draft.objects.get(task=second).reasons == ["Blurred", "Wrong bird"]


def test_a_reason_that_the_project_does_not_have_is_refused(scene):
    with pytest.raises(InvalidInput):
        judge(scene, scene.tasks[0], "rejected", comment="no", reasons=("Made up",))


def test_a_lead_takes_somebodys_verdict_back_on_the_tasks_page(scene):
    task = scene.tasks[0]
    judge(scene, task)
    lead = client_of(scene.members["lead"].user)
    address = f"/o/{scene.organization.slug}/tasks/{task.public_id}/"
    assert b"Take it back" in lead.get(address).content
    assert b"Take it back" not in client_of(scene.members["bob"].user).get(address).content
    answer = lead.post(f"{address}audit/undo/")
    assert (answer.status_code, answer.url) == (302, address)
    page = lead.get(address).content
    assert b"took the verdict back" in page
    assert b"taken back" in page
    assert scene.reload(task).review_status == ""


def test_undo_answers_the_page_with_where_to_go_on(scene):
    session, alice = scene.session(), scene.members["alice"]
    with scene.scope():
        first = claim_next(auditor=alice, session=session)
        judge_and_claim(auditor=alice, session_id=session.pk, task_id=first.task.pk, judgement=Judgement("accepted"),
                        now=timezone.now(), lock_token=first.lease.token, version=first.task.version)  # fmt: skip
    client = client_of(alice.user)
    address = f"/o/{scene.organization.slug}/tasks/{first.task.public_id}/audit/undo/"
    answer = client.post(address, headers={"Accept": "application/json"})
    assert answer.json() == {"url": f"/o/{scene.organization.slug}/audit/{session.public_id}/"}
    again = client.post(address, headers={"Accept": "application/json"})
    assert again.status_code == 409
    assert "undone already" in again.json()["error"]
