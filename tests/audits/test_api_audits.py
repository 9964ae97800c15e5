from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audits.models import Audit, Project, TaskLock
from audits.services.locks import lock_task
from callbacks.models import Delivery
from tests.audits.api_world import Api, World, make_world


@pytest.fixture
def world(db) -> World:
    return make_world()


@pytest.fixture
def api(world) -> Api:
    return world.api


def test_reject_then_accept(world):
    api, task_id = world.api, world.api.done()
    rejected = api.post(f"task/{task_id}/audit", {"accepted": False, "comments": "bad"})
    assert (rejected.status, rejected["status"], rejected["customer_review_status"]) == (200, "completed", "rejected")
    task = api.post(f"task/{task_id}/audit", {"accepted": True, "comments": None})
    assert task.body == api.get(f"task/{task_id}").body
    assert task["customer_review_status"] == "accepted"
    assert task["customer_review_comments"] == ["bad", ""]
    assert task["prior_responses"] == []
    assert [audit["audit_result"] for audit in task["audits"]] == ["accepted", "rejected"]
    newest = task["audits"][0]
    assert newest["audited_by"] == task["customer_reviewed_by"] == world.scene.members["owner"].user.email
    assert newest["audited_at"] == task["customer_audited_at"]
    assert newest["audit_time_secs"] == task["customer_audit_time_secs"]


def test_a_database_that_takes_no_writes_is_503_and_tells_nobody(api, world):
    task_id = api.done(callback_url="https://receiver.example/")
    with world.scene.scope():
        before = Delivery.objects.count()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        answer = api.post(f"task/{task_id}/audit", {"accepted": True, "comments": None})
        transaction.set_rollback(True)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    with world.scene.scope():
        assert (Audit.objects.count(), Delivery.objects.count()) == (0, before)


def test_fix_twice_keeps_what_stood_before(api):
    task_id = api.done()
    for name in ("goose", "swan"):
        task = api.post(f"task/{task_id}/audit", {"audit_result": "fixed", "response": {"category": name}})
        assert task.status == 200
    assert task["response"] == {"category": "swan", "is_customer_fix": True}
    assert [one["category"] for one in task["prior_responses"]] == ["duck", "goose"]
    assert [one["is_customer_fix"] for one in task["prior_responses"]] == [False, True]
    assert task["customer_review_status"] == "fixed"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"accepted": None},
        {"accepted": "true"},
        {"accepted": 1},
        {"accepted": True, "comments": 5},
        {"accepted": True, "audit_result": "accepted"},
        {"accepted": True, "response": {"category": "goose"}},
        {"audit_result": "Accepted"},
        {"audit_result": "fixed"},
        {"audit_result": "fixed", "response": {"category": "cow"}},
        {"audit_result": "fixed", "response": {"category": "duck"}},
        {"audit_result": "fixed", "response": [1]},
        {"audit_result": "accepted", "response": {"category": "goose"}},
        {"audit_result": "accepted", "coments": "misspelt"},
        {"accepted": True, "auditor": "nobody@example.com"},
        [True],
        "accepted",
    ],
)
def test_a_wrong_audit_is_400_and_changes_nothing(api, body):
    task_id = api.done()
    assert api.post(f"task/{task_id}/audit", body).status == 400
    assert "audits" not in api.get(f"task/{task_id}").body


def test_fields_that_the_original_would_not_know_are_tolerated_beside_accepted(api):
    assert api.post(f"task/{api.done()}/audit", {"accepted": True, "force": 1}).status == 200


def test_only_a_completed_task(api):
    task_id = api.create()["task_id"]
    assert api.post(f"task/{task_id}/audit", {"accepted": True}).status == 400
    api.post(f"task/{task_id}/cancel")
    assert api.post(f"task/{task_id}/audit", {"accepted": True}).status == 400


