"""The catalogue: every collector with every action, what is refused and where, what is advised."""

import itertools
from decimal import Decimal

import pytest
from django.utils import timezone

from crowd_rules.engine.actions import ACTIONS
from crowd_rules.engine.collectors import COLLECTORS
from crowd_rules.engine.lint import Surroundings, lint
from crowd_rules.engine.validation import Setting, check_configs, check_rule
from crowd_rules.engine.vocabulary import Kind
from crowd_rules.models import Operation, PerformerSkill, Rule
from crowd_rules.services.jobs import run_operation
from crowd_rules.services.refusals import InvalidRules
from crowd_rules.services.restrictions import restrict
from crowd_rules.services.rules import (
    add_rule,
    configs_json,
    lint_rules,
    retire_rule,
    rules_of,
    set_rules,
    set_shadow,
)
from crowd_rules.services.skills import set_skill
from tests.crowd_rules.crowd import config, make_crowd, rule, suspend

SKILL = "0" * 32
GIVEN = {"scope": "PROJECT", "duration": 7, "duration_unit": "DAYS", "duration_days": 7, "private_comment": "why",
         "skill_id": SKILL, "skill_value": 50, "public_comment": "why", "delta": 1, "open_pool": True}  # fmt: skip
COLLECTED = {"answer_threshold": 2, "fast_submit_threshold_seconds": 20, "history_size": 10}
REVIEWING = Setting(auto_accept=False, skills={SKILL})


def whole_rule(collector, action):
    """A rule of this pair in which nothing is missing."""
    conditions = []
    for figure in collector.figures:
        value = {Kind.CHOICE: figure.choices[:1], Kind.SKILL: [SKILL]}.get(figure.kind, [1])[0]
        conditions.append((figure.key, "EQ" if figure.operators == ("EQ", "NE") else "GTE", value))
    parameters = {one.name: GIVEN[one.name] for one in action.parameters if one.name in GIVEN}
    if action.type == "SET_SKILL_FROM_OUTPUT_FIELD":
        parameters["from_field"] = next(iter(collector.rates), "correct_answers_rate")
    return rule(*conditions, action=action.type, **parameters)


def whole_config(collector, action):
    parameters = {one.name: COLLECTED[one.name] for one in collector.parameters}
    return config(collector.type, whole_rule(collector, action), **parameters)


PAIRS = list(itertools.product(COLLECTORS.values(), ACTIONS.values()))


@pytest.mark.parametrize(("collector", "action"), PAIRS, ids=lambda one: one.type)
def test_a_pair_is_taken_where_the_catalogue_has_it_and_refused_at_its_field_elsewhere(collector, action):
    problems = check_configs([whole_config(collector, action)], REVIEWING)
    if action.type in collector.actions:
        assert problems == []
    else:
        assert [(one.path, one.code) for one in problems if "action.type" in one.path] == [
            ("configs.0.rules.0.action.type", "VALUE_NOT_ALLOWED")
        ]


@pytest.mark.parametrize(("collector", "action"), [pair for pair in PAIRS if pair[1].type in pair[0].actions],
                         ids=lambda one: one.type)  # fmt: skip
def test_no_required_field_may_be_left_empty(collector, action):
    given = whole_rule(collector, action)
    required = [one.name for one in action.parameters if one.required]
    for name, empty in itertools.product(required, ("", None)):
        parameters = {**given["action"]["parameters"], name: empty}
        broken = {**given, "action": {**given["action"], "parameters": parameters}}
        problems = check_rule(collector.type, broken, REVIEWING)
        assert [(one.path, one.code) for one in problems] == [(f"action.parameters.{name}", "VALUE_REQUIRED")]
    for field in ("key", "operator", "value"):
        broken = {**given, "conditions": [{**given["conditions"][0], field: ""}]}
        assert f"conditions.0.{field}" in {one.path for one in check_rule(collector.type, broken, REVIEWING)}


