"""The rule editor: the seed's rule, a sentence at each field, all that the catalogue has, on, shadow and off."""

import pytest
from django.utils import timezone

from crowd_rules.engine.actions import ACTIONS
from crowd_rules.engine.collectors import COLLECTORS
from crowd_rules.engine.validation import Setting, check_configs
from crowd_rules.models import Operation, Rule
from crowd_rules.views.pools.catalogue_words import WORDS
from crowd_rules.views.pools.rule_form import RuleForm, after_step, data_of
from crowd_rules.views.pools.wording import SIGNS
from tests.crowd_rules.crowd import config, rule, suspend

SKILL = "0" * 31 + "1"
SEED = {
    "collector": "SKIPPED_IN_ROW_ASSIGNMENTS", "c-0-key": "skipped_in_row_count", "c-0-operator": "GTE",
    "c-0-value": "2", "then": "RESTRICTION_V2:suspend", "a-duration": "5", "a-duration_unit": "DAYS",
    "a-private_comment": "", "holds": "pool",
}  # fmt: skip
SEED_RULE = {
    "conditions": [{"key": "skipped_in_row_count", "operator": "GTE", "value": 2}],
    "action": {"type": "RESTRICTION_V2", "parameters": {"scope": "POOL", "duration": 5, "duration_unit": "DAYS"}},
}


def form_of(data: dict[str, str], **options) -> RuleForm:
    return RuleForm(data, skills={SKILL: "care"}, needs_acceptance=options.get("auto_accept", False))


def test_the_seeds_rule_is_saved_and_shuts_out_who_skips_two(desk):
    pool = desk.crowd.pool(tasks=10)
    answer = desk.post("new_rule", pool.pk, data={**SEED, "do": "on"})
    assert (answer.status_code, answer.url) == (302, desk.url("pool", pool.pk))
    (found,) = desk.rules(pool)
    assert found["collector_config"] == {"type": "SKIPPED_IN_ROW_ASSIGNMENTS", "parameters": {}}
    assert [{key: one[key] for key in ("conditions", "action", "shadow")} for one in found["rules"]] == [
        {**SEED_RULE, "shadow": False}
    ]
    for _ in range(2):
        desk.crowd.skip("ann", pool)
    page = desk.told("pool", pool.pk)
    assert "suspend from this pool for 5 days" in page
    assert "1 suspended now" in page
    assert "Fired once" in page
    assert len(desk.crowd.restrictions("ann")) == 1


MISSING = [
    ({"c-0-value": ""}, "c-0-value", "Give a value."),
    ({"c-0-value": "two"}, "c-0-value", "Give a whole number."),
    ({"a-duration": ""}, "a-duration", "Fill in “For how long”."),
    ({"a-duration": "0"}, "a-duration", "At least 1."),
    ({"then": "SET_SKILL", "a-skill_value": "5"}, "a-skill_id", "Fill in “Skill”."),
    ({"then": "SET_SKILL", "a-skill_id": "f" * 32, "a-skill_value": "5"}, "a-skill_id", "There is no such skill."),
    ({"then": "APPROVE_ALL_ASSIGNMENTS"}, "then", "needs a pool with non-automatic acceptance."),
    ({"collector": "MAJORITY_VOTE", "c-0-key": "total_answers_count"}, "p-answer_threshold", "Fill in"),
    (
        {"collector": "GOLDEN_SET", "c-0-key": "total_answers_count", "p-history_size": "1e3"},
        "p-history_size",
        "Give a whole number.",
    ),
]


def test_what_is_missing_is_said_at_its_field_and_nothing_is_kept(desk):
    pool = desk.crowd.pool(tasks=1)
    for changes, field, sentence in MISSING:
        for do in ("on", "dry_run"):
            answer = desk.post("new_rule", pool.pk, data={**SEED, **changes, "do": do})
            told = answer.content.decode().partition(f'id="id_{field}_error"')[2][:800]
            assert (answer.status_code, sentence in told) == (400, True), (changes, told)
    assert desk.rules(pool) == []
    with desk.crowd.scope():
        assert not Operation.objects.exists()


