"""docs/rules-table.md is the catalogue: every collector with every condition and every action, each with its test."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from audits.models import Task
from crowd_rules.engine.actions import ACTIONS
from crowd_rules.engine.collectors import COLLECTORS
from crowd_rules.engine.events import Event
from crowd_rules.engine.judging import Config, CounterState, RuleSpec, counter_key, judge
from crowd_rules.models import Operation, PerformerSkill, Restriction, RuleFiring
from crowd_rules.services.audit_loop import follow_audits
from crowd_rules.services.restrictions import restrict
from crowd_rules.services.review import accept_assignment, reject_assignment
from tests.crowd_rules.crowd import Crowd, config, make_crowd, rule
from tests.crowd_rules.stories import SKILL, STORIES
from tests.crowd_rules.test_audit_loop import audit

PAGE = Path(settings.BASE_DIR, "docs/rules-table.md")
START = datetime(2026, 1, 1, tzinfo=UTC)
CONDITIONS = [(one.type, figure.key) for one in COLLECTORS.values() for figure in one.figures]


def first_hit(collector: str, conditions: list[tuple], action: str) -> int:
    """The number, from 1, of the event of the story at which a rule of this kind acts; 0: at none."""
    story = STORIES[collector]
    given = [{"key": key, "operator": operator, "value": value} for key, operator, value in conditions]
    one = Config("c", collector, story.parameters, "p", "a", (RuleSpec("r", given, {"type": action}),))
    state = CounterState()
    for number, (kind, facts) in enumerate(story.events, 1):
        at = START + timedelta(minutes=number)
        event = Event(str(number), kind, "ann", "a", "p", at, at, str(number), facts)
        if kind in COLLECTORS[collector].listens and judge([one], counter_key(one, event), state, event):
            return number
    return 0


@pytest.mark.parametrize(("collector", "condition"), CONDITIONS)
def test_a_condition_fires_each_action_of_its_collector(collector, condition):
    """At the story's event and not before; and not at all beside a condition that never holds."""
    operator, value, number = STORIES[collector].first[condition]
    figure = COLLECTORS[collector].named[condition]
    never = (condition, *(("EQ", "NEVER") if figure.operators == ("EQ", "NE") else ("GT", 1_000)))
    for action in COLLECTORS[collector].actions:
        assert first_hit(collector, [(condition, operator, value)], action) == number
        assert first_hit(collector, [(condition, operator, value), never], action) == 0


def acts(crowd: Crowd, collector: str) -> tuple[list[dict], dict[str, str]]:
    """A rule for each action of the collector, all on its first condition; and the skills they set, by action."""
    found = COLLECTORS[collector]
    key = next(iter(STORIES[collector].first))
    skills = {action: crowd.skill(action).pk.hex for action in found.actions if action.startswith("SET_SKILL")}
    given = {
        "RESTRICTION_V2": {"scope": "POOL", "duration": 5, "duration_unit": "DAYS"},
        "RESTRICTION": {"scope": "PROJECT", "duration_days": 7},
        "SET_SKILL": {"skill_value": 40},
        "SET_SKILL_FROM_OUTPUT_FIELD": {"from_field": next(iter(found.rates), "")},
        "APPROVE_ALL_ASSIGNMENTS": {},
        "REJECT_ALL_ASSIGNMENTS": {"public_comment": "no"},
        "CHANGE_OVERLAP": {"delta": 1, "open_pool": True},
    }
    always = ("pool_access_revoked_reason", "EQ", "RESTRICTION") if collector == "USERS_ASSESSMENT" else (key, "GTE", 0)
    rules = [
        rule(always, action=action, **given[action], **({"skill_id": skills[action]} if action in skills else {}))
        for action in found.actions
    ]
    return [config(collector, *rules, **STORIES[collector].parameters)], skills


def review(crowd: Crowd, assignment, *, accept: bool) -> None:
    place = {"organization": crowd.organization, "actor": crowd.owner, "now": timezone.now()}
    with crowd.scope():
        if accept:
            accept_assignment(assignment_id=assignment.pk, **place)
        else:
            reject_assignment(assignment_id=assignment.pk, public_comment="no", **place)


