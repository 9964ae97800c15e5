"""Audit sessions over the API: the shapes are binding."""

import pytest
from django.utils import timezone

from audits.models import Audit, TaskLock
from labelops.tenancy.services.people import remove_member
from tests.audits.api_world import DUCK, Api, World, make_key, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = make_world()
    for number in range(6):
        world.api.done(project="birds", unique_id=f"u{number}")
    return world


def opened(api: Api, **wishes) -> dict:
    answer = api.post("audit_sessions", wishes or {"all": True})
    assert answer.status == 200, answer.body
    return answer.body


def claimed(api: Api, session: dict, **fields) -> dict:
    answer = api.post(f"audit_sessions/{session['session_id']}/claim", fields)
    assert answer.status == 200, answer.body
    return answer.body


def act(api: Api, session: dict, what: str, claim: dict, **fields):
    body = {"task_id": claim["task"]["task_id"], "lock_token": claim["lock"]["token"], **fields}
    return api.post(f"audit_sessions/{session['session_id']}/{what}", body)


def email(world: World, name: str) -> str:
    return world.scene.members[name].user.email


def test_a_session_from_its_opening_to_its_end(world):
    session = opened(world.api, project="birds", size=2, seed=7, name="Week 1")
    wanted = {"session_id", "status", "population", "size", "seed", "manifest", "remaining", "created_at"}
    assert wanted <= set(session)
    assert (session["status"], session["population"], session["size"], session["remaining"]) == ("open", 6, 2, 2)
    assert (session["seed"], session["manifest"]["seed"], session["manifest"]["frame_size"]) == (7, 7, 6)
    first = claimed(world.api, session)
    assert set(first) == {"task", "lock", "remaining"}
    assert set(first["lock"]) == {"token", "holder", "expires_at"}
    assert (first["task"]["status"], first["remaining"]) == ("completed", 2)
    assert first["lock"]["holder"] == email(world, "owner")
    judged = act(world.api, session, "submit", first, audit_result="rejected", comments="No bird.")
    assert (judged.status, judged["customer_review_status"]) == (200, "rejected")
    assert judged["customer_review_comments"] == ["No bird."]
    second = claimed(world.api, session)
    assert second["remaining"] == 1
    fixed = act(world.api, session, "submit", second, audit_result="fixed", response={"category": "goose"})
    assert fixed["response"] == {"category": "goose", "is_customer_fix": True}
    assert claimed(world.api, session) == {"task": None, "lock": None, "remaining": 0}
    address = f"audit_sessions/{session['session_id']}"
    shown = world.api.get(address).body
    assert (shown["remaining"], shown["rejected"], shown["fixed"], shown["name"]) == (0, 1, 1, "Week 1")
    for _ in range(2):
        assert world.api.post(f"{address}/finish").body["status"] == "finished"
    assert world.api.post(f"{address}/claim").status == 409


def test_one_filter_and_seed_draw_the_same_tasks_in_the_same_order(world):
    orders = []
    for _ in range(2):
        session = opened(world.api, project="birds", percent=50, seed=11)
        order = []
        while (claim := claimed(world.api, session))["task"]:
            order.append(claim["task"]["task_id"])
            act(world.api, session, "submit", claim, audit_result="accepted")
        orders.append(order)
    assert orders[0] == orders[1]
    assert len(orders[0]) == 3


def test_asking_again_renews_and_release_frees_at_once(world):
    session = opened(world.api)
    bob = world.api_as("bob")
    first, again = claimed(bob, session), claimed(bob, session)
    assert again["task"] == first["task"]
    assert again["lock"]["token"] == first["lock"]["token"]
    assert again["lock"]["expires_at"] >= first["lock"]["expires_at"]
    beat = act(bob, session, "heartbeat", first)
    assert (beat.status, beat["task_id"]) == (200, first["task"]["task_id"])
    assert beat["lock"]["expires_at"] >= again["lock"]["expires_at"]
    assert claimed(world.api, session)["task"]["task_id"] != first["task"]["task_id"]
    for _ in range(2):
        assert act(bob, session, "release", first).status == 200
    assert act(bob, session, "submit", first, audit_result="accepted").status == 409
    assert act(bob, session, "heartbeat", first).status == 409
    alice = claimed(world.api_as("alice"), session)
    assert alice["task"]["task_id"] == first["task"]["task_id"]
    assert alice["lock"]["token"] > first["lock"]["token"]
    for what in ("release", "heartbeat", "submit"):
        late = act(bob, session, what, first, **({"audit_result": "accepted"} if what == "submit" else {}))
        assert (late.status, late["status_code"]) == (409, 409)
    assert act(world.api_as("alice"), session, "heartbeat", alice).status == 200


