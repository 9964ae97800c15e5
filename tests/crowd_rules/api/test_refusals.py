"""What the crowd dialect refuses, at which field, and that nothing is changed by it."""

from uuid import uuid4

import pytest

from labelops.tenancy.models import Scope
from labelops.tenancy.permissions import Role
from tests.crowd_rules.api.world import IMAGE, POOL, PROJECT, Caller, make_world
from tests.factories import make_key, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def api(world):
    return world.api


def test_who_may_not_call(world, api):
    for secret in ("", "labelops_live_nothing", "x" * 500):
        assert (Caller(secret).get("pools").status, Caller(secret).get("pools")["code"]) == (
            401, "AUTHENTICATION_ERROR")  # fmt: skip
    auditor = make_member(organization=world.organization, role=Role.AUDITOR).user
    assert Caller(make_key(organization=world.organization, user=auditor)).get("pools")["code"] == "ACCESS_DENIED"
    reader = Caller(make_key(organization=world.organization, scopes=[Scope.TASKS_READ]))
    assert reader.get("pools").status == 200
    assert reader.post("projects", PROJECT).status == 403


def test_what_is_no_call(api):
    assert api.get("nothing/here")["code"] == "DOES_NOT_EXIST"
    assert api.call("DELETE", "pools")["code"] == "METHOD_NOT_ALLOWED"
    assert api.call("POST", "pools", b"a=1", content_type="text/plain")["code"] == "UNSUPPORTED_MEDIA_TYPE"
    assert api.call("POST", "pools", b"{")["code"] == "VALIDATION_ERROR"
    assert api.call("POST", "skills", b'{"name": "a\\u0000"}').status == 400
    for path in ("/api", "/api/", "/api/v1", "/api/staging/analytics-2", "/api/v1/pools/"):
        answer = api.client.get(path, headers=api.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "DOES_NOT_EXIST"), path


def test_projects_say_which_field_is_wrong(api):
    assert api.post("projects", {}).fields == {"public_name": "VALUE_REQUIRED", "task_spec": "VALUE_REQUIRED"}
    wrong = {**PROJECT, "public_name": " ", "task_spec": {"input_spec": {"a": 5}, "output_spec": []}}
    assert api.post("projects", wrong).fields == {
        "public_name": "BLANK_STRING_NOT_ALLOWED", "task_spec.input_spec.a": "OBJECT_EXPECTED",
        "task_spec.output_spec": "OBJECT_EXPECTED",
    }  # fmt: skip
    rule = {"collector_config": {"type": "INCOME"}, "rules": [{"conditions": [], "action": {"type": "SET_SKILL"}}]}
    answer = api.post("projects", {**PROJECT, "quality_control": {"configs": [rule]}})
    assert "quality_control.configs.0.rules.0.conditions" in answer.fields
    assert api.get("projects")["items"] == [], "nothing is made"


def test_pools_say_which_field_is_wrong(api):
    project = api.project()
    assert set(api.post("pools", {}).fields) == {
        "project_id", "private_name", "reward_per_assignment", "may_contain_adult_content", "will_expire",
        "assignment_max_duration_seconds",
    }  # fmt: skip
    wrong = {
        "reward_per_assignment": ("a lot", "FLOAT_EXPECTED"), "will_expire": ("soon", "INVALID_DATE_TIME_SYNTAX"),
        "priority": (101, "VALUE_GREATER_THAN_MAX"), "auto_accept_period_day": (22, "VALUE_GREATER_THAN_MAX"),
        "filter": ([], "OBJECT_EXPECTED"), "project_id": (uuid4().hex, "ENTITY_DOES_NOT_EXIST"),
        "auto_accept_solutions": ("yes", "BOOLEAN_EXPECTED"),
    }  # fmt: skip
    for name, (value, code) in wrong.items():
        assert api.post("pools", {**POOL, "project_id": project, name: value}).fields == {name: code}
    mixer = {"real_tasks_count": 501, "golden_tasks_count": "x", "training_tasks_count": 0}
    assert set(api.post("pools", {**POOL, "project_id": project, "mixer_config": mixer}).fields) == {
        "mixer_config.real_tasks_count", "mixer_config.golden_tasks_count"}  # fmt: skip
    condition = {"category": "skill", "key": "1", "operator": "NEAR", "value": 5}
    answer = api.post("pools", {**POOL, "project_id": project, "filter": {"and": [{"or": [condition]}]}})
    assert answer.fields == {"filter.and.0.or.0": "INVALID_VALUE"}
    assert api.get("pools")["items"] == []


def test_tasks_are_judged_by_their_project(api):
    pool = api.pool()
    task = {"pool_id": pool["id"], "input_values": IMAGE}
    wrong = {
        "input_values.image": ({**task, "input_values": {}}, "VALUE_REQUIRED"),
        "input_values.size": ({**task, "input_values": {**IMAGE, "size": 0}}, "VALUE_OUT_OF_BOUNDS"),
        "known_solutions.0.output_values.result": (
            {**task, "known_solutions": [{"output_values": {"result": "DUCK"}}]}, "VALUE_NOT_ALLOWED"),
        "known_solutions.0.correctness_weight": (
            {**task, "known_solutions": [{"output_values": {"result": "OK"}, "correctness_weight": 2}]},
            "INVALID_VALUE"),
        "overlap": ({**task, "overlap": 0}, "VALUE_LESS_THAN_MIN"),
        "pool_id": ({**task, "pool_id": uuid4().hex}, "ENTITY_DOES_NOT_EXIST"),
    }  # fmt: skip
    for name, (body, code) in wrong.items():
        assert api.post("tasks", body).fields == {name: code}, name
    assert api.post("tasks", "text").fields == {"body": "OBJECT_EXPECTED"}
    assert api.get("tasks").fields == {"pool_id": "VALUE_REQUIRED"}
    nested = api.post("tasks", [task, 5])
    assert nested.body["payload"] == {"1": {"body": {
        "code": "OBJECT_EXPECTED", "message": "Give a JSON object.", "params": []}}}  # fmt: skip
    assert api.get("tasks", pool_id=pool["id"])["items"] == []


