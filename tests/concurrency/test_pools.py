"""No performer gets a task twice, no task goes to more performers than its overlap. Each race has its control."""

import random
import threading
from collections import Counter
from contextlib import suppress

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from audits.models import Task
from crowd_rules.models import Assignment, PoolTask, Restriction, Reward, Solution
from crowd_rules.services.audit_loop import follow_audits
from crowd_rules.services.hand_out import (
    HeldByOthers,
    skip_assignment,
    submit_and_take,
    submit_assignment,
    take_assignment,
)
from crowd_rules.services.refusals import NothingLeft, Restricted, WrongStatus
from crowd_rules.services.restrictions import restrict
from tests.concurrency.together import run_together
from tests.crowd_rules.crowd import config, make_crowd, suspend
from tests.crowd_rules.test_redone import send_back

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = [f"performer{number}" for number in range(10)]


def test_performers_who_ask_at_the_same_moment_keep_the_overlap():
    crowd = make_crowd(*NAMES)
    pool = crowd.pool(tasks=3, default_overlap=2)

    results = run_together([lambda name=name: crowd.take(name, pool) for name in NAMES])

    issued = [one for one in results if not isinstance(one, Exception)]
    tasks = Counter(task.id for one in issued for task in one.tasks)
    assert len(issued) == 6, [repr(one) for one in results]
    assert set(tasks.values()) == {2}
    assert all(isinstance(one, NothingLeft | HeldByOthers) for one in results if isinstance(one, Exception))


def test_control_looking_first_and_counting_then_hands_out_more_than_the_overlap():
    crowd = make_crowd(*NAMES)
    pool, looked = crowd.pool(tasks=1), threading.Barrier(len(NAMES))

    def look_then_take():
        with crowd.scope():
            is_free = PoolTask.objects.filter(pool=pool).open().exists()
            looked.wait(timeout=10)
            return is_free

    assert run_together([look_then_take for _ in NAMES]) == [True] * len(NAMES)


def test_one_performer_who_asks_twice_at_once_has_one_assignment():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=5)

    results = run_together([lambda: crowd.take("ann", pool) for _ in range(6)])

    assert len({one.assignment.pk for one in results}) == 1
    assert sorted(one.again for one in results) == [False] + [True] * 5


def test_the_same_submit_sent_at_once_is_recorded_and_paid_once():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=5)
    issued = crowd.take("ann", pool)

    results = run_together([lambda: crowd.submit("ann", issued) for _ in range(6)])

    assert {one.status for one in results} == {"ACCEPTED"}
    with crowd.scope():
        assert Reward.objects.count() == 1


def test_submit_and_skip_at_once_leave_one_of_them():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=5)
    issued = crowd.take("ann", pool)

    def skip():
        with crowd.scope():
            return skip_assignment(organization=crowd.organization, performer=crowd.performer("ann"),
                                   assignment_id=issued.assignment.pk, now=timezone.now())  # fmt: skip

    results = run_together([lambda: crowd.submit("ann", issued), skip])

    assert sum(isinstance(one, WrongStatus) for one in results) == 1


def test_answers_that_complete_tasks_of_each_other_do_not_lock_up():
    """Each submit holds its own counter and wants the others': taken in one order, or they would wait for ever."""
    crowd = make_crowd(*NAMES[:6])
    vote = config("MAJORITY_VOTE", suspend(("total_answers_count", "GTE", 1000)), answer_threshold=2)
    pool = crowd.pool(tasks=30, default_overlap=3, rules=[vote])

    def work(name):
        done = 0
        while True:
            try:
                crowd.do(name, pool)
                done += 1
            except (NothingLeft, HeldByOthers):
                return done

    results = run_together([lambda name=name: work(name) for name in NAMES[:6]])

    assert not [one for one in results if isinstance(one, Exception)], results
    with crowd.scope():
        assert pool.tasks.filter(state="AGREED", answered=3).count() == 30


def submit_and_go_on(crowd, name, issued):
    """The next suite; None where there is none."""
    solutions = [{"output_values": {"result": "OK"}} for _ in issued.tasks]
    place = {"organization": crowd.organization, "performer": crowd.performer(name)}
    with crowd.scope():
        return submit_and_take(
            **place, assignment_id=issued.assignment.pk, solutions=solutions, now=timezone.now()
        ).next