def test_in_the_name_of_another_member(world):
    alice = world.scene.members["alice"].user.email
    task = world.api.post(f"task/{world.api.done()}/audit", {"audit_result": "accepted", "auditor": alice.upper()})
    assert task["customer_reviewed_by"] == alice
    ingrid = world.scene.members["ingrid"].user.email
    answer = world.api.post(f"task/{world.api.done()}/audit", {"audit_result": "accepted", "auditor": ingrid})
    assert answer.status == 400
    stranger = world.other_scene.members["owner"].user.email
    assert world.api.post(f"task/{world.api.done()}/audit", {"accepted": True, "auditor": stranger}).status == 400


def test_an_auditor_speaks_for_nobody_else(world):
    task_id, bob = world.api.done(), world.scene.members["bob"].user.email
    alice = world.api_as("alice")
    assert alice.post(f"task/{task_id}/audit", {"accepted": True, "auditor": bob}).status == 403
    assert alice.post(f"task/{task_id}/audit", {"accepted": True}).status == 200


def test_the_same_audit_right_after_leaves_one_entry(world):
    task_id = world.api.done()
    bodies = {"accepted": False, "comments": "blurred"}, {"audit_result": "fixed", "response": {"category": "goose"}}
    for body in bodies:
        answers = [world.api.post(f"task/{task_id}/audit", body) for _ in range(3)]
        assert {answer.status for answer in answers} == {200}
        assert answers[0].body == answers[1].body == answers[2].body
    assert len(answers[0]["audits"]) == 2


def test_the_same_audit_later_or_by_another_key_is_another_one(world):
    task_id = world.api.done()
    world.api.post(f"task/{task_id}/audit", {"accepted": True})
    assert len(world.api_as("alice").post(f"task/{task_id}/audit", {"accepted": True})["audits"]) == 2
    assert len(world.api.post(f"task/{task_id}/audit", {"accepted": True})["audits"]) == 3
    with world.scene.scope():
        audits = Audit.objects.for_organization(world.scene.organization)
        audits.update(audited_at=timezone.now() - timedelta(minutes=2))
    assert len(world.api.post(f"task/{task_id}/audit", {"accepted": True})["audits"]) == 4


def test_a_task_that_somebody_holds_is_423_with_holder_and_time(world):
    task_id, alice = world.api.done(), world.scene.members["alice"]
    with world.scene.scope():
        lease = lock_task(auditor=alice, task_id=task_id)
    answer = world.api.post(f"task/{task_id}/audit", {"accepted": True})
    assert answer.status == 423
    assert answer["holder"] == alice.user.email
    assert answer["expires_at"] == lease.expires_at.isoformat()
    assert alice.user.email in answer["error"]
    # Who holds it may also answer by the API, and that ends the lock.
    assert world.api_as("alice").post(f"task/{task_id}/audit", {"accepted": True}).status == 200
    with world.scene.scope():
        assert not TaskLock.objects.for_organization(world.scene.organization).exists()


def test_reasons_come_with_the_audit_out_of_the_projects_list(world):
    with world.scene.scope():
        Project.objects.for_organization(world.scene.organization).update(reasons=["Wrong bird", "Blurred"])
    task_id = world.api.done(project=world.scene.project.name)
    wrong = {
        "Out of focus": "“Out of focus” is no reason of this project",
        7: "reasons must be a list of texts",
    }
    for reason, sentence in wrong.items():
        answer = world.api.post(f"task/{task_id}/audit", {"audit_result": "rejected", "reasons": [reason]})
        assert answer.status == 400
        assert sentence in answer["error"]
    assert world.api.post(f"task/{task_id}/audit", {"accepted": True, "reasons": ["Blurred"]}).status == 400
    assert "audits" not in world.api.get(f"task/{task_id}").body
    body = {"audit_result": "rejected", "comments": "no", "reasons": ["Blurred", "Wrong bird", "Blurred"]}
    answers = [world.api.post(f"task/{task_id}/audit", body) for _ in range(2)]
    assert [answer["audits"][0]["reasons"] for answer in answers] == [["Blurred", "Wrong bird"]] * 2
    assert len(answers[1]["audits"]) == 1
