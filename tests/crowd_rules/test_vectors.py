"""The worked vectors of the wire sheet, through the real hand-out."""

from decimal import Decimal

import pytest

from crowd_rules.models import CrowdEvent
from tests.crowd_rules.crowd import config, make_crowd, rule, suspend

pytestmark = pytest.mark.django_db


def golden_pool(crowd, *rules, tasks=12):
    return crowd.pool(tasks=0, controls=tasks, real_tasks_count=0, golden_tasks_count=1, rules=list(rules))


def from_controls(skill, least, **parameters):
    computed = rule(("total_answers_count", "GTE", least), action="SET_SKILL_FROM_OUTPUT_FIELD",
                    skill_id=skill.pk.hex, from_field="correct_answers_rate")  # fmt: skip
    return config("GOLDEN_SET", computed, **parameters)


def test_control_tasks_over_a_window_of_ten():
    crowd = make_crowd("ann")
    skill = crowd.skill()
    pool = golden_pool(crowd, from_controls(skill, 3, history_size=10))
    exact = []
    for right in (1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1):
        crowd.do("ann", pool, "OK" if right else "BAD")
        exact.append(crowd.value("ann", skill))
    shown = [int(value) if value is not None else None for value in exact]
    assert shown == [None, None, 66, 75, 60, 66, 71, 62, 55, 50, 50, 60]
    assert exact[2] == Decimal("66.6666666667")
    with crowd.scope():
        assert skill.values.get().value == 60


def test_the_ban_comes_exactly_at_the_twelfth_answer():
    crowd = make_crowd("ann")
    skill = crowd.skill()
    ban = suspend(("total_answers_count", "GTE", 4), ("correct_answers_rate", "LT", 60), scope="PROJECT")
    windows = (config("GOLDEN_SET", ban, history_size=5), from_controls(skill, 3, history_size=10))
    pool = golden_pool(crowd, *windows, tasks=14)
    banned = []
    for right in (1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0):
        crowd.do("ann", pool, "OK" if right else "BAD")
        banned.append(len(crowd.restrictions("ann")))
    assert banned == [0] * 11 + [1]
    assert crowd.value("ann", skill) == 60


def test_majority_vote_of_five_and_a_threshold_of_three():
    answers = {
        0: ["OK", "BAD", "OK", "BAD", "OK"],
        1: ["BAD", "OK", "OK", "BAD", "404"],
        2: ["404", "OK", "404", "OK", "OK"],
        3: ["OK", "BAD", "OK", "404", "404"],
        4: ["OK", "BAD", "OK", "404", "OK"],
    }
    crowd = make_crowd(*"abcde")
    skill = crowd.skill()
    computed = rule(("total_answers_count", "GTE", 1), action="SET_SKILL_FROM_OUTPUT_FIELD", skill_id=skill.pk.hex,
                    from_field="correct_answers_rate")  # fmt: skip
    pool = crowd.pool(tasks=5, default_overlap=5, real_tasks_count=5, shuffle_tasks_in_task_suite=False,
                      rules=[config("MAJORITY_VOTE", computed, answer_threshold=3)])  # fmt: skip
    for number, name in enumerate("abcde"):
        assert crowd.value("a", skill) is None, "nothing before the overlap is complete"
        crowd.do(name, pool, lambda given, number=number: answers[given["n"]][number])
    assert [int(crowd.value(name, skill)) for name in "abcde"] == [66, 33, 66, 33, 100]
    with crowd.scope():
        states = dict(pool.tasks.order_by("id").values_list("task__params__n", "state"))
        assert CrowdEvent.objects.filter(kind="majority.judged").count() == 25
    assert states == {0: "AGREED", 1: "TIE", 2: "AGREED", 3: "TIE", 4: "AGREED"}


def test_without_recent_values_each_pool_has_its_own_skill_and_the_last_one_stays():
    crowd = make_crowd("ann")
    skill = crowd.skill()
    first, second = (golden_pool(crowd, from_controls(skill, 1), tasks=3) for _ in range(2))
    crowd.do("ann", first, "BAD")
    crowd.do("ann", second, "OK")
    assert crowd.value("ann", skill) == 100
    crowd.do("ann", first, "OK")
    assert crowd.value("ann", skill) == 50


def test_with_recent_values_the_pools_that_fill_it_share_one_window():
    crowd = make_crowd("ann")
    skill = crowd.skill()
    ten, empty, twenty = (
        golden_pool(crowd, from_controls(skill, 1, **({"history_size": size} if size else {})), tasks=12)
        for size in (10, None, 20)
    )
    for _ in range(11):
        crowd.do("ann", ten, "BAD")
    crowd.do("ann", empty, "OK")
    assert crowd.value("ann", skill) == 100
    crowd.do("ann", twenty, "OK")
    # Eleven of the first pool and one of the third; the second is not seen.
    assert crowd.value("ann", skill) == Decimal("8.3333333333")
    crowd.do("ann", ten, "OK")
    assert crowd.value("ann", skill) == 20


def test_fast_responses_count_strictly_below_the_threshold():
    crowd = make_crowd("ann")
    fast = config("ASSIGNMENT_SUBMIT_TIME", suspend(("fast_submitted_count", "GTE", 2)),
                  fast_submit_threshold_seconds=20)  # fmt: skip
    pool = crowd.pool(tasks=5, rules=[fast])
    slow = crowd.take("ann", pool)
    crowd.let_pass(seconds=20)
    crowd.submit("ann", slow)
    crowd.do("ann", pool)
    assert crowd.restrictions("ann") == []
    crowd.do("ann", pool)
    assert len(crowd.restrictions("ann")) == 1


def test_income_is_counted_inside_one_pool():
    crowd = make_crowd("ann")
    enough = config("INCOME", suspend(("income_sum_for_last_24_hours", "GTE", 5), scope="ALL_PROJECTS"))
    pools = [crowd.pool(tasks=5, reward=Decimal(2), rules=[enough]) for _ in range(3)]
    for pool in pools:
        crowd.do("ann", pool)
        crowd.do("ann", pool)
    assert crowd.restrictions("ann") == []
    crowd.do("ann", pools[0])
    assert len(crowd.restrictions("ann")) == 1


def test_one_and_one_point_nothing_are_the_same_number():
    """What a front end in JavaScript sends as 1 another one sends as 1.0."""
    crowd = make_crowd("ann", "bob")
    pool = crowd.pool(tasks=1, default_overlap=2, aggregation_threshold=2)
    crowd.do("ann", pool, [1, {"x": 2.0}])
    crowd.do("bob", pool, [1.0, {"x": 2}])
    with crowd.scope():
        assert pool.tasks.get().state == "AGREED"
