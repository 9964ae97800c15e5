"""Deliverers killed, stopped, ended, cut off from the database. Numbers: the list of docs/faults.md."""

import os
import signal
import threading
import time

import pytest
from django.db import connection

from tests.callbacks.conftest import answer_status, deliver, rows, tell
from tests.callbacks.test_processes import start
from tests.embedded.conftest import wait_until
from tests.faults.outgoing.deliverers import IN_FLIGHT, LEASE, SHORT, deliverer, fill, kill, wait_for
from tests.faults.outgoing.oracle import Oracle

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("callback processes")]
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE pid <> pg_backend_pid() AND datname = current_database() AND query NOT LIKE '%%pg_stat_activity%%'
"""
LEASED = "SELECT count(*) FROM callbacks_delivery WHERE lease_owner IS NOT NULL"
PENDING = "SELECT count(*) FROM callbacks_delivery WHERE status = 'pending'"


def slowly(handler, request):
    time.sleep(0.05)
    answer_status(200)(handler, request)


@pytest.fixture(autouse=True)
def a_slow_receiver(receiver):
    receiver.answer = slowly


def test_1_sigkill_in_the_middle_of_a_batch(organization, receiver):
    fill(organization, receiver, subjects=60, events=3)
    with deliverer() as victim:
        wait_for(receiver, 40)
        wait_until(lambda: rows(LEASED) != [(0,)], seconds=10, what="some under way")
        kill(victim)
    killed = time.monotonic()
    ((leased,),) = rows(LEASED)
    print(f"{leased} under lease, {len(receiver.requests)} heard when it was killed")
    with deliverer():
        oracle = Oracle(receiver)
        oracle.wait_for_all(60)
    last = max(request.at for request in receiver.requests) - killed
    print(f"killed; all delivered {last:.1f} s later (lease {LEASE} s)")
    oracle.check(most_duplicates=IN_FLIGHT)


def test_3_sigterm_finishes_what_is_under_way_and_claims_no_more(organization, receiver):
    fill(organization, receiver, subjects=80)
    with deliverer() as first:
        wait_for(receiver, 20)
        first.terminate()
        assert first.wait(10) == 0
        assert rows(LEASED) == [(0,)]
        assert rows(PENDING) != [(0,)]
    with deliverer():
        oracle = Oracle(receiver)
        oracle.wait_for_all()
    oracle.check()


def test_4_a_deliverer_that_is_stopped_for_two_leases_is_fenced_out(organization, receiver):
    fill(organization, receiver, subjects=60, events=2)
    with deliverer() as zombie:
        wait_for(receiver, 20)
        os.kill(zombie.pid, signal.SIGSTOP)
        with deliverer():
            oracle = Oracle(receiver)
            oracle.wait_for_all(60)
            wait_until(lambda: rows(PENDING) == [(0,)], seconds=20, what="all finished")
            before = rows("SELECT id, status, attempts FROM callbacks_delivery ORDER BY id")
            os.kill(zombie.pid, signal.SIGCONT)
            time.sleep(2)
    assert rows("SELECT id, status, attempts FROM callbacks_delivery ORDER BY id") == before
    oracle.check(most_duplicates=IN_FLIGHT)


def test_7_connections_cut_between_answer_and_commit(organization, receiver):
    """Results wait for the database: not one is sent twice."""
    fill(organization, receiver, subjects=120)
    with deliverer():
        for number in (20, 50, 80):
            wait_for(receiver, number)
            rows(CUT)
        oracle = Oracle(receiver)
        oracle.wait_for_all()
        wait_until(lambda: rows(PENDING) == [(0,)], seconds=20, what="all finished")
    oracle.check()


def test_8_a_database_that_takes_nothing_is_not_hammered(organization, receiver):
    fill(organization, receiver, subjects=5)
    with deliverer(PGOPTIONS="-c default_transaction_read_only=on") as victim:
        time.sleep(4)
        before = os.times().elapsed, cpu_of(victim.pid)
        time.sleep(2)
        used = (cpu_of(victim.pid) - before[1]) / (os.times().elapsed - before[0])
    print(f"{100 * used:.0f} % of a core while nothing can be claimed")
    assert receiver.requests == []
    # A loop without a pause takes a whole one.
    assert used < 0.8
    deliver()
    Oracle(receiver).check()


def cpu_of(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_10_events_of_one_task_by_many_at_once_come_in_the_order_of_their_sequence(organization, receiver):
    """As audits do it: under the subject's lock, which orders the numbers, whatever order the threads come in."""
    subject, lock, sequences = organization.pk, threading.Lock(), iter(range(1, 41))
    url = f"{receiver.url}-one"

    def publish_some() -> None:
        for _ in range(10):
            with lock:
                tell(organization, url, subject=subject, sequence=next(sequences))
        connection.close()

    threads = [threading.Thread(target=publish_some) for _ in range(4)]
    with deliverer():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        oracle = Oracle(receiver)
        oracle.wait_for_all()
    oracle.check()


STEPPED = """
import sys, time, django
django.setup()
from datetime import datetime, timedelta
step = float(sys.argv[1])
real = time.time
time.time = lambda: real() + step
import callbacks.sender as sender
class Stepped(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(seconds=step)
sender.datetime = Stepped
from callbacks.delivery import Deliverer
Deliverer(idle_seconds=1.0).run()
"""


@pytest.mark.parametrize("step", [-600, 600])
def test_21_a_deliverer_whose_clock_is_ten_minutes_off(organization, receiver, step):
    """The database's clock says what is due; signatures carry the deliverer's own time."""
    fill(organization, receiver, subjects=10)
    rows("UPDATE callbacks_delivery SET due_at = clock_timestamp() + interval '5 minutes' WHERE ctid IN "
         "(SELECT ctid FROM callbacks_delivery LIMIT 5)")  # fmt: skip
    assert start("-c", STEPPED, str(step), **SHORT).wait(40) == 0
    assert len(receiver.requests) == 5
    shifts = {round((int(one.headers["webhook-timestamp"]) - time.time()) / 60) for one in receiver.requests}
    assert shifts == {step // 60}
    assert rows(PENDING) == [(5,)]


def test_29_a_lease_shorter_than_the_time_limit_is_refused_at_the_start(organization):
    process = start("manage.py", "deliver", CALLBACK_TIMEOUT_SECONDS="15", CALLBACK_LEASE_SECONDS="10")
    assert process.wait(40) == 1


LIMITED = """
import resource, django
resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))
django.setup()
from callbacks.delivery import Deliverer
Deliverer(idle_seconds=8).run()
"""


def test_28_too_few_file_descriptors_press_back_and_crash_nothing(organization, receiver):
    fill(organization, receiver, subjects=150, endpoints=150)
    limits = {"CALLBACK_IN_FLIGHT": "128", "CALLBACK_IN_FLIGHT_PER_ENDPOINT": "2"}
    process = start("-c", LIMITED, **{**SHORT, **limits})
    assert process.wait(90) == 0
    oracle = Oracle(receiver)
    oracle.wait_for_all(5)
    oracle.check()
    # What could not be sent for want of a socket was no attempt.
    assert rows("SELECT count(*) FROM callbacks_attempt WHERE error IN ('connect', 'local', 'dns')") == [(0,)]
