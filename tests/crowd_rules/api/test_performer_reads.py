"""What performers read of their own: the audit of their work, skills, pools; never what is the requester's."""

import pytest

from crowd_rules.services.audit_loop import follow_audits
from tests.crowd_rules.api.world import IMAGE, SPEC, make_world

pytestmark = pytest.mark.django_db
OK = {"output_values": {"result": "OK"}}


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def api(world):
    return world.api


def work(api, worker, pool, solutions=(OK, OK)):
    issued = worker.made(f"performer/pools/{pool['id']}/assignments", None)
    answer = worker.post(f"performer/assignments/{issued['id']}/submit", {"solutions": list(solutions)})
    assert answer.status == 200, answer.body
    return issued


def audit(api, task_id: str, **verdict) -> None:
    address = f"/v1/task/{task_id}/audit"
    answer = api.client.post(address, verdict, content_type="application/json",
                             headers={"Authorization": api.headers["Authorization"]})  # fmt: skip
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize("shown", [True, False])
def test_the_audit_of_ones_own_work(world, api, shown):
    pool = api.pool(show_audits=shown)
    api.tasks(pool["id"], 2)
    api.post(f"pools/{pool['id']}/open")
    _, ann = api.worker()
    first, second = (task["id"] for task in work(api, ann, pool)["tasks"])
    audit(api, first, accepted=True, comments="Fine")
    audit(api, second, audit_result="fixed", comments="A duck", response={"result": "BAD"})
    follow_audits()
    (found,) = ann.get("performer/assignments", status="ACCEPTED")["items"]
    assert ann.get(f"performer/assignments/{found['id']}").body == found
    told = {task["id"]: task.get("audit") for task in found["tasks"]}
    wanted = {
        first: {"verdict": "accepted", "comment": "Fine"},
        second: {"verdict": "fixed", "comment": "A duck", "output_values": {"result": "BAD"}},
    }
    assert told == (wanted if shown else dict.fromkeys(wanted))
    assert "@" not in str(found), "nobody's address"


def test_skills_pools_and_other_peoples_work(api):
    pool = api.pool(public_instructions="Look twice.")
    api.tasks(pool["id"], 4)
    (ann_id, ann), (_, bob) = api.worker("Ann"), api.worker("Bob")
    for hidden in (True, False):
        skill = api.made("skills", {"name": f"hidden {hidden}", "hidden": hidden})["id"]
        api.put("user-skills", {"skill_id": skill, "user_id": ann_id, "value": 62.5})
    (skill,) = ann.get("performer/skills")["items"]
    assert (skill["name"], skill["value"]) == ("hidden False", 63)
    assert ann.get(f"performer/pools/{pool['id']}")["code"] == "DOES_NOT_EXIST", "it is not open"
    api.post(f"pools/{pool['id']}/open")
    read = ann.get(f"performer/pools/{pool['id']}")
    assert (read["public_instructions"], read["task_spec"]["output_spec"]["result"]["type"]) == (
        "Look twice.", "string")  # fmt: skip
    own = work(api, ann, pool)
    assert bob.get("performer/assignments")["items"] == []
    assert bob.get(f"performer/assignments/{own['id']}")["code"] == "DOES_NOT_EXIST"
    taken = bob.made(f"performer/pools/{pool['id']}/assignments", None)
    assert bob.post(f"performer/assignments/{taken['id']}/leave")["status"] == "EXPIRED"
    assert bob.made(f"performer/pools/{pool['id']}/assignments", None)["id"] != taken["id"], "it may come again"


def test_what_is_said_of_others_answers_after_a_redo_is_not_told_to_who_answered_before(world, api):
    pool = api.pool(show_audits=True, mixer_config={"real_tasks_count": 1})
    api.tasks(pool["id"], 1)
    api.post(f"pools/{pool['id']}/open")
    (_, ann), (_, bob) = api.worker("Ann"), api.worker("Bob")
    (task,) = work(api, ann, pool, [OK])["tasks"]
    audit(api, task["id"], accepted=False, comments="Look at the beak")
    follow_audits()
    answer = api.client.post(f"/v1/task/{task['id']}/redo", {}, content_type="application/json",
                             headers={"Authorization": api.headers["Authorization"]})  # fmt: skip
    assert answer.status_code == 200, answer.content
    follow_audits()
    work(api, bob, pool, [OK])
    audit(api, task["id"], accepted=True, comments="Bob did well")
    follow_audits()

    def told(performer):
        (found,) = performer.get("performer/assignments")["items"]
        return found["tasks"][0]["audit"]

    assert told(ann) == {"verdict": "rejected", "comment": "Look at the beak"}
    assert told(bob) == {"verdict": "accepted", "comment": "Bob did well"}


def test_an_input_field_that_is_hidden_is_not_among_ones_own_work(api):
    truth = {"type": "string", "required": False, "hidden": True}
    spec = {**SPEC, "input_spec": {**SPEC["input_spec"], "truth": truth}}
    pool = api.pool(project_id=api.project(task_spec=spec))
    api.made("tasks", {"pool_id": pool["id"], "input_values": {**IMAGE, "truth": "OK"}})
    api.post(f"pools/{pool['id']}/open")
    _, ann = api.worker()
    work(api, ann, pool, [OK])
    (found,) = ann.get("performer/assignments")["items"]
    assert [task["input_values"] for task in found["tasks"]] == [IMAGE]
