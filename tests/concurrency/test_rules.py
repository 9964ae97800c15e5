"""Rules, restrictions and review at the same moment: nothing is counted twice or lost. Each race has its control."""

import threading

import pytest
from django.utils import timezone

from crowd_rules.models import Assignment, Counter, Restriction, Reward, RuleFiring
from crowd_rules.services.hand_out import skip_assignment
from crowd_rules.services.refusals import WrongStatus
from crowd_rules.services.restrictions import restrict
from crowd_rules.services.review import accept_assignment, reject_assignment
from crowd_rules.services.rules import set_rules
from labelops.tenancy.models import Event, EventType
from tests.concurrency.together import run_together
from tests.crowd_rules.crowd import config, make_crowd, suspend

pytestmark = pytest.mark.django_db(transaction=True)
POOLS = 4


def with_a_projects_rule(crowd):
    """Pools in which a skip counts towards one row, over all of them: the last of them shuts out."""
    pools = [crowd.pool(tasks=3) for _ in range(POOLS)]
    ban = suspend(("skipped_in_row_count", "GTE", POOLS), scope="PROJECT")
    with crowd.scope():
        set_rules(project=crowd.project, pool=None, actor=None, now=timezone.now(),
                  configs=[config("SKIPPED_IN_ROW_ASSIGNMENTS", ban)])  # fmt: skip
    return pools


def skip(crowd, issued):
    with crowd.scope():
        skip_assignment(organization=crowd.organization, performer=crowd.performer("ann"),
                        assignment_id=issued.assignment.pk, now=timezone.now())  # fmt: skip


def test_skips_in_several_pools_at_once_are_all_counted_and_fire_once():
    crowd = make_crowd("ann")
    in_hand = [crowd.take("ann", pool) for pool in with_a_projects_rule(crowd)]

    results = run_together([lambda issued=issued: skip(crowd, issued) for issued in in_hand])

    assert results == [None] * POOLS, results
    with crowd.scope():
        assert Counter.objects.get().state["row"] == POOLS
        assert RuleFiring.objects.get().figures == {"skipped_in_row_count": POOLS}
    assert [one.scope for one in crowd.restrictions("ann")] == ["PROJECT"]


def test_control_a_counter_that_is_not_held_loses_what_came_at_the_same_time():
    crowd = make_crowd("ann")
    first, *_ = with_a_projects_rule(crowd)
    crowd.skip("ann", first)
    looked = threading.Barrier(POOLS)

    def count():
        with crowd.scope():
            held = Counter.objects.get()
            looked.wait(timeout=10)
            Counter.objects.filter(pk=held.pk).update(state={"row": held.state["row"] + 1})

    assert run_together([count] * POOLS) == [None] * POOLS
    with crowd.scope():
        assert Counter.objects.get().state["row"] == 2, "one and four more would be five"


def waiting(crowd):
    pool = crowd.pool(tasks=1, auto_accept_solutions=False, auto_accept_period_day=3)
    return crowd.do("ann", pool)


def decide(crowd, how, assignment, **more):
    with crowd.scope():
        return how(organization=crowd.organization, actor=None, assignment_id=assignment.pk, now=timezone.now(), **more)


def test_reviewers_who_decide_at_once_decide_once_and_pay_once():
    crowd = make_crowd("ann")
    assignment = waiting(crowd)
    accept = lambda: decide(crowd, accept_assignment, assignment)  # noqa: E731

    results = run_together([accept] * 4)

    assert sorted(type(one).__name__ for one in results) == ["Assignment", *["WrongStatus"] * 3]
    with crowd.scope():
        suite = Assignment.objects.select_related("suite").get().suite
        assert (suite.pending, suite.accepted, Reward.objects.count()) == (0, 1, 1)
        assert Event.objects.filter(type=EventType.ASSIGNMENT_ACCEPTED).count() == 1


def test_accepted_and_rejected_at_once_it_is_paid_whoever_comes_first():
    """A rejection may be followed by an acceptance, never the other way round: either way it is accepted."""
    crowd = make_crowd("ann")
    assignment = waiting(crowd)
    accept = lambda: decide(crowd, accept_assignment, assignment)  # noqa: E731
    reject = lambda: decide(crowd, reject_assignment, assignment, public_comment="no bird")  # noqa: E731

    accepted, rejected = run_together([accept, reject])

    assert accepted.status == "ACCEPTED"
    assert isinstance(rejected, WrongStatus) or rejected.status == "REJECTED"
    with crowd.scope():
        suite = Assignment.objects.select_related("suite").get().suite
        assert (suite.pending, suite.accepted, suite.rejected, Reward.objects.count()) == (0, 1, 0, 1)


def test_control_reviewers_who_look_before_they_decide_all_find_it_waiting():
    crowd = make_crowd("ann")
    assignment, looked = waiting(crowd), threading.Barrier(4)

    def look():
        with crowd.scope():
            found = Assignment.objects.get(pk=assignment.pk).status
            looked.wait(timeout=10)
            return found

    assert run_together([look] * 4) == ["SUBMITTED"] * 4


def test_one_target_has_one_restriction_however_many_make_it_at_once():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=1)
    place = {"organization": crowd.organization, "actor": None, "performer": crowd.performer("ann")}

    def shut_out():
        with crowd.scope():
            return restrict(**place, scope="POOL", pool=pool, until=None, now=timezone.now()).pk

    assert len(set(run_together([shut_out] * 4))) == 1
    with crowd.scope():
        assert Restriction.objects.live().count() == 1


def test_control_restrictions_made_without_waiting_for_one_another_are_several():
    crowd = make_crowd("ann")
    pool, ann, looked = crowd.pool(tasks=1), crowd.performer("ann"), threading.Barrier(4)

    def shut_out():
        with crowd.scope():
            assert not Restriction.objects.live().exists()
            looked.wait(timeout=10)
            Restriction.objects.create(organization=crowd.organization, performer=ann, scope="POOL", pool=pool,
                                       created_at=timezone.now())  # fmt: skip

    assert run_together([shut_out] * 4) == [None] * 4
    with crowd.scope():
        assert Restriction.objects.live().count() == 4
