"""With real processes: a Celery worker, a killed deliverer, a broker that is not there."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection

from callbacks import leases
from callbacks import nudge as nudging
from callbacks.delivery import Deliverer
from callbacks.slots import deliverer_slot
from tests.callbacks.conftest import answer_status, deliver, rows, tell

# One after the other: they share a database of the broker.
pytestmark = pytest.mark.xdist_group("callback processes")
STATUSES = "SELECT status, attempts FROM callbacks_delivery"
# Apart from the other tests' messages.
BROKER_DATABASE = 15


def broker_url() -> str:
    return urlunsplit(urlsplit(django_settings.REDIS_URL)._replace(path=f"/{BROKER_DATABASE}"))


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process that works on this test's database and broker."""
    where = connection.settings_dict
    login = f"{quote(where['USER'])}:{quote(where['PASSWORD'] or '')}"
    url = f"postgres://{login}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
    allowed = {"CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8", "CALLBACK_ALLOWED_PORTS": "*"}
    addresses = {"DATABASE_URL": url, "DIRECT_DATABASE_URL": url, "REDIS_URL": broker_url()}
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "labelops.settings", **addresses, **allowed, **changes}


def start(*command: str, **changes: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *command], env=environment(**changes), cwd=django_settings.BASE_DIR, start_new_session=True
    )


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def own_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    use_broker(monkeypatch, broker_url())
    with current_app.connection_for_write() as broker:
        broker.default_channel.client.flushdb()


