"""PUT and GET /v1/audits: audits that programs make."""

import pytest

from audits.models import Audit
from tests.audits.api_world import World, make_world

pytestmark = pytest.mark.django_db
ITEMS = [
    {"type": "error", "scope": {"annotation": "a1"}, "category": "label", "message": "A goose."},
    {"type": "flag", "scope": "frame 3", "state": "disputed"},
    {"type": "confirmation"},
]


@pytest.fixture
def world() -> World:
    return make_world()


def put(world: World, **fields):
    return world.api.call("PUT", "audits", fields)


def test_a_linter_leaves_the_verdict_to_people(world):
    task = world.api.done()
    made = put(world, task_id=task, feedback_items=ITEMS, source="box-linter 2", response_url="https://a.example/r")
    assert (made.status, made["errors"], made["source"]) == (200, 1, "box-linter 2")
    assert [{name: item[name] for name in item if name != "id"} for item in made["feedback_items"]] == ITEMS
    assert "audit_result" not in made.body
    assert "customer_review_status" not in world.api.get(f"task/{task}").body
    assert world.api.get("audits", id=made["id"]).body == made.body
    assert world.api.get("audits", task_id=task)["docs"] == [made.body]


def test_a_program_may_judge_and_people_after_it(world):
    task = world.api.done()
    body = {"task_id": task, "audit_result": "rejected", "comments": "2 errors", "feedback_items": ITEMS[:1]}
    first, again = put(world, **body), put(world, **body)
    assert again.body == first.body
    found = world.api.get(f"task/{task}").body
    assert (found["customer_review_status"], found["customer_review_comments"]) == ("rejected", ["2 errors"])
    world.api.post(f"task/{task}/audit", {"accepted": True})
    docs = world.api.get("audits", task_id=task)["docs"]
    assert [one["audit_result"] for one in docs] == ["accepted", "rejected"]
    assert [len(one["feedback_items"]) for one in docs] == [0, 1]
    assert world.api.get("audits", id=docs[0]["id"]).body == docs[0]


def test_an_audit_without_items_means_no_errors(world):
    task = world.api.done()
    assert put(world, task_id=task).body["errors"] == 0


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"feedback_items": {}}, "feedback_items"), ({"feedback_items": [3]}, "feedback_items/0"),
        ({"feedback_items": [{"type": "oops"}]}, "feedback_items/0/type"),
        ({"feedback_items": [{}]}, "feedback_items/0/type"),
        ({"feedback_items": [{"type": []}]}, "feedback_items/0/type"),
        ({"feedback_items": [{"type": "flag", "state": {}}]}, "feedback_items/0/state"),
        ({"feedback_items": [{"type": "flag", "scope": 4}]}, "feedback_items/0/scope"),
        ({"feedback_items": [{"type": "flag", "message": 4}]}, "feedback_items/0/message"),
        ({"feedback_items": [{"type": "flag", "weight": 4}]}, "feedback_items/0/weight"),
        ({"source": 4}, "source"), ({"response_url": []}, "response_url"), ({"comments": 4}, "comments"),
        ({"audit_result": "nice"}, "audit_result"), ({"audit_result": 4}, "audit_result"),
        ({"task_id": 4}, "task_id"), ({"task_id": None}, "task_id"), ({"auditor": 4}, "auditor"),
        ({"response": {"category": "duck"}}, "response"), ({"bogus": 1}, "bogus"),
    ],
)  # fmt: skip
def test_bad_fields_are_refused_by_name(world, fields, named):
    task = world.api.done()
    answer = put(world, **{"task_id": task, **fields})
    assert (answer.status, named in answer["error"]) == (400, True), answer.body
    with world.scene.scope():
        assert not Audit.objects.for_organization(world.scene.organization).exists()
    assert world.api.get("audits", task_id=task)["docs"] == []


def test_what_is_not_there_or_not_ours(world):
    task, theirs = world.api.done(), world.other.done()
    made = put(world, task_id=task)
    assert put(world, task_id=theirs).status == 404
    assert put(world, task_id=world.api.create()["task_id"]).status == 400
    for query in ({"task_id": task}, {"id": made["id"]}, {"id": "x"}, {"task_id": "x"}):
        assert world.other.get("audits", **query).status == 404
    assert world.api.get("audits").status == 400
    assert world.api.get("audits", id=made["id"], task_id=task).status == 400
    assert world.api_as("ingrid").call("PUT", "audits", {"task_id": task}).status == 403
