"""A pool's figures out of counters and sums kept ahead are what counting everything gives."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crowd_rules.models import Assignment, PoolSpending, Reward, Rule
from crowd_rules.services import spending
from crowd_rules.services.hand_out import expire_assignments
from crowd_rules.services.pool_figures import figures_of, records_of, tasks_in_no_pool
from crowd_rules.services.review import accept_assignment, reject_assignment
from crowd_rules.services.spending import fold_spending, spent_in_pools
from tests.crowd_rules.crowd import config, make_crowd, rule

pytestmark = pytest.mark.django_db


def review(crowd, decide, assignment) -> None:
    with crowd.scope():
        decide(organization=crowd.organization, actor=crowd.owner, assignment_id=assignment.pk, public_comment="why",
               now=timezone.now())  # fmt: skip


def test_assignments_by_status_are_those_that_there_are():
    crowd = make_crowd()
    pool = crowd.pool(tasks=12, auto_accept_solutions=False, auto_accept_period_day=7)
    crowd.take("late", pool)
    crowd.let_pass(hours=1)
    expire_assignments()
    for decide in (accept_assignment, reject_assignment, None, reject_assignment):
        done = crowd.do("ann", pool)
        if decide:
            review(crowd, decide, done)
    review(crowd, accept_assignment, done)
    crowd.skip("ben", pool)
    crowd.take("ann", pool)
    with crowd.scope():
        counted = Counter(Assignment.objects.filter(pool=pool).values_list("status", flat=True))
        figures = figures_of(pool=pool, now=timezone.now())
    assert figures.assignments == {status: counted[status] for status in Assignment.Status.values}
    assert counted == {"EXPIRED": 1, "ACCEPTED": 2, "REJECTED": 1, "SUBMITTED": 1, "SKIPPED": 1, "ACTIVE": 1}
    assert figures.performers == 3


def test_a_rules_firings_are_counted_up_to_a_bound(monkeypatch):
    crowd = make_crowd()
    skips = config("SKIPPED_IN_ROW_ASSIGNMENTS", rule(("skipped_in_row_count", "GTE", 1), action="SET_SKILL",
                                                      skill_id=crowd.skill().pk.hex, skill_value=1))  # fmt: skip
    pool = crowd.pool(tasks=6, rules=[skips])
    for _ in range(3):
        crowd.skip("ann", pool)
    with crowd.scope():
        fired = Rule.objects.get()
        record = records_of(crowd.organization, [fired.pk])[fired.pk]
        assert (record.acted, record.shadow, record.more, record.counted) == (3, 0, False, 3)
        monkeypatch.setattr("crowd_rules.services.pool_figures.MOST_FIRINGS", 2)
        bounded = records_of(crowd.organization, [fired.pk])[fired.pk]
    assert (bounded.more, bounded.counted, bounded.last_at) == (True, 2, record.last_at)


def test_what_is_added_up_ahead_and_what_is_newer_make_the_ledger(monkeypatch):
    monkeypatch.setattr(spending, "MOST_UNSETTLED", 0)
    crowd = make_crowd()
    pool, quiet = crowd.pool(reward=Decimal("0.0125")), crowd.pool()
    ids = [pool.pk, quiet.pk]

    def pay(ago: timedelta) -> None:
        with crowd.scope():
            Reward.objects.create(organization=crowd.organization, performer=crowd.performer("ann"), pool=pool,
                                  assignment=done, kind=Reward.Kind.BONUS, amount=Decimal(1),
                                  at=timezone.now() - ago)  # fmt: skip

    def spent() -> dict:
        with crowd.scope():
            return spent_in_pools(crowd.organization, ids)

    done = crowd.do("ann", pool)
    pay(timedelta(hours=2))
    assert spent() == {pool.pk: Decimal("1.0125"), quiet.pk: 0}
    assert (fold_spending(), fold_spending()) == (1, 0)
    with crowd.scope():
        assert PoolSpending.objects.get().spent == 1, "what is not settled yet waits"
    assert spent() == {pool.pk: Decimal("1.0125"), quiet.pk: 0}
    pay(timedelta(0))
    assert spent()[pool.pk] == Decimal("2.0125")


def test_tasks_in_no_pool_are_looked_for_among_the_newest(monkeypatch):
    crowd = make_crowd()
    pool = crowd.pool(tasks=3)
    with crowd.scope():
        assert tasks_in_no_pool(pool) == (0, False)
        monkeypatch.setattr("crowd_rules.services.pool_figures.LOOKED_AT", 2)
        assert tasks_in_no_pool(pool) == (0, True)