def test_the_same_submit_twice_is_done_once(world):
    session = opened(world.api)
    claim = claimed(world.api, session)
    answers = [act(world.api, session, "submit", claim, audit_result="accepted", comments="x") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert len(answers[1]["audits"]) == 1
    other = act(world.api, session, "submit", claim, audit_result="rejected", comments="x")
    assert other.status == 409
    assert world.api.get(f"audit_sessions/{session['session_id']}").body["accepted"] == 1
    with world.scene.scope():
        assert Audit.objects.for_organization(world.scene.organization).count() == 1


def test_a_lead_s_key_acts_for_a_named_auditor(world):
    session = opened(world.api, all=True, auditors=[email(world, "alice").upper()])
    assert session["auditors"] == [email(world, "alice")]
    claim = claimed(world.api, session, auditor=email(world, "alice"))
    assert claim["lock"]["holder"] == email(world, "alice")
    assert act(world.api, session, "heartbeat", claim).status == 200
    judged = act(world.api, session, "submit", claim, audit_result="accepted")
    assert judged["customer_reviewed_by"] == email(world, "alice")
    assert act(world.api, session, "submit", claim, audit_result="accepted").status == 200
    path = f"audit_sessions/{session['session_id']}/claim"
    assert world.api.post(path, {"auditor": email(world, "bob")}).status == 400  # not invited
    assert world.api.post(path, {"auditor": "nobody@example.com"}).status == 400
    assert world.api.post(path, {"auditor": email(world, "ingrid")}).status == 400  # may not audit
    assert world.api_as("alice").post(path, {"auditor": email(world, "owner")}).status == 403
    assert world.api_as("bob").post(path).status == 404
    theirs = world.other_scene.members["owner"].user.email
    unknown = world.api.post(path, {"auditor": "nobody@example.com"})["error"]
    assert world.api.post(path, {"auditor": theirs})["error"] == unknown


def test_somebody_who_was_removed_audits_no_more(world):
    session = opened(world.api)
    bob = world.api_as("bob")
    claim = claimed(world.api, session, auditor=email(world, "bob"))
    with world.scene.scope():
        remove_member(
            organization=world.scene.organization, user=world.scene.members["bob"].user,
            actor=world.scene.members["owner"].user, now=timezone.now(),
        )  # fmt: skip
    assert bob.post(f"audit_sessions/{session['session_id']}/claim").status == 401
    # What they held was given back.
    assert act(world.api, session, "submit", claim, audit_result="accepted").status == 409
    assert act(world.api, session, "submit", claim, audit_result="accepted", auditor=email(world, "bob")).status == 400


def test_a_lock_that_expired_is_good_until_somebody_takes_the_task(world):
    session, alice, bob = opened(world.api, size=1), world.api_as("alice"), world.api_as("bob")
    first = claimed(alice, session)
    assert claimed(bob, session)["task"] is None
    _expire(world)
    assert act(alice, session, "heartbeat", first).status == 200
    _expire(world)
    taken = claimed(bob, session)
    assert taken["task"]["task_id"] == first["task"]["task_id"]
    late = act(alice, session, "submit", first, audit_result="accepted")
    assert late.status == 409
    assert email(world, "bob") in late["error"]
    assert act(bob, session, "submit", taken, audit_result="accepted").status == 200


def _expire(world: World) -> None:
    with world.scene.scope():
        TaskLock.objects.for_organization(world.scene.organization).update(expires_at="2020-01-01T00:00Z")


@pytest.mark.parametrize(
    ("wishes", "named"),
    [
        ({}, "size"), ({"size": 1, "all": True}, "size"), ({"size": "1"}, "size"), ({"size": 0}, "size"),
        ({"size": True}, "size"), ({"size": 2**40}, "size"), ({"size": 1.5}, "size"), ({"percent": 0}, "percent"),
        ({"percent": "9"}, "percent"), ({"percent": 101}, "percent"), ({"percent": [1]}, "percent"),
        ({"all": "yes"}, "all"), ({"all": True, "seed": -1}, "seed"), ({"all": True, "seed": 2**63}, "seed"),
        ({"all": True, "seed": "7"}, "seed"), ({"all": True, "project": 4}, "project"),
        ({"all": True, "batch": []}, "batch"), ({"all": True, "type": {}}, "type"),
        ({"all": True, "completed_after": "soon"}, "completed_after"),
        ({"all": True, "completed_before": 1}, "completed_before"),
        ({"all": True, "review_status": "good"}, "review_status"),
        ({"all": True, "review_status": [[1]]}, "review_status"), ({"all": True, "review_status": 3}, "review_status"),
        ({"all": True, "tags": "a"}, "tags"), ({"all": True, "tags": [1]}, "tags"),
        ({"all": True, "auditors": "a@b.c"}, "auditors"), ({"all": True, "auditors": [None]}, "auditors"),
        ({"all": True, "auditors": ["nobody@example.com"]}, "auditors"), ({"all": True, "sise": 1}, "sise"),
    ],
)  # fmt: skip
def test_bad_wishes_are_refused_by_name(world, wishes, named):
    answer = world.api.post("audit_sessions", wishes)
    assert (answer.status, named in answer["error"]) == (400, True), answer.body
    assert world.api.get("audit_sessions")["total"] == 0


@pytest.mark.parametrize("what", ["heartbeat", "release", "submit"])
def test_bad_fields_of_a_held_task_are_refused_by_name(world, what):
    session = opened(world.api)
    claim = claimed(world.api, session)
    verdict = {"audit_result": "accepted"} if what == "submit" else {}
    for field, value in (("task_id", 4), ("task_id", None), ("lock_token", "1"), ("lock_token", None),
                         ("lock_token", True), ("lock_token", 2**70), ("auditor", 5), ("bogus", 1)):  # fmt: skip
        answer = act(world.api, session, what, claim, **{**verdict, field: value})
        assert (answer.status, field in answer["error"]) == (400, True), answer.body
    for field, value in (("lock_token", 0), ("lock_token", claim["lock"]["token"] + 1)):
        assert act(world.api, session, what, claim, **{**verdict, field: value}).status == 409
    outside = world.api.done()
    assert act(world.api, session, what, claim, **verdict, task_id=outside).status == 404
    assert act(world.api, session, what, claim, **verdict, task_id="x").status == 404
    assert act(world.api, session, what, claim, **verdict).status == 200


@pytest.mark.parametrize(
    ("verdict", "named"),
    [
        ({}, "audit_result"), ({"audit_result": "great"}, "audit_result"), ({"audit_result": 1}, "audit_result"),
        ({"audit_result": "accepted", "comments": 4}, "comments"),
        ({"audit_result": "accepted", "response": DUCK}, "response"), ({"audit_result": "fixed"}, "response"),
        ({"audit_result": "fixed", "response": []}, "response"),
        ({"audit_result": "fixed", "response": {"category": "owl"}}, "response"),
        ({"audit_result": "fixed", "response": DUCK}, "response"),
    ],
)  # fmt: skip
def test_bad_verdicts_are_refused_by_name_and_the_lock_stays(world, verdict, named):
    session = opened(world.api)
    claim = claimed(world.api, session)
    answer = act(world.api, session, "submit", claim, **verdict)
    assert (answer.status, named in answer["error"]) == (400, True), answer.body
    assert act(world.api, session, "submit", claim, audit_result="accepted").status == 200


def test_the_filter(world):
    tagged = world.api.done(tags=["a,b"], project="birds")
    world.api.post(f"task/{tagged}/audit", {"accepted": True})
    assert opened(world.api, all=True, tags=["a,b"])["population"] == 1
    assert opened(world.api, all=True, review_status="accepted")["population"] == 1
    assert opened(world.api, all=True, review_status=["pending", "fixed"])["population"] == 6
    assert opened(world.api, all=True, completed_after="2020-01-01", completed_before="2999-01-01")["population"] == 7
    assert world.api.post("audit_sessions", {"all": True, "tags": ["a"]}).status == 400
    assert world.api.post("audit_sessions", {"all": True, "project": "none"}).status == 404


def test_the_list_goes_on_by_its_token(world):
    made = [opened(world.api, size=1, seed=number)["session_id"] for number in range(3)]
    page = world.api.get("audit_sessions", limit=2).body
    assert ([one["session_id"] for one in page["docs"]], page["total"], page["has_more"]) == (made[:0:-1], 3, True)
    rest = world.api.get("audit_sessions", limit=2, next_token=page["next_token"]).body
    assert [one["session_id"] for one in rest["docs"]] == made[:1]
    assert "next_token" not in rest
    assert world.other.get("audit_sessions", next_token=page["next_token"]).status == 400
    assert world.api.get("audit_sessions", status="finished")["total"] == 0
    assert world.api.get("audit_sessions", status="lost").status == 400


def test_another_organizations_session_is_an_unknown_one(world):
    session = opened(world.api)
    claim = claimed(world.api, session)
    address = f"audit_sessions/{session['session_id']}"
    unknown = world.other.get("audit_sessions/" + "0" * 32)
    assert world.other.get(address).body == unknown.body
    assert world.other.post(f"{address}/finish").body == unknown.body
    assert world.other.post(f"{address}/claim").body == unknown.body
    for what in ("heartbeat", "release", "submit"):
        assert act(world.other, session, what, claim, audit_result="accepted").status in (400, 404)
    assert act(world.other, session, "release", claim).body == unknown.body
    assert world.other.get("audit_sessions")["docs"] == []
    theirs = world.other.done()
    assert act(world.api, session, "submit", claim, audit_result="accepted", task_id=theirs).status == 404


def test_only_those_who_may_open_and_finish(world):
    session = opened(world.api)
    assert world.api_as("ingrid").post("audit_sessions", {"all": True}).status == 403
    assert world.api_as("bob").post(f"audit_sessions/{session['session_id']}/finish").status == 403
    read_only = Api(make_key(world.scene.organization, world.scene.members["owner"].user, scopes=["tasks:read"]))
    assert read_only.post("audit_sessions", {"all": True}).status == 403
    assert read_only.get("audit_sessions")["total"] == 1


def test_a_session_bound_to_a_plan_ends_with_its_decision(world):
    session = opened(world.api, plan={"acceptable": 0.05, "limiting": 0.5}, second_audit_share=0.5)
    plan = session["plan"]
    assert (plan["kind"], plan["lot"], plan["size"], plan["accept"]) == ("single", 6, session["size"], 0)
    assert (plan["producer_risk"], plan["consumer_risk"], plan["defects"]) == (0.05, 0.1, "rejected_or_fixed")
    while (claim := claimed(world.api, session))["task"]:
        act(world.api, session, "submit", claim, audit_result="accepted")
    address = f"audit_sessions/{session['session_id']}"
    assert world.api.post(f"{address}/finish", {}).body["decision"] == "release"
    found = world.api.get(address).body
    assert found["decided_on"] == {"judged": plan["size"], "defects": 0, "by_plan": True}
    assert found["second_audits"] == {"planned": session["second_audit_size"], "done": 0, "agreement": None}


def test_a_sequential_session_stops_at_the_submit_that_decides(world):
    session = opened(world.api, plan={"kind": "sequential", "acceptable": 0.05, "limiting": 0.4})
    for _ in range(2):
        act(world.api, session, "submit", claimed(world.api, session), audit_result="rejected", comments="No.")
    found = world.api.get(f"audit_sessions/{session['session_id']}").body
    assert (found["status"], found["decision"], found["decided_on"]["judged"]) == ("finished", "hold", 2)
    assert world.api.post(f"audit_sessions/{session['session_id']}/claim", {}).status == 409


@pytest.mark.parametrize(
    "wishes",
    [
        {"plan": {"acceptable": 0.1}},
        {"plan": {"acceptable": 0.2, "limiting": 0.1}},
        {"plan": {"acceptable": 0.1, "limiting": 0.2, "margin": 1}},
        {"plan": {"kind": "double", "acceptable": 0.1, "limiting": 0.2}},
        {"plan": {"kind": ["single"], "acceptable": 0.1, "limiting": 0.2}},
        {"plan": {"kind": "sequential", "acceptable": 0, "limiting": 0.2}},
        {"plan": {"acceptable": 0.1, "limiting": 0.2}, "all": True},
        {"plan": []},
        {"all": True, "second_audit_share": 2},
        {"all": True, "second_audit_share": "half"},
    ],
)
def test_impossible_plans_are_refused(world, wishes):
    assert world.api.post("audit_sessions", wishes).status == 400
