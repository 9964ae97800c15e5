"""Calls to /v1/audit_sessions that arrive at the same moment."""

from itertools import pairwise

import pytest

from audits.models import Audit, TaskLock
from audits.services import remote_sessions
from tests.audits.api_world import Api, World, make_key, make_world
from tests.concurrency.together import run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    world = make_world()
    for _ in range(8):
        world.scene.add_task()
    return world


def keys(world: World, name: str, number: int) -> list[Api]:
    """As many callers as threads: a test client is no more than one."""
    key = make_key(world.scene.organization, world.scene.members[name].user)
    return [Api(key) for _ in range(number)]


def opened(world: World, **wishes) -> str:
    return f"audit_sessions/{world.api.post('audit_sessions', wishes or {'all': True})['session_id']}"


def post(api: Api, path: str, body: dict | None = None):
    return lambda: api.post(path, body)


def statuses(answers) -> list[int]:
    return sorted(answer.status for answer in answers)


def audits_of(world: World) -> int:
    with world.scene.scope():
        return Audit.objects.for_organization(world.scene.organization).count()


def test_claims_of_one_auditor_at_once_bring_one_task(world):
    session = opened(world)
    answers = run_together([post(api, f"{session}/claim") for api in keys(world, "bob", 6)])
    assert statuses(answers) == [200] * 6
    assert len({answer["task"]["task_id"] for answer in answers}) == 1
    assert len({answer["lock"]["token"] for answer in answers}) == 1


def test_without_the_turn_they_would_bring_several(world, monkeypatch):
    """The control."""
    monkeypatch.setattr(remote_sessions, "_wait_for_turn", lambda *_: None)
    session = opened(world)
    for _ in range(5):
        answers = run_together([post(api, f"{session}/claim") for api in keys(world, "bob", 6)])
        if len({answer["lock"]["token"] for answer in answers}) > 1:
            return
        with world.scene.scope():
            TaskLock.objects.for_organization(world.scene.organization).delete()
    pytest.fail("the race was not seen")


def test_no_task_is_handed_to_two(world):
    session = opened(world)
    callers = [keys(world, name, 1)[0] for name in ("owner", "alice", "bob", "lea", "rita")]
    answers = run_together([post(api, f"{session}/claim") for api in callers])
    assert len({answer["task"]["task_id"] for answer in answers}) == 5
    tokens = sorted(answer["lock"]["token"] for answer in answers)
    assert all(one < other for one, other in pairwise(tokens))


def held(api: Api, session: str) -> dict:
    claim = api.post(f"{session}/claim")
    return {"task_id": claim["task"]["task_id"], "lock_token": claim["lock"]["token"]}


def test_one_submit_arriving_six_times_leaves_one_audit(world):
    session, callers = opened(world), keys(world, "bob", 6)
    body = {**held(callers[0], session), "audit_result": "rejected", "comments": "x"}
    assert statuses(run_together([post(api, f"{session}/submit", body) for api in callers])) == [200] * 6
    assert audits_of(world) == 1


def test_of_two_different_verdicts_under_one_lock_one_stands(world):
    session, callers = opened(world), keys(world, "bob", 4)
    body = held(callers[0], session)
    results = ["accepted", "rejected", "accepted", "rejected"]
    answers = run_together([
        post(api, f"{session}/submit", {**body, "audit_result": result})
        for api, result in zip(callers, results, strict=True)
    ])  # fmt: skip
    assert statuses(answers) == [200, 200, 409, 409]
    assert audits_of(world) == 1


def test_a_late_submit_and_the_next_claim(world):
    """The lock has run out: either the verdict comes first, or the other auditor has the task; never both."""
    for _ in range(4):
        session, (bob,), (alice,) = opened(world, size=1, seed=3), keys(world, "bob", 1), keys(world, "alice", 1)
        body = {**held(bob, session), "audit_result": "accepted"}
        with world.scene.scope():
            TaskLock.objects.for_organization(world.scene.organization).update(expires_at="2020-01-01T00:00Z")
        submit, claim = run_together([post(bob, f"{session}/submit", body), post(alice, f"{session}/claim")])
        assert claim.status == 200
        assert submit.status == (409 if claim["task"] else 200)
        if claim["task"]:
            lock = {"task_id": claim["task"]["task_id"], "lock_token": claim["lock"]["token"]}
            assert alice.post(f"{session}/release", lock).status == 200


def test_finish_among_claims_and_submits(world):
    """Nobody waits in a circle, nobody holds anything of a finished session, no verdict is lost or counted twice."""
    for _ in range(3):
        session = opened(world)
        bob, alice, lea = (keys(world, name, 1)[0] for name in ("bob", "alice", "lea"))
        bodies = [{**held(api, session), "audit_result": "accepted"} for api in (bob, alice)]
        before = audits_of(world)
        answers = run_together([
            post(bob, f"{session}/submit", bodies[0]), post(alice, f"{session}/submit", bodies[1]),
            post(lea, f"{session}/claim"), post(world.api, f"{session}/finish"),
        ])  # fmt: skip
        assert [answer.status in (200, 409) for answer in answers] == [True] * 4, [one.body for one in answers]
        assert answers[3]["status"] == "finished"
        done = sum(answer.status == 200 for answer in answers[:2])
        assert audits_of(world) - before == done == world.api.get(session)["accepted"]
        with world.scene.scope():
            assert TaskLock.objects.for_organization(world.scene.organization).count() == 0


def test_release_and_heartbeat_at_once(world):
    session, callers = opened(world), keys(world, "bob", 4)
    body = held(callers[0], session)
    calls = [
        post(api, f"{session}/{what}", body) for api, what in zip(callers, ["release", "heartbeat"] * 2, strict=True)
    ]
    answers = run_together(calls)
    assert {answer.status for answer in answers} <= {200, 409}
    assert held(callers[0], session)["lock_token"] > body["lock_token"]