def test_suites_and_mixing_do_not_go_together(api):
    mixing, by_hand = api.pool(), api.pool(mixer_config=None)
    suite = {"pool_id": by_hand["id"], "tasks": [{"input_values": IMAGE}]}
    assert api.post("task-suites", {**suite, "pool_id": mixing["id"]})["code"] == "POOL_TASK_TYPE_CONFLICT"
    assert api.post("tasks", {"pool_id": by_hand["id"], "input_values": IMAGE})["code"] == "MIXER_CONFIG_REQUIRED"
    assert api.post("task-suites", {**suite, "tasks": []}).fields == {"tasks": "ARRAY_SIZE_LESS_THAN_MIN"}
    bad = {**suite, "tasks": [{"input_values": IMAGE}, {"input_values": {}, "baseline_solutions": []}]}
    assert api.post("task-suites", bad).fields == {"tasks.1.baseline_solutions": "VALUE_NOT_ALLOWED"}
    assert api.post("task-suites", suite).status == 201


def test_lists_say_what_they_cannot_do(api):
    assert api.get("pools", sort="colour").fields == {"sort": "UNKNOWN_ENUM_VALUE"}
    assert api.get("pools", limit="0").fields == {"limit": "VALUE_OUT_OF_BOUNDS"}
    assert api.get("pools", created_gt="yesterday").fields == {"created_gt": "INVALID_VALUE"}
    assert api.get("projects", status="BUSY").fields == {"status": "INVALID_VALUE"}
    assert api.get("pools", project_id="17").body == {"items": [], "has_more": False}
    assert api.get("pools", limit="999999999", colour="red").status == 200


def test_skills_and_restrictions_say_which_field_is_wrong(api):
    ann, _ = api.worker()
    skill = api.made("skills", {"name": "Birds"})["id"]
    assert api.post("skills", {"name": "Birds"}).fields == {"name": "INVALID_VALUE"}
    assert api.post("skills", {"name": "b", "skill_ttl_hours": 0}).fields == {"skill_ttl_hours": "VALUE_LESS_THAN_MIN"}
    assert api.put("user-skills", {"skill_id": skill, "user_id": ann, "value": 101}).fields == {
        "value": "VALUE_GREATER_THAN_MAX"}  # fmt: skip
    assert set(api.put("user-skills", {"skill_id": "1", "user_id": uuid4().hex, "value": 1}).fields) == {
        "skill_id", "user_id"}  # fmt: skip
    assert api.put("user-restrictions", {"scope": "POOL", "user_id": ann}).fields == {"pool_id": "VALUE_REQUIRED"}
    assert api.put("user-restrictions", {"scope": "WORLD", "user_id": ann}).fields == {"scope": "UNKNOWN_ENUM_VALUE"}
    past = {"scope": "ALL_PROJECTS", "user_id": ann, "will_expire": "2020-01-01T00:00:00"}
    assert api.put("user-restrictions", past).fields == {"will_expire": "INVALID_VALUE"}
    assert api.put("user-restrictions", {**past, "scope": "SYSTEM"})["code"] == "SYSTEM_SCOPE_MODIFICATION"
    assert api.get("user-restrictions")["items"] == []


def test_what_we_added_refuses_what_it_does_not_know(api):
    assert api.post("performers", {"name": "Ann", "nmae": 1}).fields == {"nmae": "VALUE_NOT_ALLOWED"}
    assert api.post("performers", {}).fields == {"name": "VALUE_REQUIRED"}
    for country in ("Germany", "ßß", "ŉa"):
        assert api.post("performers", {"name": "Ann", "country": country}).fields == {"country": "INVALID_VALUE"}
    _, ann = api.worker()
    pool = api.pool()
    assert ann.post(f"performer/pools/{pool['id']}/assignments", {"a": 1}).fields == {"a": "VALUE_NOT_ALLOWED"}
    assert ann.post(f"performer/pools/{pool['id']}/assignments")["code"] == "POOL_INAPPROPRIATE_STATUS"
    assert ann.post(f"performer/pools/{uuid4().hex}/assignments")["code"] == "DOES_NOT_EXIST"
    assert ann.get("pools").status == 401, "a performer never reads what is the requester's"


def test_a_control_task_that_is_in_use_keeps_a_solution_that_can_be_given(api):
    """With none, or with one that no form can send, everybody's answer would be wrong from then on."""
    pool = api.pool()
    known = [{"output_values": {"result": "OK"}}]
    place = f"tasks/{api.made('tasks', {'pool_id': pool['id'], 'input_values': IMAGE, 'known_solutions': known})['id']}"
    place_of = "known_solutions.0.output_values.result"
    for odd, field, code in (
        ([], "known_solutions", "INVALID_VALUE"),
        ([{"output_values": {"reslut": "OK"}}], place_of, "VALUE_REQUIRED"),
        ([{"output_values": {"result": "OKAY"}}], place_of, "VALUE_NOT_ALLOWED"),
    ):
        assert api.patch(place, {"known_solutions": odd}).fields == {field: code}
    assert api.get(place)["known_solutions"] == known
    assert api.patch(place, {"known_solutions": [{"output_values": {"result": "BAD"}}]}).status == 200