def test_what_the_database_cannot_keep_is_no_error_of_the_server(desk):
    pool = desk.crowd.pool(tasks=1)
    odd = {"a-private_comment": "a\x00b", "c-0-key": "skipped\x00_in_row_count"}
    assert desk.post("new_rule", pool.pk, data={**SEED, **odd, "do": "shadow"}).status_code == 302
    (found,) = desk.rules(pool)
    assert found["rules"][0]["action"]["parameters"]["private_comment"] == "ab"


def test_for_good_is_a_choice_of_its_own_and_never_an_empty_field(desk):
    pool = desk.crowd.pool(tasks=1)
    ban = {"then": "RESTRICTION_V2:ban", "a-scope": "ALL_PROJECTS", "a-duration": "", "a-duration_unit": "PERMANENT"}
    desk.post("new_rule", pool.pk, data={**SEED, **ban, "do": "on"})
    (found,) = desk.rules(pool)
    assert found["rules"][0]["action"]["parameters"] == {"scope": "ALL_PROJECTS", "duration_unit": "PERMANENT"}
    assert "for good" in desk.told("pool", pool.pk)


PAIRS = [
    (one.type, then) for one in COLLECTORS.values() for then in form_of({"collector": one.type}).then_field.choices
]


@pytest.mark.parametrize(("collector", "then"), PAIRS, ids=lambda one: one if isinstance(one, str) else one[0])
def test_every_collector_and_action_of_the_catalogue_can_be_filled_in(collector, then):
    """Whatever the catalogue has, the form asks for all of it: filled with the first of everything, it is whole."""
    data = {"collector": collector, "then": then[0]}
    form = form_of(data)
    lines = [one for line in form.lines for one in (line.key, line.operator, line.value)]
    for one in [*form.parameter_fields, *form.action_fields, *lines]:
        chosen = next((value for value, _label in one.choices if value), "")
        data[one.name] = one.value or {"select": chosen, "number": "5", "textarea": "why"}.get(one.kind, "on")
    found = form_of(data).config
    assert check_configs([found], Setting(auto_accept=False, skills={SKILL})) == []
    # And back: what is kept fills the form in again.
    again = form_of(data_of(collector, found["collector_config"]["parameters"], found["rules"][0]))
    assert again.config == found


def test_the_pairs_are_the_catalogues():
    assert {collector for collector, _then in PAIRS} == set(COLLECTORS)
    known = {(one.type, action) for one in COLLECTORS.values() for action in one.actions if action != "RESTRICTION"}
    assert {(collector, then[0].partition(":")[0]) for collector, then in PAIRS} == known


def test_translators_have_every_word_of_the_catalogue():
    found = {*SIGNS}
    for collector in COLLECTORS.values():
        found |= {collector.label, collector.help}
        for one in (*collector.figures, *collector.parameters):
            found |= {one.label, getattr(one, "help", ""), *one.labels}
    for action in ACTIONS.values():
        if not action.superseded_by:
            found |= {*([one.label for one in action.variants] or [action.label]), action.help}
            found |= {word for one in action.parameters for word in (one.label, one.help, *one.labels)}
    assert found - {*SIGNS, ""} == set(WORDS)


def test_conditions_come_and_go_and_what_was_typed_stays(desk):
    pool = desk.crowd.pool(tasks=1)
    given = {**SEED, "collector": "GOLDEN_SET", "c-0-key": "total_answers_count", "c-0-value": "3"}
    more = desk.post("new_rule", pool.pk, data={**given, "step": "add"}, **{"HX-Request": "true"}).content.decode()
    assert 'name="c-1-key"' in more
    assert 'name="c-0-value" value="3"' in more
    assert "<h1" not in more
    two = {**given, "c-1-key": "correct_answers_rate", "c-1-operator": "LT", "c-1-value": "60"}
    desk.post("new_rule", pool.pk, data={**two, "do": "on"})
    assert [one["value"] for one in desk.rules(pool)[0]["rules"][0]["conditions"]] == [3, 60]
    left, focus = after_step(two, "remove-0")
    assert ([name for name in left if name.startswith("c-")], focus) == (
        ["c-1-key", "c-1-operator", "c-1-value"], "c-1-key",
    )  # fmt: skip