def test_for_good_is_said_outright():
    skips = COLLECTORS["SKIPPED_IN_ROW_ASSIGNMENTS"].type
    empty = suspend(("skipped_in_row_count", "GTE", 2), days="")
    for_good = rule(
        ("skipped_in_row_count", "GTE", 2), action="RESTRICTION_V2", scope="POOL", duration_unit="PERMANENT"
    )
    assert [one.path for one in check_rule(skips, empty, REVIEWING)] == ["action.parameters.duration"]
    assert check_rule(skips, for_good, REVIEWING) == []


def test_accepting_answers_needs_a_pool_with_review():
    accept = rule(("skipped_in_row_count", "GTE", 2), action="APPROVE_ALL_ASSIGNMENTS")
    problems = check_rule("SKIPPED_IN_ROW_ASSIGNMENTS", accept, Setting(auto_accept=True))
    assert [(one.path, one.code) for one in problems] == [("action.type", "VALUE_NOT_ALLOWED")]


@pytest.mark.parametrize("value", ["many", "1e9", 1.5, -1, True, [], "1/2", "9" * 40])
def test_a_count_is_a_whole_number(value):
    broken = suspend(("skipped_in_row_count", "GTE", value))
    assert [one.path for one in check_rule("SKIPPED_IN_ROW_ASSIGNMENTS", broken, REVIEWING)] == ["conditions.0.value"]


GOLDEN = {"type": "GOLDEN_SET"}
NOT_CONFIGS = [None, {}, [None], [{}], [{"collector_config": []}], [{"collector_config": {"type": 5}}],
               [{"collector_config": GOLDEN, "rules": [None]}],
               [{"collector_config": GOLDEN, "rules": [{"action": 5}]}]]  # fmt: skip


@pytest.mark.parametrize("configs", NOT_CONFIGS)
def test_any_json_is_answered_with_problems(configs):
    assert check_configs(configs, REVIEWING)


def codes(*configs, **around):
    return {one.code for one in lint(list(configs), Surroundings(**{"suites": 100, "keeps_order": True, **around}))}


def skips_at(value, operator="GTE"):
    return config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", operator, value)))


def test_the_seeds_advice():
    assert codes(skips_at(2)) == set()
    assert codes(skips_at(2), suites=1) == {"FEW_SUITES"}
    assert codes(skips_at(2), volumes=(100, 101, 99)) == {"EQUAL_VOLUME"}
    assert codes(skips_at(2), keeps_order=False) == {"ORDER_NOT_KEPT"}
    assert codes(skips_at(2), may_skip=False) == {"SKIPPING_OFF"}
    assert codes(skips_at(2, "LT")) == {"HOLDS_FROM_START"}
    assert codes(skips_at(2), skill_names=("a",), old_skills=("b",)) == {"SKILL_FOR_EVERY_POOL", "OLD_SKILL"}
    both = config(
        "SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 3), ("skipped_in_row_count", "LT", 2))
    )
    assert "CONTRADICTION" in codes(both)
    window = config("GOLDEN_SET", suspend(("total_answers_count", "GTE", 11)), history_size=10)
    assert codes(window) == {"ABOVE_WINDOW"}
    jumped = config("GOLDEN_SET", suspend(("correct_answers_rate", "EQ", 50)))
    assert codes(jumped) == {"EQ_JUMPED_OVER"}
    vote = config("MAJORITY_VOTE", suspend(("incorrect_answers_rate", "GTE", 50)), answer_threshold=2)
    assert codes(vote, overlap=3) == {"MAJORITY_TOO_LATE"}
    assert codes(vote, overlap=3, has_entrance=True) == set()


def sets(skill):
    return config("ANSWER_COUNT", rule(("assignments_accepted_count", "GTE", 1), action="SET_SKILL",
                                       skill_id=skill.pk.hex, skill_value=50))  # fmt: skip