def bring_about(crowd: Crowd, collector: str, pool) -> None:
    """One event of the collector about Ann, as it comes about in life."""
    if collector == "SKIPPED_IN_ROW_ASSIGNMENTS":
        crowd.skip("ann", pool)
        return
    done = crowd.do("ann", pool)
    if collector in ("ACCEPTANCE_RATE", "ASSIGNMENTS_ASSESSMENT"):
        review(crowd, done, accept=False)
    elif collector in ("INCOME", "AUDIT_VERDICTS"):
        review(crowd, done, accept=True)
    elif collector == "USERS_ASSESSMENT":
        place = {"organization": crowd.organization, "actor": None, "performer": crowd.performer("ann")}
        with crowd.scope():
            restrict(**place, scope="POOL", pool=pool, until=None, now=timezone.now())
    if collector == "AUDIT_VERDICTS":
        with crowd.scope():
            task = Task.objects.get(status="completed")
        audit(crowd, task.pk, "rejected")
        follow_audits()


@pytest.mark.django_db
@pytest.mark.parametrize("collector", COLLECTORS)
def test_what_each_action_of_a_collector_does(collector):
    crowd = make_crowd("ann")
    rules, skills = acts(crowd, collector)
    vote = {"answer_threshold": 1} if collector == "MAJORITY_VOTE" else {}
    rules[0]["collector_config"]["parameters"] |= vote
    pool = crowd.pool(tasks=3, controls=1, golden_tasks_count=1, auto_accept_solutions=False, auto_accept_period_day=3,
                      rules=rules)  # fmt: skip
    bring_about(crowd, collector, pool)
    with crowd.scope():
        actions = set(COLLECTORS[collector].actions)
        assert {one.action["type"] for one in RuleFiring.objects.filter(shadow=False)} == actions
        restricted = {one.scope for one in Restriction.objects.exclude(firing=None)}
        assert restricted == ({"POOL", "PROJECT"} if "RESTRICTION" in actions else set())
        values = {one.skill_id.hex: one.exact_value for one in PerformerSkill.objects.all()}
        assert values.keys() == set(skills.values())
        assert "SET_SKILL" not in skills or values[skills["SET_SKILL"]] == 40
        # Control tasks and votes right; the review and the audit rejected, so that none is accepted.
        computed = {"GOLDEN_SET": 100, "MAJORITY_VOTE": 100, "ACCEPTANCE_RATE": 0, "AUDIT_VERDICTS": 0}
        assert values.get(skills.get("SET_SKILL_FROM_OUTPUT_FIELD")) == computed.get(collector)
        jobs = set(Operation.objects.values_list("type", flat=True))
        wanted = {"ASSIGNMENTS.ACCEPT_ALL", "ASSIGNMENTS.REJECT_ALL"} if "APPROVE_ALL_ASSIGNMENTS" in actions else set()
        at_once = collector == "ASSIGNMENTS_ASSESSMENT"
        assert jobs == wanted | ({"POOL.REDO"} if "CHANGE_OVERLAP" in actions and not at_once else set())
        assert not at_once or sorted(pool.tasks.real().values_list("overlap", flat=True)) == [1, 1, 2]


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below this heading, without code marks."""
    part = PAGE.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_has_every_condition_with_its_story():
    told = {(collector, condition): (first, test) for collector, condition, first, _, test in rows("Conditions")}
    assert list(told) == CONDITIONS
    for (collector, condition), (first, test) in told.items():
        operator, value, number = STORIES[collector].first[condition]
        value = "a skill" if value == SKILL else value
        assert first == f"{operator} {value}: event {number}"
        assert test == f"test_a_condition_fires_each_action_of_its_collector[{collector}-{condition}]"


def test_the_page_has_every_action_of_every_collector():
    told = {collector: (actions.split(", "), test) for collector, actions, test in rows("Actions of each collector")}
    assert {collector: tuple(actions) for collector, (actions, _) in told.items()} == {
        one.type: one.actions for one in COLLECTORS.values()
    }
    for collector, (_, test) in told.items():
        assert test == f"test_what_each_action_of_a_collector_does[{collector}]"
    meant = {action: (how, test) for action, how, _, test in rows("When an action acts")}
    assert meant.keys() == ACTIONS.keys()
    for action, (how, _) in meant.items():
        assert how == ("at every event" if ACTIONS[action].repeats else "once per crossing")


def test_every_test_that_the_pages_name_is_there():
    sources = "\n".join(one.read_text() for one in Path(settings.BASE_DIR, "tests").rglob("test_*.py"))
    text = PAGE.read_text() + Path(settings.BASE_DIR, "docs/rules.md").read_text()
    named = set(re.findall(r"`(test_[a-z0-9_]+)(?:\[[^`]*\])?`", text))
    assert len(named) > 20
    assert [name for name in sorted(named) if f"def {name}(" not in sources] == []