def test_a_rule_is_changed_switched_to_shadow_and_off_and_used_again(desk):
    pool = desk.crowd.pool(
        tasks=1, rules=[config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 2)))]
    )
    first = desk.rules(pool)[0]["rules"][0]["id"]
    desk.post("rule", pool.pk, first, data={**SEED, "do": "shadow"})
    assert [(one["id"], one["shadow"]) for one in desk.rules(pool)[0]["rules"]] == [(first, True)]
    desk.post("rule", pool.pk, first, data={**SEED, "c-0-value": "3", "do": "on"})
    (changed,) = desk.rules(pool)[0]["rules"]
    assert (changed["id"] != first, changed["shadow"], changed["conditions"][0]["value"]) == (True, False, 3)
    desk.post("switch_rule", pool.pk, changed["id"], data={"state": "off"})
    assert desk.rules(pool) == []
    assert "Switched off or replaced (2)" in desk.told("pool", pool.pk)
    assert 'name="c-0-value" value="3"' in desk.told("new_rule", pool.pk, query=f"?like={changed['id']}")
    assert desk.get("rule", pool.pk, changed["id"]).status_code == 404


def test_a_rule_may_hold_in_all_pools_of_the_project(desk):
    pool = desk.crowd.pool(tasks=1)
    desk.post("new_rule", pool.pk, data={**SEED, "holds": "project", "do": "shadow"})
    assert desk.rules(pool) == []
    (found,) = desk.rules(pool, of_project=True)
    assert "All pools of the project" in desk.told("pool", pool.pk)
    desk.post("switch_rule", pool.pk, found["rules"][0]["id"], data={"state": "on"})
    assert desk.rules(pool, of_project=True)[0]["rules"][0]["shadow"] is False


def test_a_projects_rule_that_is_changed_is_tried_and_kept_as_the_projects(desk):
    pool = desk.crowd.pool(tasks=5)
    desk.post("new_rule", pool.pk, data={**SEED, "holds": "project", "do": "on"})
    ((standing,),) = (one["rules"] for one in desk.rules(pool, of_project=True))
    # The page of a standing rule does not ask again where it holds.
    desk.post("rule", pool.pk, standing["id"], data={**SEED, "c-0-value": "3", "do": "dry_run"})
    with desk.crowd.scope():
        run = Operation.objects.get(type="RULES.DRY_RUN")
    desk.work(run, timezone.now())
    assert desk.post("keep_tried", pool.pk, run.pk, data={"state": "on"}).status_code == 302
    ((changed,),) = (one["rules"] for one in desk.rules(pool, of_project=True))
    assert changed["conditions"][0]["value"] == 3


def test_an_older_form_is_shown_as_the_one_that_replaced_it():
    old = rule(("skipped_in_row_count", "GTE", 2), action="RESTRICTION", scope="PROJECT", duration_days=7)
    data = data_of("SKIPPED_IN_ROW_ASSIGNMENTS", {}, old)
    assert data["then"] == "RESTRICTION_V2:ban"
    assert form_of(data).rule["action"]["parameters"] == {"scope": "PROJECT", "duration": 7, "duration_unit": "DAYS"}


def test_the_seeds_advice_stands_beside_the_rule(desk):
    pool = desk.crowd.pool(tasks=2)
    page = desk.post("new_rule", pool.pk, data={**SEED, "step": "shape"}).content.decode()
    assert "There are only 2 pages in the pool" in page
    assert "Keep task order" in page
    assert "If" in page
    assert "task suites skipped in a row ≥ 2" in page


