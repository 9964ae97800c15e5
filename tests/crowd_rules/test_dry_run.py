"""A replay says who would have been hit, by the same engine, and cuts off what would not have been."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crowd_rules.models import RuleFiring
from crowd_rules.services.dry_run import dry_run
from crowd_rules.services.refusals import InvalidRules
from crowd_rules.services.rules import set_rules
from tests.crowd_rules.crowd import config, make_crowd, suspend

pytestmark = pytest.mark.django_db


def test_who_would_have_been_hit_and_what_would_have_been_lost():
    crowd = make_crowd("ann", "bob")
    pool = crowd.pool(tasks=20, controls=3, golden_tasks_count=1)
    crowd.skip("ann", pool)
    crowd.skip("ann", pool)
    for _ in range(4):
        crowd.do("ann", pool)
    crowd.do("bob", pool, "BAD")
    rules = [config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 2)))]

    with crowd.scope():
        found = dry_run(pool=pool, configs=rules)

    (hit,) = found.hit
    assert (hit.performer, hit.restrictions, hit.work_lost) == ("ann", 1, 4)
    assert float(hit.reward_lost) == pytest.approx(0.08)
    assert (hit.control_answers, hit.control_accuracy, hit.is_good) == (1, 1.0, True)
    assert [one.figures for one in found.firings] == [{"skipped_in_row_count": 2}]
    assert found.cut_off >= 8
    assert found.limits
    assert crowd.restrictions("ann") == []


def test_the_replay_of_the_rules_in_force_finds_what_has_fired():
    crowd = make_crowd("ann", "bob")
    rules = [
        config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 2))),
        config("GOLDEN_SET", suspend(("total_answers_count", "GTE", 2), ("correct_answers_rate", "LT", 50), days=1)),
    ]
    pool = crowd.pool(tasks=30, controls=6, golden_tasks_count=1, rules=rules)
    for name, answer in (("ann", "OK"), ("bob", "BAD")):
        crowd.do(name, pool, answer)
        crowd.skip(name, pool)
        crowd.do(name, pool, answer)
    crowd.skip("ann", pool)
    crowd.skip("ann", pool)
    with crowd.scope():
        found = dry_run(pool=pool, configs=rules)
        live = list(RuleFiring.objects.order_by("at").values_list("performer_id", "at"))
    assert [(one.performer_id, one.at) for one in found.firings] == live
    assert len(live) == 2


def test_a_projects_rule_is_replayed_over_all_its_pools_as_it_counts_in_life():
    crowd = make_crowd("ann")
    rules = [config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 2), scope="PROJECT"))]
    here, there = crowd.pool(tasks=5), crowd.pool(tasks=5)
    with crowd.scope():
        set_rules(project=crowd.project, pool=None, actor=crowd.owner, configs=rules, now=timezone.now())
    crowd.skip("ann", here)
    crowd.skip("ann", there)
    with crowd.scope():
        (live,) = RuleFiring.objects.values_list("performer_id", "at")
        found = dry_run(pool=here, configs=rules, of_project=True)
        assert [(one.performer_id, one.at) for one in found.firings] == [live]
        assert (found.events, found.performers) == (2, 1)
        assert dry_run(pool=here, configs=rules).firings == [], "of this pool alone it is one skip"


def test_a_shadow_rule_fires_on_paper_only():
    crowd = make_crowd("ann")
    shadow = {**suspend(("skipped_in_row_count", "GTE", 1)), "shadow": True}
    pool = crowd.pool(tasks=5, rules=[config("SKIPPED_IN_ROW_ASSIGNMENTS", shadow)])
    crowd.skip("ann", pool)
    with crowd.scope():
        firing = RuleFiring.objects.get()
    assert (firing.shadow, firing.outcome, crowd.restrictions("ann")) == (True, {}, [])


def test_rules_that_are_not_whole_are_not_replayed():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=1)
    empty = suspend(("skipped_in_row_count", "GTE", ""))
    with crowd.scope(), pytest.raises(InvalidRules) as refused:
        dry_run(pool=pool, configs=[config("SKIPPED_IN_ROW_ASSIGNMENTS", empty)])
    assert [one.path for one in refused.value.problems] == ["configs.0.rules.0.conditions.0.value"]


def test_a_replay_ends_bans_as_life_does():
    from datetime import UTC, datetime

    from crowd_rules.engine.events import SKIPPED, Event
    from crowd_rules.engine.judging import Config, RuleSpec
    from crowd_rules.engine.replay import Replay

    start, given = datetime(2026, 1, 1, tzinfo=UTC), suspend(("skipped_in_row_count", "GTE", 2))
    replay = Replay([Config("c", "SKIPPED_IN_ROW_ASSIGNMENTS", {}, "p", "a",
                            (RuleSpec("r", given["conditions"], given["action"]),))])  # fmt: skip
    days = [0, 0.1, 1, 2, 5.2, 5.3, 5.4]
    for number, day in enumerate(days):
        at = start + timedelta(days=day)
        replay.take(Event(str(number), SKIPPED, "ann", "a", "p", at, at, str(number), {"seconds": 1}))
    assert [event.at for event, _ in replay.fired] == [start + timedelta(days=0.1), start + timedelta(days=5.3)]
    assert replay.cut_off == 3
