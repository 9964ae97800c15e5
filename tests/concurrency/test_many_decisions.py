"""Decisions on much at once, at the same moment as everything else: nobody stands in anybody's way for good."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from crowd_rules.models import Operation
from crowd_rules.services import jobs
from crowd_rules.services.aggregation import aggregate_pool
from crowd_rules.services.hand_out import leave_assignment, submit_assignment
from crowd_rules.services.jobs import run_operation
from crowd_rules.services.operations import start_operation
from crowd_rules.services.pool_wire import update_pool_with_rules
from crowd_rules.services.pools import PoolSettings, close_pool
from crowd_rules.services.review import reject_assignment, review_all, review_assignments
from tests.concurrency.together import run_together
from tests.crowd_rules.crowd import config, make_crowd, rule
from tests.embedded.conftest import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = [f"performer{number}" for number in range(8)]
AGAIN = config("ASSIGNMENTS_ASSESSMENT", rule(("assessment_event", "EQ", "REJECT"), action="CHANGE_OVERLAP", delta=1,
                                              open_pool=True))  # fmt: skip
REVIEWED = {"auto_accept_solutions": False, "auto_accept_period_day": 3}


@pytest.mark.parametrize("_round", range(3))
def test_rejections_at_once_that_each_open_the_pool(_round):
    crowd = make_crowd(*NAMES)
    pool = crowd.pool(tasks=8, controls=1, golden_tasks_count=1, rules=[AGAIN], **REVIEWED)
    handed_in = [crowd.do(name, pool) for name in NAMES]
    with crowd.scope():
        close_pool(pool=pool, actor=None, now=timezone.now())

    def reject(assignment):
        with crowd.scope():
            return reject_assignment(organization=crowd.organization, actor=None, assignment_id=assignment.pk,
                                     public_comment="no", now=timezone.now()).status  # fmt: skip

    assert run_together([lambda one=one: reject(one) for one in handed_in]) == ["REJECTED"] * 8
    with crowd.scope():
        pool.refresh_from_db()
        assert (pool.status, set(pool.tasks.real().values_list("overlap", flat=True))) == ("OPEN", {2})


def redo(crowd, pool, name):
    with crowd.scope():
        return start_operation(organization=crowd.organization, type="POOL.REDO", now=timezone.now(), parameters={
            "pool_id": pool.pk.hex, "performer_id": crowd.performer(name).pk.hex, "delta": 1, "open_pool": False,
            "suite_id": ""})  # fmt: skip


def run(crowd, operation):
    run_operation(organization_id=crowd.organization.pk, operation_id=operation.pk, now=timezone.now())


def overlaps(crowd, pool):
    with crowd.scope():
        return set(pool.tasks.real().values_list("overlap", flat=True))


def test_the_work_of_two_at_once_who_did_the_same_tasks_in_another_order():
    crowd = make_crowd("ann", "bob")
    pool = crowd.pool(tasks=40, default_overlap=2)
    for _ in range(40):
        crowd.do("ann", pool)
    for _ in range(20):
        # What is left comes again when all the others are done.
        taken = crowd.take("bob", pool)
        with crowd.scope():
            leave_assignment(organization=crowd.organization, performer=crowd.performer("bob"), now=timezone.now(),
                             assignment_id=taken.assignment.pk)  # fmt: skip
    for _ in range(40):
        crowd.do("bob", pool)
    operations = [redo(crowd, pool, name) for name in ("ann", "bob")]

    assert run_together([lambda one=one: run(crowd, one) for one in operations]) == [None, None]
    assert overlaps(crowd, pool) == {4}


def test_a_worker_that_dies_twice_asks_for_nothing_twice(monkeypatch):
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=6)
    for _ in range(6):
        crowd.do("ann", pool)
    operation, change, calls = redo(crowd, pool, "ann"), jobs.change_suite_overlap, []

    def dies_now_and_then(**given):
        calls.append(given["suite_id"])
        if len(calls) in (3, 6):
            raise DatabaseError
        return change(**given)

    monkeypatch.setattr(jobs, "change_suite_overlap", dies_now_and_then)
    for _ in range(2):
        with pytest.raises(DatabaseError):
            run(crowd, operation)
        with crowd.scope():
            Operation.objects.filter(pk=operation.pk).update(lease_until=None)
    run(crowd, operation)
    assert overlaps(crowd, pool) == {2}


def waiting_in_two_orders(crowd):
    """Everybody has done all 20 tasks, each in an order of their own; the assignments by their performers."""
    pool = crowd.pool(tasks=20, default_overlap=3, **REVIEWED)
    handed_in = {}
    for number, name in enumerate(("ann", "bob", "cem")):
        for _ in range(7 * number):
            taken = crowd.take(name, pool)
            with crowd.scope():
                leave_assignment(organization=crowd.organization, performer=crowd.performer(name), now=timezone.now(),
                                 assignment_id=taken.assignment.pk)  # fmt: skip
        handed_in[name] = [crowd.do(name, pool).pk for _ in range(20)]
    return pool, handed_in


def test_everything_of_several_performers_is_accepted_at_once():
    crowd = make_crowd("ann", "bob", "cem")
    pool, handed_in = waiting_in_two_orders(crowd)
    with crowd.scope():
        operations = [review_all(pool=pool, actor=None, accept=True, performer_id=crowd.performer(name).pk,
                                 now=timezone.now()) for name in handed_in]  # fmt: skip

    assert run_together([lambda one=one: run(crowd, one) for one in operations]) == [None] * 3
    with crowd.scope():
        assert pool.assignments.filter(status="ACCEPTED").count() == 60


def test_selections_of_several_performers_are_decided_at_once():
    crowd = make_crowd("ann", "bob", "cem")
    _, handed_in = waiting_in_two_orders(crowd)

    def accept(ids):
        with crowd.scope():
            return len(review_assignments(organization=crowd.organization, actor=None, assignment_ids=ids, accept=True,
                                          now=timezone.now()))  # fmt: skip

    assert run_together([lambda ids=ids: accept(ids) for ids in handed_in.values()]) == [20, 20, 20]


@pytest.mark.parametrize("_round", range(3))
def test_all_pools_of_a_project_are_changed_at_once(_round):
    crowd = make_crowd()
    pools = [crowd.pool(tasks=0) for _ in range(6)]

    def change(pool):
        with crowd.scope():
            return update_pool_with_rules(pool=pool, actor=None, settings=PoolSettings(private_name="new"),
                                          configs=[], now=timezone.now()).private_name  # fmt: skip

    assert run_together([lambda one=one: change(one) for one in pools]) == ["new"] * 6


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        # Of this database alone: the other test process waits for locks in its own.
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                       "WHERE NOT l.granted AND a.datname = current_database())")  # fmt: skip
        return cursor.fetchone()[0]


def test_an_answer_that_is_just_being_submitted_counts_when_all_is_decided():
    crowd = make_crowd("ann", "bob", "cem")
    pool = crowd.pool(tasks=1, default_overlap=3)
    crowd.do("ann", pool)
    crowd.do("bob", pool)
    last = crowd.take("cem", pool)
    with crowd.scope():
        operation = aggregate_pool(pool=pool, actor=None, now=timezone.now())
    with ThreadPoolExecutor() as others:
        with crowd.scope():
            submit_assignment(organization=crowd.organization, performer=crowd.performer("cem"),
                              assignment_id=last.assignment.pk, solutions=[{"output_values": {"result": "BAD"}}],
                              now=timezone.now())  # fmt: skip
            deciding = others.submit(lambda: (run(crowd, operation), connection.close()))
            wait_until(waits_for_a_lock, seconds=20, what="the job at the task's lock")
        deciding.result(timeout=20)
    with crowd.scope():
        task = pool.tasks.real().get()
        assert (task.state, round(task.confidence, 2)) == ("AGREED", 0.67)