def test_who_goes_on_in_one_call_waits_for_nobody_behind_the_submit():
    """Behind a submit counters are held: to wait for tasks of overdue suites there would end in a deadlock.

    The other transaction is the submit of another performer at its most unlucky: it holds a task of the overdue suite
    and wants a counter that the first one holds.
    """
    crowd = make_crowd("ann", "bob", "cid")
    vote = config("MAJORITY_VOTE", suspend(("total_answers_count", "GTE", 1000)), answer_threshold=1)
    pool = crowd.pool(tasks=6, default_overlap=2, rules=[vote])
    crowd.do("bob", pool)
    overdue, mine = crowd.take("cid", pool), crowd.take("ann", pool)
    with crowd.scope():
        Assignment.objects.filter(pk=overdue.assignment.pk).update(expires_at=timezone.now())
    holds, judged = threading.Event(), threading.Event()

    def hold_a_task():
        with crowd.scope(), connection.cursor() as cursor:
            cursor.execute("SELECT FROM crowd_rules_pooltask WHERE id = %s FOR UPDATE", [overdue.tasks[0].id])
            holds.set()
            judged.wait(timeout=3)

    def go_on():
        holds.wait(timeout=10)
        try:
            with crowd.scope(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
                return submit_and_go_on(crowd, "ann", mine)
        finally:
            judged.set()

    _, found = run_together([hold_a_task, go_on])
    assert not isinstance(found, Exception), repr(found)
    assert found.assignment.pool_id == pool.pk


def test_hand_outs_with_skips_expiries_and_bans_in_between_keep_every_invariant():
    crowd = make_crowd(*NAMES)
    pool = crowd.pool(tasks=60, default_overlap=2, controls=4, golden_tasks_count=1, real_tasks_count=2)
    since, lock = {}, threading.Lock()

    def ban(name):
        with crowd.scope():
            restrict(organization=crowd.organization, actor=None, performer=crowd.performer(name), scope="POOL",
                     pool=pool, until=None, now=timezone.now())  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            with lock:
                since[name] = cursor.fetchone()[0]

    def work(name):
        chance = random.Random(name)
        while True:
            try:
                issued = crowd.take(name, pool)
            except (NothingLeft, HeldByOthers, Restricted):
                return
            what = chance.random()
            if what < 0.15:
                crowd.skip(name, pool)
            elif what < 0.3:
                with crowd.scope():
                    Assignment.objects.filter(pk=issued.assignment.pk).update(expires_at=timezone.now())
            elif what < 0.33:
                ban(name)
            elif what < 0.66:
                crowd.submit(name, issued)
            else:
                submit_and_go_on(crowd, name, issued)

    results = run_together([lambda name=name: work(name) for name in NAMES])

    assert not [one for one in results if isinstance(one, Exception)], results
    with crowd.scope():
        check_invariants(crowd, pool, since)


def check_invariants(crowd, pool, since):
    held = Counter()
    for task, performer in Solution.objects.filter(is_released=False).values_list("pool_task", "performer"):
        held[task, performer] += 1
    assert max(held.values()) == 1, "a performer got a task twice"
    slots = Counter(Solution.objects.filter(is_released=False).exclude(assignment__status="SKIPPED")
                    .values_list("pool_task", flat=True))  # fmt: skip
    for task in pool.tasks.real():
        assert task.issued == slots[task.pk] <= task.overlap
    for name, moment in since.items():
        assert not Assignment.objects.filter(performer=crowd.performer(name), created_at__gt=moment).exists()
    assert Restriction.objects.count() == len(since)


def test_take_and_submit_run_the_same_statements_whatever_went_before(django_assert_num_queries):
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=40)

    def unit():
        with crowd.scope():
            before = len(connection.queries_log)
            issued = take_assignment(organization=crowd.organization, performer=crowd.performer("ann"), pool_id=pool.pk)
            submit_assignment(organization=crowd.organization, performer=crowd.performer("ann"),
                              assignment_id=issued.assignment.pk, now=timezone.now(),
                              solutions=[{"output_values": {"result": "OK"}}])  # fmt: skip
            return len(connection.queries_log) - before

    connection.force_debug_cursor = True
    try:
        first = unit()
        for _ in range(20):
            unit()
        assert unit() == first
    finally:
        connection.force_debug_cursor = False


def test_a_task_sent_back_keeps_its_overlap_while_everybody_asks_and_two_read_the_log():
    crowd = make_crowd(*NAMES)
    pool = crowd.pool(tasks=2, default_overlap=2)
    for name in NAMES[:2]:
        crowd.do(name, pool, "duck")
        crowd.do(name, pool, "duck")
    with crowd.scope():
        tasks = list(Task.objects.order_by("id"))
    for task in tasks:
        send_back(crowd, task)

    def ask(name):
        with suppress(NothingLeft, HeldByOthers):
            return crowd.do(name, pool, "goose")

    readers = [follow_audits, follow_audits]
    results = run_together([*readers, *[lambda name=name: [ask(name) for _ in range(4)] for name in NAMES]])

    assert [one for one in results if isinstance(one, Exception)] == []
    for name in NAMES:
        ask(name)
        ask(name)
    with crowd.scope():
        counted = Counter(Solution.objects.filter(is_released=False).values_list("pool_task_id", flat=True))
        assert sorted(counted.values()) == [4, 4], "two answers of before, two new ones"
        assert set(PoolTask.objects.values_list("overlap", "issued", "answered")) == {(4, 4, 4)}
        assert Solution.objects.values("pool_task", "performer").distinct().count() == 8
        assert {task.response["result"] for task in Task.objects.all()} == {"goose"}


def test_control_opening_by_what_was_read_before_opens_twice():
    crowd = make_crowd("ann")
    crowd.pool(tasks=1)
    looked = threading.Barrier(2)

    def open_again():
        with crowd.scope():
            task = PoolTask.objects.get()
            looked.wait(timeout=10)
            PoolTask.objects.filter(pk=task.pk).update(overlap=F("overlap") + 1)

    run_together([open_again, open_again])
    with crowd.scope():
        assert PoolTask.objects.get().overlap == 3
