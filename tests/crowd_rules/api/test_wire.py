"""Operations done once, unknown fields that come back, pages, tenancy, and what a call costs."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audits.models import Task
from labelops.tenancy.scope import organization_scope
from tests.crowd_rules.api.world import IMAGE, POOL, PROJECT, SPEC, Caller, make_world
from tests.factories import make_key
from tests.statements import asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def api(world):
    return world.api


def test_an_operation_is_done_once(api):
    pool, number = api.pool(), str(uuid4())
    task = {"pool_id": pool["id"], "input_values": IMAGE, "__item_idx": "0"}
    for later in ("true", "false"):
        operation = api.post("tasks", [task], operation_id=number, async_mode=later)
        again = api.post("tasks", [task], operation_id=number, async_mode=later)
        assert (again.status, again["code"]) == (409, "OPERATION_ALREADY_EXISTS")
        found = api.get(f"operations/{number}").body
        assert (found["id"], found["status"], found["details"]["success_count"]) == (number, "SUCCESS", 1)
        assert operation.status == (202 if later == "true" else 201)
        (line,) = api.get(f"operations/{number}/log").body
        assert line["input"] == {"__item_idx": "0", "pool_id": pool["id"]}
        assert api.get(f"tasks/{line['output']['task_id']}").status == 200
        number = str(uuid4())
    assert len(api.get("tasks", pool_id=pool["id"])["items"]) == 2
    assert api.post("tasks", [task], operation_id="17").fields == {"operation_id": "UUID_EXPECTED"}


def test_unknown_fields_come_back(api):
    project = api.made("projects", {**PROJECT, "colour": "red", "localization_config": {"default_language": "EN"}})
    assert project["colour"] == "red"
    assert api.put(f"projects/{project['id']}", project).body == project
    newer = {"type": "MOON_PHASE", "parameters": {"phase": 3}}
    control = {"captcha_frequency": "LOW", "configs": [{"collector_config": newer, "rules": []}]}
    pool = api.pool(project_id=project["id"], colour="blue", dynamic_pricing_config={"type": "SKILL"},
                    quality_control=control, mixer_config={**POOL["mixer_config"], "shape": "round"})  # fmt: skip
    assert (pool["colour"], pool["dynamic_pricing_config"]) == ("blue", {"type": "SKILL"})
    assert pool["mixer_config"]["shape"] == "round"
    assert pool["quality_control"]["captcha_frequency"] == "LOW"
    (config,) = pool["quality_control"]["configs"]
    assert config["collector_config"].items() >= newer.items()
    assert api.put(f"pools/{pool['id']}", pool).body == pool
    assert api.get(f"pools/{pool['id']}").body == pool
    task = api.made("tasks", {"pool_id": pool["id"], "input_values": IMAGE, "colour": "green", "traits_all_of": ["1"]})
    assert (task["colour"], task["traits_all_of"]) == ("green", ["1"])


def test_a_rule_in_shadow_stays_there_when_a_client_sends_the_pool_back(api):
    rule = {
        "conditions": [{"key": "skipped_in_row_count", "operator": "GTE", "value": 2}], "shadow": True,
        "action": {"type": "RESTRICTION_V2", "parameters": {"scope": "POOL", "duration_unit": "PERMANENT"}},
    }  # fmt: skip
    config = {"collector_config": {"type": "SKIPPED_IN_ROW_ASSIGNMENTS"}, "rules": [rule]}
    pool = api.pool(quality_control={"configs": [config]})
    changed = api.put(f"pools/{pool['id']}", {**pool, "private_name": "second"})
    assert changed["quality_control"] == pool["quality_control"]
    assert changed["quality_control"]["configs"][0]["rules"][0]["shadow"] is True


def test_the_projects_own_fields_are_no_part_of_its_tasks(world, api):
    pool = api.pool()
    (task,) = api.tasks(pool["id"], 1)
    assert task["input_values"] == {**IMAGE, "size": 1}
    with organization_scope(world.organization.pk):
        held = Task.objects.get(pk=task["id"])
        assert (held.params, held.type) == (task["input_values"], "custom")
        assert SPEC.items() <= held.project.versions.get().params.items()


def test_pages_follow_each_other_by_id(api):
    pool = api.pool()
    made = [task["id"] for task in api.tasks(pool["id"], 7)]
    seen, query = [], {"pool_id": pool["id"], "limit": 3, "sort": "id"}
    while True:
        page = api.get("tasks", **query).body
        seen += [task["id"] for task in page["items"]]
        if not page["has_more"]:
            break
        query["id_gt"] = seen[-1]
    assert seen == made
    between = api.get("tasks", pool_id=pool["id"], id_gte=made[2], id_lte=made[4])["items"]
    assert [task["id"] for task in between] == made[2:5]
    created = api.get("tasks", pool_id=pool["id"], sort="-id", created_gte=between[0]["created"])["items"]
    assert [task["id"] for task in created] == made[::-1]
    assert api.get("tasks", pool_id=pool["id"], created_gt=between[0]["created"])["items"] == [], "all at one instant"


def test_another_organizations_things_are_unknown(world, api):
    pool = api.pool()
    (task,) = api.tasks(pool["id"], 1)
    ann, _ = api.worker()
    skill = api.made("skills", {"name": "s"})["id"]
    restriction = api.put("user-restrictions", {"scope": "POOL", "user_id": ann, "pool_id": pool["id"]})["id"]
    number = str(uuid4())
    api.post("tasks", [{"pool_id": pool["id"], "input_values": IMAGE}], operation_id=number, async_mode="true")
    strange = world.other
    for path in (f"pools/{pool['id']}", f"tasks/{task['id']}", f"skills/{skill}", f"user-restrictions/{restriction}",
                 f"projects/{pool['project_id']}", f"operations/{number}", f"operations/{number}/log"):  # fmt: skip
        assert api.get(path).status == 200, path
        assert strange.get(path)["code"] == "DOES_NOT_EXIST", path
    for path in ("pools", "projects", "skills", "user-skills", "user-restrictions", "operations", "assignments"):
        assert strange.get(path).body == {"items": [], "has_more": False}
    assert strange.get("tasks", pool_id=pool["id"])["items"] == []
    assert strange.post("tasks", {"pool_id": pool["id"], "input_values": IMAGE}).fields == {
        "pool_id": "ENTITY_DOES_NOT_EXIST"}  # fmt: skip
    assert strange.put("user-restrictions", {"scope": "ALL_PROJECTS", "user_id": ann}).fields == {
        "user_id": "ENTITY_DOES_NOT_EXIST"}  # fmt: skip
    mine = strange.project()
    rule = {"conditions": [{"key": "skipped_in_row_count", "operator": "GTE", "value": 2}],
            "action": {"type": "SET_SKILL", "parameters": {"skill_id": skill, "skill_value": 1}}}  # fmt: skip
    config = {"collector_config": {"type": "SKIPPED_IN_ROW_ASSIGNMENTS"}, "rules": [rule]}
    answer = strange.post("pools", {**POOL, "project_id": mine, "quality_control": {"configs": [config]}})
    assert "ENTITY_DOES_NOT_EXIST" in answer.fields.values()
    assert strange.post("tasks", [{"pool_id": strange.pool()["id"], "input_values": IMAGE}], operation_id=number,
                        async_mode="true").status == 202, "their operations have numbers of their own"  # fmt: skip


def test_a_test_key_has_a_world_of_its_own(world, api):
    tester = Caller(make_key(organization=world.organization, mode="test"))
    pool = tester.pool()
    assert tester.get(f"pools/{pool['id']}").body == pool
    assert api.get(f"pools/{pool['id']}")["code"] == "DOES_NOT_EXIST"
    assert api.get("pools")["items"] == []


def test_no_list_costs_more_with_more_in_it(world, api):
    pool = api.pool()

    def fill(number: int) -> None:
        api.tasks(pool["id"], 2 * number)
        api.post(f"pools/{pool['id']}/open")
        for one in range(number):
            ann, caller = api.worker(f"{number} {one}")
            issued = caller.post(f"performer/pools/{pool['id']}/assignments")
            solutions = [{"output_values": {"result": "OK"}} for _ in issued["tasks"]]
            assert caller.post(f"performer/assignments/{issued['id']}/submit", {"solutions": solutions}).status == 200
            skill = api.made("skills", {"name": f"{number} {one}"})["id"]
            api.put("user-skills", {"skill_id": skill, "user_id": ann, "value": 5})
            api.put("user-restrictions", {"scope": "ALL_PROJECTS", "user_id": ann})
            api.pool(project_id=api.project(public_name=f"{number} {one}"))

    lists = ("projects", "pools", "task-suites", "operations", "assignments", "skills", "user-skills",
             "user-restrictions", f"tasks?pool_id={pool['id']}")  # fmt: skip

    def costs() -> dict[str, int]:
        found = {}
        for path in lists:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert api.get(path)["items"]
            found[path] = len(asked(queries))
        return found

    fill(1)
    before = costs()
    fill(3)
    assert costs() == before
    assert max(before.values()) <= 8, before
