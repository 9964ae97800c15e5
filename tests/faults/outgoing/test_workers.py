"""The Celery worker's own processes, its broker and its beat. Numbers: docs/faults.md."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app

from callbacks import nudge
from tests.callbacks.conftest import answer_status, rows, tell
from tests.callbacks.test_processes import end, own_broker, start, wait_for_answer  # noqa: F401  (a fixture among them)
from tests.faults.instance import below, command_of
from tests.faults.outgoing.deliverers import IN_FLIGHT, SHORT, fill, wait_for
from tests.faults.outgoing.oracle import Oracle

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("callback processes")]
OPTIONS = ("-Q", "callbacks", "-c", "3", "--without-gossip", "--without-mingle", "--loglevel", "WARNING")


def slowly(handler, request):
    time.sleep(0.05)
    answer_status(200)(handler, request)


@pytest.fixture
def worker(own_broker, organization, receiver) -> Iterator[subprocess.Popen[bytes]]:  # noqa: F811
    receiver.answer = slowly
    process = start("-m", "celery", "-A", "labelops", "worker", *OPTIONS, **SHORT)
    try:
        wait_for_answer(process)
        yield process
    finally:
        end(process)


def sweep_until(done, seconds: float = 60) -> None:
    """As beat does it."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, rows("SELECT status, count(*) FROM callbacks_delivery GROUP BY 1")
        current_app.send_task("callbacks.sweep")
        time.sleep(1)


def deliverer_of(worker: subprocess.Popen[bytes]) -> list[int]:
    """The pool's processes that have a deliverer running: those that hold a place."""
    children = set(below(worker.pid))
    found = rows("SELECT DISTINCT a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                 "WHERE l.locktype = 'advisory'")  # fmt: skip
    ports = {port for (port,) in found}
    return [pid for pid in children if ports & ports_of(pid)]


def ports_of(pid: int) -> set[int]:
    """Local TCP ports of this process."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            inodes.add(os.readlink(link).removeprefix("socket:[").rstrip("]"))
        except OSError:
            continue
    lines = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return {int(line[1].rpartition(":")[2], 16) for line in lines if line[9] in inodes}


def test_2_sigkill_of_a_pool_process(organization, receiver, worker):
    fill(organization, receiver, subjects=80, events=3)
    current_app.send_task("callbacks.sweep")
    wait_for(receiver, 30)
    victims = deliverer_of(worker)
    assert victims, [command_of(pid) for pid in below(worker.pid)]
    os.kill(victims[0], signal.SIGKILL)
    killed = time.monotonic()
    oracle = Oracle(receiver)
    sweep_until(lambda: not oracle.missing())
    print(f"all delivered {max(request.at for request in receiver.requests) - killed:.1f} s after the kill")
    assert worker.poll() is None
    oracle.check(most_duplicates=IN_FLIGHT)


def test_5_a_broker_that_forgets_everything(organization, receiver, worker):
    fill(organization, receiver, subjects=60)
    with current_app.connection_for_write() as broker:
        broker.default_channel.client.flushdb()
    oracle = Oracle(receiver)
    sweep_until(lambda: not oracle.missing())
    oracle.check()


def test_27_without_beat_the_next_audit_s_nudge_drains_what_was_left(organization, receiver, worker):
    """A retry that nobody tells of waits for the next nudge, not for ever."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("callbacks.outbox.nudge", lambda: None)
        fill(organization, receiver, subjects=10)
    time.sleep(1)
    oracle = Oracle(receiver)
    assert len(oracle.missing()) == 10
    tell(organization, f"{receiver.url}-0")
    for _ in range(6):
        if oracle.missing():
            time.sleep(3)
            nudge.nudge()
    oracle.check()


@pytest.mark.faults_long
def test_6_a_broker_that_is_away_for_long(organization, receiver, worker):
    """A deliverer that runs goes on hearing of what is new: it does not need the broker."""
    fill(organization, receiver, subjects=5)
    sweep_until(lambda: not Oracle(receiver).missing())
    with current_app.connection_for_write() as broker:
        broker.default_channel.client.execute_command("CLIENT", "PAUSE", "20000", "ALL")
    begun, slowest = time.monotonic(), 0.0
    while time.monotonic() - begun < 15:
        before = time.monotonic()
        fill(organization, receiver, subjects=1)
        slowest = max(slowest, time.monotonic() - before)
        time.sleep(0.5)
    print(f"the slowest commit without a broker: {1000 * slowest:.0f} ms")
    assert slowest < 2
    time.sleep(8)
    oracle = Oracle(receiver)
    sweep_until(lambda: not oracle.missing())
    oracle.check()