def test_the_advice_knows_the_rules_of_the_whole_project(desk):
    pool = desk.crowd.pool(tasks=20, default_overlap=3)
    vote = {"collector": "MAJORITY_VOTE", "p-answer_threshold": "2", "c-0-key": "incorrect_answers_rate",
            "c-0-operator": "GTE", "c-0-value": "50", "step": "shape"}  # fmt: skip
    warning = "come too late for who clicks through many"
    assert warning in desk.post("new_rule", pool.pk, data={**SEED, **vote}).content.decode()
    fast = {"collector": "ASSIGNMENT_SUBMIT_TIME", "p-fast_submit_threshold_seconds": "20",
            "c-0-key": "fast_submitted_count", "holds": "project", "do": "on"}  # fmt: skip
    assert desk.post("new_rule", pool.pk, data={**SEED, **fast}).status_code == 302
    assert warning not in desk.post("new_rule", pool.pk, data={**SEED, **vote}).content.decode()


def test_a_dry_run_says_who_would_have_been_hit_and_switches_the_rule_on(desk):
    pool = desk.crowd.pool(tasks=20, controls=4, golden_tasks_count=1)
    for _ in range(2):
        desk.crowd.skip("ann", pool)
    desk.crowd.do("ann", pool)
    desk.crowd.do("bob", pool, "BAD")
    answer = desk.post("new_rule", pool.pk, data={**SEED, "do": "dry_run"})
    with desk.crowd.scope():
        run = Operation.objects.get(type="RULES.DRY_RUN")
    assert answer.url == desk.url("dry_run", pool.pk, run.pk)
    assert "Waiting for a worker" in desk.told("dry_run", pool.pk, run.pk)
    desk.work(run, timezone.now())
    page = desk.told("dry_run", pool.pk, run.pk)
    assert "good, and would be lost" in page
    assert "is not known" in page
    assert "What a skill that these rules set would have opened or closed to somebody is not followed." in page
    assert desk.crowd.restrictions("ann") == []
    # The state alone for htmx, without asking again: it is over.
    state = desk.told("dry_run", pool.pk, run.pk, **{"HX-Request": "true"})
    assert "<h1" not in state
    assert "every 1s" not in state
    assert 'name="c-0-value" value="2"' in desk.told("new_rule", pool.pk, query=f"?dry_run={run.pk.hex}")
    desk.post("keep_tried", pool.pk, run.pk, data={"state": "shadow"})
    assert desk.rules(pool)[0]["rules"][0]["shadow"] is True


def test_another_pools_rule_and_dry_run_are_unknown(desk):
    skips = config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 2)))
    one, other = desk.crowd.pool(tasks=1, rules=[skips]), desk.crowd.pool(tasks=1)
    rule_id = desk.rules(one)[0]["rules"][0]["id"]
    assert desk.get("rule", other.pk, rule_id).status_code == 404
    assert desk.post("switch_rule", other.pk, rule_id, data={"state": "off"}).status_code == 404
    desk.post("replay_rules", one.pk, data={})
    with desk.crowd.scope():
        run = Operation.objects.get()
        assert Rule.objects.filter(retired_at=None).count() == 1
    assert desk.get("dry_run", other.pk, run.pk).status_code == 404
    assert desk.post("keep_tried", other.pk, run.pk, data={}).status_code == 404


def test_what_is_only_kept_for_the_wire_is_shown_and_stays(desk):
    """An id that is none, and a collector without rules: nobody here reads them, and a client may want them back."""
    skips = config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 2)))
    odd = config("NEWER", {"conditions": [], "action": {"type": "SET_SKILL", "parameters": {"skill_id": "mine"}}})
    sets = rule(("skipped_in_row_count", "GTE", 2), action="SET_SKILL", skill_id=desk.crowd.skill().pk.hex,
                skill_value=5)  # fmt: skip
    desk.crowd.pool(tasks=1, rules=[config("SKIPPED_IN_ROW_ASSIGNMENTS", sets)])
    pool = desk.crowd.pool(tasks=1, rules=[skips, odd, config("TRAINING")])
    assert desk.get("pool", pool.pk).status_code == 200
    first = desk.rules(pool)[0]["rules"][0]["id"]
    desk.post("switch_rule", pool.pk, first, data={"state": "off"})
    assert [one["collector_config"]["type"] for one in desk.rules(pool)] == ["NEWER", "TRAINING"]
