"""Rules and filters that nobody types and everybody can send: refused at their field, or kept and harmless."""

import pytest

from tests.crowd_rules.api.world import IMAGE, POOL, make_world

pytestmark = pytest.mark.django_db
SKIPPED = {"key": "skipped_in_row_count", "operator": "GTE", "value": 2}
FIVE_DAYS = {"scope": "POOL", "duration": 5, "duration_unit": "DAYS"}
SUSPEND = {"type": "RESTRICTION_V2", "parameters": FIVE_DAYS}


@pytest.fixture
def api():
    return make_world().api


def configs(type="SKIPPED_IN_ROW_ASSIGNMENTS", rules=None, **collector):
    rules = [{"conditions": [SKIPPED], "action": SUSPEND}] if rules is None else rules
    return {"configs": [{"collector_config": {"type": type, **collector}, "rules": rules}]}


def then(type, conditions=(SKIPPED,), **parameters):
    return [{"conditions": list(conditions), "action": {"type": type, "parameters": parameters}}]


RULE = "rules.0"
COUNTED = {"key": "total_answers_count", "operator": "GTE", "value": 1}
ODD = [
    ("rules", configs("CAPTCHA", "text")), (RULE, configs("CAPTCHA", [5])),
    (f"{RULE}.action", configs("CAPTCHA", [{"action": "x"}])),
    (f"{RULE}.conditions", configs("CAPTCHA", [{"conditions": 5}])),
    (f"{RULE}.action.parameters", configs("CAPTCHA", [{"action": {"parameters": 5}}])),
    ("collector_config.parameters", configs("CAPTCHA", parameters=[1])),
    ("collector_config.type", configs("X" * 65)),
    ("collector_config.parameters.history_size", configs(parameters={"history_size": 10})),
    (f"{RULE}.shadow", configs(rules=[{"conditions": [SKIPPED], "action": SUSPEND, "shadow": "false"}])),
    (f"{RULE}.action.parameters.duration_days", configs(rules=then("RESTRICTION", scope="POOL", duration_days=""))),
    (f"{RULE}.action.parameters.from_field", configs("GOLDEN_SET", then(
        "SET_SKILL_FROM_OUTPUT_FIELD", [COUNTED], skill_id="SKILL", from_field=["a"]))),
    *((f"{RULE}.action.parameters.from_field", configs("GOLDEN_SET", then(
        "SET_SKILL_FROM_OUTPUT_FIELD", [COUNTED], skill_id="SKILL", from_field=nothing)))
      for nothing in ([], {}, 0, False)),
    *(("collector_config.parameters.history_size", configs("CAPTCHA", parameters={"history_size": odd}))
      for odd in ("ten", 1.5, 10**12, -1, [1], {"a": 1}, True)),
]  # fmt: skip


def test_odd_rules_are_refused_at_their_field(api):
    project, skill = api.project(), api.made("skills", {"name": "s"})["id"]
    for place, control in ODD:
        for rule in control["configs"][0]["rules"]:
            if isinstance(rule, dict) and "skill_id" in str(rule):
                rule["action"]["parameters"]["skill_id"] = skill
        answer = api.post("pools", {**POOL, "project_id": project, "quality_control": control})
        assert set(answer.fields) == {f"quality_control.configs.0.{place}"}, place


def until_of(api, rules):
    """When a restriction by these rules is over, as the requester reads it; two skips bring it about."""
    pool = api.pool(quality_control=configs(rules=rules))
    api.tasks(pool["id"], 6)
    api.post(f"pools/{pool['id']}/open")
    _, ann = api.worker(f"of {pool['id']}")
    for _ in range(2):
        issued = ann.post(f"performer/pools/{pool['id']}/assignments")
        assert ann.post(f"performer/assignments/{issued['id']}/skip").status == 200
    (found,) = api.get("user-restrictions", pool_id=pool["id"])["items"]
    return found.get("will_expire")


def test_no_field_of_the_older_form_makes_a_suspension_one_for_good(api):
    assert until_of(api, then("RESTRICTION_V2", **FIVE_DAYS, duration_days=None)) is not None
    assert until_of(api, then("RESTRICTION", scope="POOL", duration_unit="WEEKS")) is None, "as the wire has it"
    assert until_of(api, then("RESTRICTION", scope="POOL", duration_days="5", duration_unit="DAYS")) is not None


def test_numbers_that_came_as_texts_or_with_a_fraction_are_read_as_numbers(api):
    fast = {"key": "fast_submitted_count", "operator": "GTE", "value": "1.0"}
    for size in ("10.0", 10.0, "10"):
        control = configs("ASSIGNMENT_SUBMIT_TIME", then("RESTRICTION_V2", [fast], **FIVE_DAYS),
                          parameters={"fast_submit_threshold_seconds": "100", "history_size": size})  # fmt: skip
        pool = api.pool(quality_control=control)
        found = pool["quality_control"]["configs"][0]["collector_config"]["parameters"]
        assert [type(one) for one in found.values()] == [int, int]
        api.tasks(pool["id"], 2)
        api.post(f"pools/{pool['id']}/open")
        _, ann = api.worker(f"of {pool['id']}")
        issued = ann.post(f"performer/pools/{pool['id']}/assignments")
        answers = [{"output_values": {"result": "OK"}} for _ in issued["tasks"]]
        assert ann.post(f"performer/assignments/{issued['id']}/submit", {"solutions": answers}).status == 200
        assert api.get("user-restrictions", pool_id=pool["id"])["items"], size


def one(category="skill", operator="GTE", value=5, key=None):
    return {"category": category, "key": key, "operator": operator, "value": value}


def test_odd_filters_are_refused_and_close_no_list_of_pools(api):
    project, skill = api.project(), api.made("skills", {"name": "s"})["id"]
    odd = [one(value=value) for value in (True, "５", "nan", "1e9", [5], " 5 ", "")]
    odd += [one(operator="IN"), one(operator="GT", value=None), one(key="224"), one(key="0" * 32)]
    for condition in odd:
        given = {**condition, "key": condition["key"] or skill}
        answer = api.post("pools", {**POOL, "project_id": project, "filter": {"and": [{"or": [given]}]}})
        assert set(answer.fields) == {"filter.and.0.or.0"}, given
    assert set(api.post("pools", {**POOL, "project_id": project, "filter": {"and": [{"or": []}]}}).fields) == {
        "filter.and.0"}  # fmt: skip
    for value in (50, "50.5", None):
        given = {**one(value=value, key=skill), "operator": "EQ" if value is None else "GTE"}
        pool = api.pool(project_id=project, filter={"and": [{"or": [given]}]})
        api.made("tasks", {"pool_id": pool["id"], "input_values": IMAGE})
        api.post(f"pools/{pool['id']}/open")
    _, ann = api.worker()
    assert [one["available"] for one in ann.get("performer/pools")["items"]] == [True, False, False]


def test_another_organizations_skill_in_a_filter_is_unknown():
    world = make_world()
    skill = world.other.made("skills", {"name": "theirs"})["id"]
    given = {"and": [{"or": [one(key=skill)]}]}
    answer = world.api.post("pools", {**POOL, "project_id": world.api.project(), "filter": given})
    assert set(answer.fields) == {"filter.and.0.or.0"}
