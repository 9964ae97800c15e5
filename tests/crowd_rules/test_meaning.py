"""docs/rules.md, line by line: each worked example under the name that the page gives it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from crowd_rules.models import CrowdEvent, Operation, Reward, RuleFiring
from crowd_rules.services.consequences import observe
from crowd_rules.services.hand_out import leave_assignment, offers
from crowd_rules.services.jobs import run_operation
from crowd_rules.services.judging import NewEvent
from crowd_rules.services.refusals import Restricted
from crowd_rules.services.restrictions import lift, undo
from crowd_rules.services.review import accept_assignment, reject_assignment
from crowd_rules.services.rules import lint_rules
from labelops.tenancy.models import Event, EventType
from tests.crowd_rules.crowd import config, make_crowd, rule, suspend

pytestmark = pytest.mark.django_db
SEED = config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 2), private_comment="skips"))


def test_the_seeds_example():
    """2 suites skipped in a row: shut out of the pool for 5 days, never told why, and then a fresh count."""
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=10, rules=[SEED])
    crowd.skip("ann", pool)
    assert crowd.restrictions("ann") == []
    crowd.do("ann", pool)
    crowd.skip("ann", pool)
    assert crowd.restrictions("ann") == []
    crowd.skip("ann", pool)

    (restriction,) = crowd.restrictions("ann")
    assert restriction.scope == "POOL"
    assert restriction.until - restriction.created_at == timedelta(days=5)
    with pytest.raises(Restricted) as refused:
        crowd.take("ann", pool)
    assert refused.value.data["until"] == restriction.until
    assert "skip" not in refused.value.message
    with crowd.scope():
        (offer,) = offers(organization=crowd.organization, performer=crowd.performer("ann"))
        firing = RuleFiring.objects.get()
    assert (offer.available, offer.reason, offer.until) == (False, "RESTRICTED", restriction.until)
    assert firing.figures == {"skipped_in_row_count": 2}

    crowd.let_pass(days=5, seconds=1)
    crowd.skip("ann", pool)
    assert len(crowd.restrictions("ann")) == 1
    crowd.skip("ann", pool)
    assert len(crowd.restrictions("ann")) == 2


def test_a_submit_begins_the_row_anew():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=10, rules=[SEED])
    for _ in range(3):
        crowd.skip("ann", pool)
        crowd.do("ann", pool)
    assert crowd.restrictions("ann") == []


def test_an_expiry_is_neutral():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=10, rules=[SEED])
    crowd.skip("ann", pool)
    issued = crowd.take("ann", pool)
    with crowd.scope():
        leave_assignment(organization=crowd.organization, performer=crowd.performer("ann"),
                         assignment_id=issued.assignment.pk, now=timezone.now())  # fmt: skip
    assert crowd.restrictions("ann") == []
    crowd.skip("ann", pool)
    assert len(crowd.restrictions("ann")) == 1


def test_eq_fires_when_the_count_passes_the_value():
    crowd, skill = make_crowd("ann"), None
    skill = crowd.skill()
    at_three = rule(("assignments_accepted_count", "EQ", 3), action="SET_SKILL", skill_id=skill.pk.hex, skill_value=50)
    pool = crowd.pool(tasks=10, rules=[config("ANSWER_COUNT", at_three)])
    seen = []
    for _ in range(5):
        crowd.do("ann", pool)
        with crowd.scope():
            seen.append(RuleFiring.objects.count())
    assert seen == [0, 0, 1, 1, 1]


def test_a_restriction_acts_once_per_crossing():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=10, rules=[SEED])
    issued = crowd.take("ann", pool)
    crowd.submit("ann", issued)
    crowd.skip("ann", pool)
    crowd.skip("ann", pool)
    with crowd.scope():
        undo(organization=crowd.organization, actor=None, restriction_id=crowd.restrictions("ann")[0].pk,
             reason="a mistake of ours", now=timezone.now())  # fmt: skip
    crowd.skip("ann", pool)
    # Still above the threshold: crossed before, so that nothing fires. Below it and above again: another crossing.
    assert len(crowd.restrictions("ann")) == 1
    crowd.do("ann", pool)
    crowd.skip("ann", pool)
    crowd.skip("ann", pool)
    assert len(crowd.restrictions("ann")) == 2


def test_a_skill_is_set_at_every_event():
    crowd = make_crowd("ann")
    skill = crowd.skill()
    computed = rule(("total_answers_count", "GTE", 1), action="SET_SKILL_FROM_OUTPUT_FIELD", skill_id=skill.pk.hex,
                    from_field="correct_answers_rate")  # fmt: skip
    pool = crowd.pool(tasks=0, controls=4, real_tasks_count=0, golden_tasks_count=1,
                      rules=[config("GOLDEN_SET", computed)])  # fmt: skip
    values = []
    for answer in ("OK", "BAD", "BAD", "OK"):
        crowd.do("ann", pool, answer)
        values.append(crowd.value("ann", skill))
    assert values == [Decimal(100), Decimal(50), Decimal("33.3333333333"), Decimal(50)]


def test_the_assignment_in_hand_may_be_finished():
    crowd = make_crowd("ann")
    other = crowd.pool(tasks=3)
    ban = suspend(("skipped_in_row_count", "GTE", 1), scope="PROJECT", days=7)
    pool = crowd.pool(tasks=3, rules=[config("SKIPPED_IN_ROW_ASSIGNMENTS", ban)])
    in_hand = crowd.take("ann", other)
    crowd.skip("ann", pool)

    assert crowd.take("ann", other).again
    assert crowd.submit("ann", in_hand).status == "ACCEPTED"
    with pytest.raises(Restricted):
        crowd.take("ann", other)


def test_submitted_work_of_banned_performers_counts_is_paid_and_needs_review():
    crowd = make_crowd("ann")
    ban = suspend(("assignments_accepted_count", "GTE", 1), scope="ALL_PROJECTS")
    pool = crowd.pool(tasks=3, auto_accept_solutions=False, auto_accept_period_day=3,
                      rules=[config("ANSWER_COUNT", ban)])  # fmt: skip
    assignment = crowd.do("ann", pool)
    assert (assignment.status, len(crowd.restrictions("ann"))) == ("SUBMITTED", 1)
    with crowd.scope():
        accepted = accept_assignment(organization=crowd.organization, actor=crowd.owner, assignment_id=assignment.pk,
                                     now=timezone.now())  # fmt: skip
        assert (accepted.status, Reward.objects.get().amount) == ("ACCEPTED", Decimal("0.02"))
        assert pool.tasks.filter(state="AGREED").count() == 1


def test_after_a_restriction_the_history_starts_anew_and_skills_come_from_new_responses():
    crowd = make_crowd("ann")
    skill = crowd.skill()
    computed = rule(("total_answers_count", "GTE", 1), action="SET_SKILL_FROM_OUTPUT_FIELD", skill_id=skill.pk.hex,
                    from_field="correct_answers_rate")  # fmt: skip
    ban = suspend(("total_answers_count", "GTE", 3), ("incorrect_answers_rate", "GT", 60), days=7)
    pool = crowd.pool(tasks=0, controls=8, real_tasks_count=0, golden_tasks_count=1,
                      rules=[config("GOLDEN_SET", computed, ban)])  # fmt: skip
    for _ in range(3):
        crowd.do("ann", pool, "BAD")
    assert (len(crowd.restrictions("ann")), crowd.value("ann", skill)) == (1, 0)
    crowd.let_pass(days=7, seconds=1)
    crowd.do("ann", pool, "OK")
    assert (len(crowd.restrictions("ann")), crowd.value("ann", skill)) == (1, 100)


def test_lifting_starts_anew_and_undoing_goes_on():
    crowd = make_crowd("ann", "bob")
    pool = crowd.pool(tasks=20, rules=[SEED])
    for name, end in (("ann", lift), ("bob", undo)):
        crowd.skip(name, pool)
        crowd.skip(name, pool)
        with crowd.scope():
            end(organization=crowd.organization, actor=crowd.owner, restriction_id=crowd.restrictions(name)[0].pk,
                reason="talked to them", now=timezone.now())  # fmt: skip
    crowd.skip("ann", pool)
    crowd.do("bob", pool)
    crowd.skip("bob", pool)
    assert [len(crowd.restrictions(name)) for name in ("ann", "bob")] == [1, 1]
    crowd.skip("ann", pool)
    assert len(crowd.restrictions("ann")) == 2
    with crowd.scope():
        types = set(Event.objects.values_list("type", flat=True))
    assert {EventType.RESTRICTION_SET, EventType.RESTRICTION_LIFTED, EventType.RESTRICTION_UNDONE} <= types


def test_paid_rewards_are_never_taken_back():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=3)
    crowd.do("ann", pool)
    for statement in ("UPDATE crowd_rules_reward SET amount = 0", "DELETE FROM crowd_rules_reward"):
        refusal = pytest.raises(IntegrityError, match="append-only")
        with crowd.scope(), connection.cursor() as cursor, refusal, transaction.atomic():
            cursor.execute(statement)
    with crowd.scope():
        assert Reward.objects.get().amount == Decimal("0.02")


def test_accept_all_is_a_job_with_progress():
    crowd = make_crowd("ann")
    accept = rule(("assignments_accepted_count", "EQ", 3), action="APPROVE_ALL_ASSIGNMENTS")
    pool = crowd.pool(tasks=5, auto_accept_solutions=False, auto_accept_period_day=3,
                      rules=[config("ANSWER_COUNT", accept)])  # fmt: skip
    for _ in range(3):
        crowd.do("ann", pool)
    with crowd.scope():
        operation = Operation.objects.get()
        assert (operation.type, operation.status) == ("ASSIGNMENTS.ACCEPT_ALL", "PENDING")
    run_operation(organization_id=crowd.organization.pk, operation_id=operation.pk, now=timezone.now())
    with crowd.scope():
        operation.refresh_from_db()
        assert (operation.status, operation.progress, operation.details["done"]) == ("SUCCESS", 100, 3)
        assert set(pool.assignments.values_list("status", flat=True)) == {"ACCEPTED"}
        assert Reward.objects.count() == 3


def test_who_gets_more_than_80_percent_right_has_all_answers_accepted():
    crowd = make_crowd("ann", "bob")
    accept = rule(("golden_set_answers_count", "GTE", 5), ("golden_set_correct_answers_rate", "GT", 80),
                  action="APPROVE_ALL_ASSIGNMENTS")  # fmt: skip
    pool = crowd.pool(tasks=20, controls=6, golden_tasks_count=1, auto_accept_solutions=False, auto_accept_period_day=3,
                      rules=[config("GOLDEN_SET", accept)])  # fmt: skip
    for page in range(5):
        crowd.do("ann", pool)
        crowd.do("bob", pool, lambda given, page=page: "BAD" if "control" in given and page == 0 else "OK")
    with crowd.scope():
        operation = Operation.objects.get()
    run_operation(organization_id=crowd.organization.pk, operation_id=operation.pk, now=timezone.now())
    crowd.do("ann", pool)
    with crowd.scope():
        rows = pool.assignments.order_by("id").values_list("performer__external_id", "status")
        statuses = {name: [status for who, status in rows if who == name] for name in ("ann", "bob")}
        assert Reward.objects.filter(performer=crowd.performer("ann")).count() == 5
        assert Operation.objects.count() == 1
    assert statuses == {"ann": ["ACCEPTED"] * 5 + ["SUBMITTED"], "bob": ["SUBMITTED"] * 5}


def answers_before_shut_out(crowd, pool):
    """How many pages ann gets through without looking at one."""
    for page in range(8):
        try:
            crowd.do("ann", pool, "")
        except Restricted:
            return page
    return 8


def test_a_fast_cheater_is_there_before_the_majority():
    crowd = make_crowd("ann", "bob", "cem")
    vote = config("MAJORITY_VOTE", suspend(("incorrect_answers_rate", "GTE", 50), scope="PROJECT"), answer_threshold=2)
    fast = config("ASSIGNMENT_SUBMIT_TIME", suspend(("fast_submitted_count", "GTE", 2)),
                  fast_submit_threshold_seconds=20)  # fmt: skip
    warned = crowd.pool(tasks=8, default_overlap=3, rules=[vote, fast])
    assert answers_before_shut_out(crowd, warned) == 2
    alone = crowd.pool(tasks=8, default_overlap=3, rules=[vote])
    assert answers_before_shut_out(crowd, alone) == 8
    for name in ("bob", "cem"):
        assert [one.scope for one in crowd.restrictions("ann")] == ["POOL"]
        crowd.do(name, alone)
    assert [one.scope for one in crowd.restrictions("ann")] == ["POOL", "PROJECT"]
    with crowd.scope():
        assert Reward.objects.filter(pool=alone, performer=crowd.performer("ann")).count() == 8
        codes = [{one.code for one in lint_rules(pool=pool, configs=configs)}
                 for pool, configs in ((alone, [vote]), (warned, [vote, fast]))]  # fmt: skip
    assert ["MAJORITY_TOO_LATE" in found for found in codes] == [True, False]


def test_a_rejected_suite_is_done_again_by_somebody_else():
    crowd = make_crowd("ann", "bob")
    again = rule(("rejected_assignments_count", "GTE", 1), ("assessment_event", "EQ", "REJECT"),
                 action="CHANGE_OVERLAP", delta=1, open_pool=True)  # fmt: skip
    pool = crowd.pool(tasks=1, auto_accept_solutions=False, auto_accept_period_day=3,
                      rules=[config("ASSIGNMENTS_ASSESSMENT", again)])  # fmt: skip
    first = crowd.do("ann", pool, "BAD")
    with crowd.scope():
        reject_assignment(organization=crowd.organization, actor=crowd.owner, assignment_id=first.pk,
                          public_comment="not the bird", now=timezone.now())  # fmt: skip
    second = crowd.do("bob", pool, "OK")
    with crowd.scope():
        accept_assignment(organization=crowd.organization, actor=crowd.owner, assignment_id=second.pk,
                          now=timezone.now())  # fmt: skip
        task = pool.tasks.select_related("task").get()
        assert (task.overlap, task.state, task.task.response) == (2, "AGREED", {"result": "OK"})


def test_the_same_event_twice_happens_once():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=5, rules=[SEED])
    issued = crowd.take("ann", pool)
    first, second = crowd.submit("ann", issued), crowd.submit("ann", issued)
    assert (first.pk, first.submitted_at) == (second.pk, second.submitted_at)
    with crowd.scope():
        assert CrowdEvent.objects.filter(kind="assignment.submitted").count() == 1
        assert Reward.objects.count() == 1


def test_an_event_told_twice_is_judged_once():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=5, rules=[SEED])
    assignment = crowd.skip("ann", pool)
    with crowd.scope():
        stored = CrowdEvent.objects.get(kind="assignment.skipped")
        again = NewEvent(stored.kind, stored.performer_id, stored.pool_id, stored.project_id, stored.at, stored.at,
                         assignment.pk)  # fmt: skip
        assert observe(crowd.organization, [again, again]) == []
        assert CrowdEvent.objects.filter(kind="assignment.skipped").count() == 1
    assert crowd.restrictions("ann") == []