@pytest.mark.django_db
def test_a_skill_of_its_own_for_every_pool_is_seen_and_one_of_the_projects_rules_is_none():
    crowd = make_crowd("ann")
    own, other, shared = (crowd.skill(name) for name in ("own", "other", "shared"))
    pool = crowd.pool(tasks=20, allow_skip=False)
    alone = lambda *configs: [  # noqa: E731
        one.sentence for one in lint_rules(pool=pool, configs=list(configs)) if one.code == "SKILL_FOR_EVERY_POOL"
    ]
    with crowd.scope():
        assert alone(sets(own)) == [], "no other pool sets one"
    crowd.pool(tasks=1, rules=[sets(other)])
    with crowd.scope():
        set_rules(project=crowd.project, pool=None, actor=None, configs=[sets(shared)], now=timezone.now())
        (told,) = alone(sets(own), sets(shared), sets(other))
        assert "“own”" in told
        assert "SKIPPING_OFF" in {one.code for one in lint_rules(pool=pool, configs=[skips_at(2)])}


@pytest.mark.django_db
def test_rules_that_stay_keep_their_identity_and_what_goes_is_kept_with_its_firings():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=5, rules=[skips_at(2), skips_at(3)])
    with crowd.scope():
        before = rules_of(project=crowd.project, pool=pool)
        wire = configs_json(before)
        after = set_rules(project=crowd.project, pool=pool, actor=None, configs=wire[1:], now=timezone.now())
        assert [one.pk for one in after] == [before[1].pk]
        assert [one.pk for one in after[0].standing_rules] == [before[1].standing_rules[0].pk]
        assert Rule.objects.filter(retired_at=None).count() == 1
        assert Rule.objects.count() == 2


@pytest.mark.django_db
def test_the_editor_adds_shades_and_retires_one_rule():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=5)
    place = {"project": crowd.project, "pool": pool, "actor": crowd.owner, "now": timezone.now()}
    with crowd.scope():
        made = add_rule(collector_type="SKIPPED_IN_ROW_ASSIGNMENTS", parameters={}, shadow=True,
                        rule=suspend(("skipped_in_row_count", "GTE", 2)), **place)  # fmt: skip
        (only,) = made.standing_rules
        assert only.shadow
        set_shadow(rule_id=only.pk, shadow=False, **place)
        only.refresh_from_db()
        assert not only.shadow
    with pytest.raises(InvalidRules), crowd.scope():
        add_rule(collector_type="SKIPPED_IN_ROW_ASSIGNMENTS", parameters={}, shadow=False,
                 rule=suspend(("skipped_in_row_count", "GTE", "")), **place)  # fmt: skip
    with crowd.scope():
        assert {one.code for one in lint_rules(pool=pool, configs=[skips_at(2)])} >= {"FEW_SUITES", "ORDER_NOT_KEPT"}
        retire_rule(rule_id=only.pk, **place)
        assert rules_of(project=crowd.project, pool=pool) == []


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["RESTRICTION", "SKILL_CHANGE"])
def test_who_loses_access_has_their_work_done_again(by):
    crowd = make_crowd("ann")
    skill, ann = crowd.skill(), crowd.performer("ann")
    conditions = [("pool_access_revoked_reason", "EQ", by)]
    if by == "SKILL_CHANGE":
        # An id is the same however it is written.
        conditions.append(("skill_id", "EQ", str(skill.pk).upper()))
    again = rule(*conditions, action="CHANGE_OVERLAP", delta=1, open_pool=False)
    wants = {"and": [{"or": [{"category": "skill", "key": skill.pk.hex, "operator": "GTE", "value": 50}]}]}
    place = {"organization": crowd.organization, "actor": None, "performer": ann}
    with crowd.scope():
        set_skill(**place, skill=skill, value=Decimal(60), now=timezone.now())
    pool = crowd.pool(tasks=3, filter=wants, rules=[config("USERS_ASSESSMENT", again)])
    crowd.do("ann", pool)
    with crowd.scope():
        if by == "RESTRICTION":
            restrict(**place, scope="POOL", pool=pool, until=None, now=timezone.now())
        else:
            lower = PerformerSkill.objects.get().exact_value - 20
            set_skill(**place, skill=skill, value=lower, now=timezone.now())
        operation = Operation.objects.get(type="POOL.REDO")
    run_operation(organization_id=crowd.organization.pk, operation_id=operation.pk, now=timezone.now())
    with crowd.scope():
        assert sorted(pool.tasks.values_list("overlap", flat=True)) == [1, 1, 2]
