"""The rules in force are kept at each pool: as they are read together, whoever changes them, and judged alike."""

import pytest
from django.db import connection
from django.utils import timezone

from crowd_rules.models import Pool, Restriction
from crowd_rules.services.judging import read_rules_in_force
from crowd_rules.services.rules import add_rule, retire_rule, rules_of, set_rules, set_shadow
from tests.crowd_rules.crowd import config, make_crowd, suspend

pytestmark = pytest.mark.django_db
SKIPS = config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 2)))
CONTROLS = config("GOLDEN_SET", suspend(("total_answers_count", "GTE", 1), ("correct_answers_rate", "LT", 50)),
                  history_size=5)  # fmt: skip
SUBMITS = suspend(("assignments_accepted_count", "GTE", 2), scope="PROJECT")


def assert_kept(crowd, *pools):
    for pool in pools:
        rows = read_rules_in_force(crowd.organization, [crowd.project.pk], [pool.pk])
        assert Pool.objects.get(pk=pool.pk).rulebook["rules"] == rows


def test_every_change_of_rules_is_kept_at_the_pools_that_it_concerns():
    crowd = make_crowd()
    first, second = crowd.pool(rules=[SKIPS, CONTROLS]), crowd.pool()
    place, now = {"project": crowd.project, "pool": None, "actor": crowd.owner}, timezone.now()
    with crowd.scope():
        assert_kept(crowd, first, second)
        made = add_rule(**place, collector_type="ANSWER_COUNT", parameters={}, rule=SUBMITS, shadow=False, now=now)
        assert_kept(crowd, first, second)
        only = made.standing_rules[0].pk
        set_shadow(**place, rule_id=only, shadow=True, now=now)
        assert_kept(crowd, first, second)
        # Rules of the project are in force in a pool that comes later.
        assert Pool.objects.get(pk=crowd.pool().pk).rulebook["rules"][0]["rules"][0]["shadow"] is True
        retire_rule(**place, rule_id=only, now=now)
        set_rules(**{**place, "pool": first}, configs=[], now=now)
        assert_kept(crowd, first, second)
        assert rules_of(project=crowd.project, pool=first) == Pool.objects.get(pk=first.pk).rulebook["rules"] == []


def test_a_pool_without_a_rulebook_is_judged_by_the_same_rules():
    crowd = make_crowd("with", "without")
    answers = config("ANSWER_COUNT", SUBMITS)
    for name in ("with", "without"):
        pool = crowd.pool(tasks=6, rules=[answers], default_overlap=2)
        with crowd.scope():
            if name == "without":
                Pool.objects.filter(pk=pool.pk).update(rulebook=None)
        for _ in range(2):
            crowd.submit(name, crowd.take(name, pool), "OK")
        with crowd.scope():
            assert Restriction.objects.filter(performer=crowd.performer(name)).count() == 1


def test_a_submit_asks_for_no_counters_that_it_holds():
    crowd = make_crowd("a")
    majority = config("MAJORITY_VOTE", suspend(("total_answers_count", "GTE", 9)), answer_threshold=1)
    kept, shared = crowd.pool(rules=[SKIPS]), crowd.pool(rules=[SKIPS, majority], default_overlap=1)
    assert _asks_for_counters(crowd, kept) == 0
    # A majority concerns others: all counters are held at once, in their one order.
    assert _asks_for_counters(crowd, shared) == 1


def _asks_for_counters(crowd, pool):
    found = crowd.take("a", pool)
    seen = []

    def note(execute, sql, *rest):
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        crowd.submit("a", found, "OK")
    return sum("crowd_rules_hold_counters" in sql for sql in seen)