def use_broker(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(current_app.conf, "broker_url", url)
    # What the application keeps open leads to the broker of an earlier test.
    monkeypatch.setattr(current_app, "_pool", None)
    monkeypatch.setattr(current_app.amqp, "_producer_pool", None)
    vars(current_app.control.mailbox).pop("producer_pool", None)
    monkeypatch.setattr(nudging, "_nudger", None)


@pytest.fixture
def worker(own_broker: None, organization: object) -> Iterator[subprocess.Popen[bytes]]:
    options = ("-Q", "celery,callbacks", "-c", "2", "--without-gossip", "--without-mingle", "--loglevel", "WARNING")
    process = start("-m", "celery", "-A", "labelops", "worker", *options)
    try:
        wait_for_answer(process)
        yield process
    finally:
        end(process)


def wait_for_answer(worker: subprocess.Popen[bytes], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    with current_app.connection_for_write() as broker:
        while not current_app.control.ping(timeout=0.3, connection=broker):
            assert worker.poll() is None, "the worker ended"
            assert time.monotonic() < until, f"the worker does not answer within {seconds} s"


def wait_for_first(receiver: Any) -> None:
    """A nudge expires after 5 s: a worker that begins late on a busy machine gets the next, as from the sweep."""
    for _ in range(4):
        until = time.monotonic() + 6
        while not receiver.requests and time.monotonic() < until:
            time.sleep(0.01)
        if receiver.requests:
            return
        nudging.nudge()
    receiver.wait_for(1)


def test_a_worker_delivers_after_commit_and_the_sweep_finds_the_rest(organization, receiver, worker):
    tell(organization, receiver.url)
    wait_for_first(receiver)
    wait_until_delivered(1)
    # While that drain still looks around for more, it finds this one by itself.
    tell(organization, receiver.url)
    receiver.wait_for(2)
    time.sleep(2.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("callbacks.outbox.nudge", lambda: None)
        tell(organization, receiver.url)
    time.sleep(0.5)
    assert len(receiver.requests) == 2
    current_app.send_task("callbacks.sweep")
    receiver.wait_for(3)
    wait_until_delivered(3)


def wait_until_delivered(count: int) -> None:
    until = time.monotonic() + 5
    while rows("SELECT count(*) FROM callbacks_delivery WHERE status = 'delivered'") != [(count,)]:
        assert time.monotonic() < until, rows(STATUSES)
        time.sleep(0.02)


CLAIM_AND_DIE = """
import os, signal, uuid, django
django.setup()
from callbacks.leases import FIRST, Room, claim_deliveries
messages, *_ = claim_deliveries(owner=uuid.uuid4(), after=FIRST, room=Room(9, 9, {}, 9, {}))
print(len(messages), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_between_claim_and_send_it_goes_out_after_the_lease(organization, receiver, settings):
    tell(organization, receiver.url)
    changes = {"CALLBACK_TIMEOUT_SECONDS": "1", "CALLBACK_LEASE_SECONDS": "6"}
    victim = subprocess.run(
        [sys.executable, "-c", CLAIM_AND_DIE],
        env=environment(**changes),
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        check=False,
    )
    assert (victim.returncode, victim.stdout.strip()) == (-signal.SIGKILL, b"1")
    claimed = time.monotonic()
    assert deliver() == 0
    deliver(idle_seconds=7)
    assert len(receiver.requests) == 1
    assert 4 < receiver.requests[0].at - claimed < 6 + 3
    assert rows(STATUSES) == [("delivered", 1)]


def test_killed_while_it_waits_for_answers_all_are_sent_again(organization, receiver):
    receiver.answer = lambda handler, request: time.sleep(60)
    for _ in range(4):
        tell(organization, receiver.url)
    victim = start("manage.py", "deliver", CALLBACK_TIMEOUT_SECONDS="1", CALLBACK_LEASE_SECONDS="6")
    receiver.wait_for(4, 45)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    receiver.answer = answer_status(200)
    deliver(idle_seconds=7)
    assert rows("SELECT DISTINCT status FROM callbacks_delivery") == [("delivered",)]
    assert len(receiver.requests) == 8
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 4


def test_sigterm_finishes_what_is_under_way(organization, receiver):
    def slowly(handler, request):
        time.sleep(0.8)
        answer_status(200)(handler, request)

    receiver.answer = slowly
    for _ in range(4):
        tell(organization, receiver.url)
    deliverer = start("manage.py", "deliver")
    receiver.wait_for(4, 45)
    end(deliverer)
    assert deliverer.returncode == 0
    assert rows("SELECT DISTINCT status, attempts, lease_owner FROM callbacks_delivery") == [("delivered", 1, None)]


TERMINATE_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


def test_sessions_cut_between_answer_and_commit_lose_and_double_nothing(organization, receiver):
    """The results wait in memory for the next session."""

    def slowly(handler, request):
        time.sleep(0.6)
        answer_status(200)(handler, request)

    receiver.answer = slowly
    for _ in range(8):
        tell(organization, receiver.url)
    deliverer = Deliverer(idle_seconds=1, run_seconds=20)
    running = threading.Thread(target=deliverer.run)
    running.start()
    receiver.wait_for(4)
    assert rows(TERMINATE_OTHERS)
    running.join()
    assert rows("SELECT status, attempts, count(*) FROM callbacks_delivery GROUP BY 1, 2") == [("delivered", 1, 8)]
    assert len(receiver.requests) == 8


def test_an_outcome_that_cannot_be_stored_does_not_take_the_others_with_it(organization, receiver, monkeypatch):
    real = leases.finish_deliveries

    def strange(*, owner, results):
        poisoned = [replace(r, outcome=replace(r.outcome, status_code=10**6)) if b"poison" in r.message.body else r
                    for r in results]  # fmt: skip
        return real(owner=owner, results=poisoned)

    monkeypatch.setattr("callbacks.finishing.finish_deliveries", strange)
    tell(organization, receiver.url, body={"a": "poison"})
    for _ in range(5):
        tell(organization, receiver.url)
    deliver()
    assert sorted(rows(STATUSES)) == [("delivered", 1)] * 5 + [("pending", 0)]


def test_the_command_ends_when_idle(organization, receiver, capsys):
    tell(organization, receiver.url)
    call_command("deliver", "--until-idle")
    assert "1 attempts made" in capsys.readouterr().out


def test_only_so_many_deliverers_run_at_once(organization, settings):
    settings.CALLBACK_SLOTS = 2
    with deliverer_slot() as first, deliverer_slot() as second, deliverer_slot() as third:
        assert (first.number, second.number, third.number) == (0, 1, None)
    with deliverer_slot() as again:
        assert again.number == 0


def test_a_broker_that_is_gone_or_silent_costs_an_audit_nothing(organization, receiver, monkeypatch):
    gone = socket.create_server(("127.0.0.1", 0))
    silent = socket.create_server(("127.0.0.1", 0))
    ports = [gone.getsockname()[1], silent.getsockname()[1]]
    gone.close()
    tell(organization, receiver.url)  # connections and plans are warm
    for port in ports:
        use_broker(monkeypatch, f"redis://127.0.0.1:{port}/0")
        started = time.monotonic()
        for _ in range(20):
            tell(organization, receiver.url)
        assert (time.monotonic() - started) / 20 < 0.05
    time.sleep(0.3)
    deliver()
    assert rows("SELECT status, count(*) FROM callbacks_delivery GROUP BY 1") == [("delivered", 41)]
    silent.close()


def test_nudges_coalesce_and_come_out_at_the_broker(own_broker):
    for _ in range(500):
        nudging.nudge()
    time.sleep(1)
    with current_app.connection_for_write() as broker:
        waiting = broker.default_channel.client.llen("callbacks")
    assert 1 <= waiting <= 3


def test_a_forked_process_starts_its_own_thread(own_broker):
    nudging.nudge()
    time.sleep(0.5)
    before = waiting_nudges()
    child = os.fork()
    if child == 0:
        nudging.nudge()
        time.sleep(0.7)
        os._exit(0)
    os.waitpid(child, 0)
    # At least: the thread of an earlier test in this process may have had one more on its way.
    assert 1 <= before < waiting_nudges()


def waiting_nudges() -> int:
    with current_app.connection_for_write() as broker:
        return broker.default_channel.client.llen("callbacks")
