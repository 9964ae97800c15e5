"""Receivers that lie, stall, flood, redirect, vanish: raw sockets on this machine. Numbers: docs/faults.md."""

import gzip
import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.callbacks.conftest import answer_status, deliver, rows, tell
from tests.callbacks.test_processes import start
from tests.embedded.conftest import wait_until
from tests.faults.lateness import Lateness
from tests.faults.outgoing.deliverers import SHORT, kill

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("callback processes")]
LAST = "SELECT status_code, error, seconds, detail FROM callbacks_attempt ORDER BY at DESC LIMIT 1"
LIMIT, GRACE = 2, 0.5


@contextmanager
def raw_server(serve: Callable[[socket.socket, int], None]) -> Iterator[tuple[str, list[int]]]:
    """A server whose every connection is handed over, with its number; its address, and the connections so far."""
    listening, connections = socket.create_server(("127.0.0.1", 0), backlog=64), []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                connections.append(len(connections))
                threading.Thread(target=handle, args=(connection, connections[-1]), daemon=True).start()

    def handle(connection: socket.socket, number: int) -> None:
        with connection, suppress(OSError):
            serve(connection, number)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}", connections
    finally:
        # A thread that accepts wakes up by the shutdown only.
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or b"\r\n\r\n"
    return data


def dribble(connection: socket.socket, what: Iterator[bytes]) -> None:
    read_request(connection)
    for piece in what:
        connection.sendall(piece)
        time.sleep(0.05)


def flood(connection: socket.socket, first: bytes, then: bytes) -> None:
    read_request(connection)
    connection.sendall(first)
    while True:
        connection.sendall(then)


BOMB = gzip.compress(b"x" * 50_000_000)
ATTACKS = {
    "headers byte by byte": lambda c, n: dribble(c, (b"HTTP/1.1 200 OK\r\nx: ", *[b"a"] * 200)),
    "body byte by byte": lambda c, n: dribble(c, (b"HTTP/1.1 500 No\r\ncontent-length: 999\r\n\r\n", *[b"a"] * 200)),
    "a body without end": lambda c, n: flood(c, b"HTTP/1.1 500 No\r\ncontent-length: 1000000000\r\n\r\n", b"x" * 65536),
    "a bomb of gzip": lambda c, n: flood(
        c, b"HTTP/1.1 500 No\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % (len(BOMB) * 50), BOMB
    ),
    "chunks without end": lambda c, n: flood(
        c, b"HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"
    ),
    "1xx without end": lambda c, n: flood(c, b"", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 20),
    "headers without end": lambda c, n: flood(c, b"HTTP/1.1 500 No\r\n", b"x-filler: y\r\n" * 1000),
    "one endless header": lambda c, n: flood(c, b"HTTP/1.1 500 No\r\nx: ", b"y" * 65536),
    "no answer at all": lambda c, n: (read_request(c), time.sleep(30)),
    "nothing is even read": lambda c, n: time.sleep(30),
}


def memory_of(pid: int) -> float:
    """Peak of what it held in memory, in MiB."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


# One of each kind in every run: slow, endless, unpacked, mute.
QUICK = ("body byte by byte", "headers without end", "a bomb of gzip", "no answer at all")


@pytest.mark.parametrize(
    "attack", [one if one in QUICK else pytest.param(one, marks=pytest.mark.faults_long) for one in ATTACKS]
)
def test_13_ends_with_the_deadline_in_little_memory(organization, receiver, attack):
    victim = start("manage.py", "deliver", **SHORT | {"CALLBACK_TIMEOUT_SECONDS": str(LIMIT)})
    try:
        tell(organization, receiver.url)
        receiver.wait_for(1, 40)
        before = memory_of(victim.pid)
        with raw_server(ATTACKS[attack]) as (host, _), Lateness() as late:
            tell(organization, f"http://{host}/")
            made = "SELECT count(*) FROM callbacks_attempt WHERE error <> ''"
            wait_until(lambda: rows(made) == [(1,)], seconds=20, what="the attempt's end")
        grown = memory_of(victim.pid) - before
    finally:
        kill(victim)
    ((code, error, seconds, detail),) = rows(LAST)
    print(f"{attack}: {seconds:.2f} s, {error} {code or ''}, {grown:.1f} MiB more; the machine {late.worst:.2f} s late")
    assert seconds <= LIMIT + GRACE + late.worst
    assert grown < 32
    assert (code, error) in {(500, "status"), (None, "timeout"), (None, "reset")}, detail


def test_13_a_tls_handshake_that_stalls(organization):
    with raw_server(lambda connection, number: time.sleep(30)) as (host, _), Lateness() as late:
        tell(organization, f"https://{host}/")
        deliver()
    ((code, error, seconds, _),) = rows(LAST)
    assert (code, error) == (None, "timeout")
    assert seconds <= LIMIT + GRACE + late.worst


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_14_reset_in_the_middle_of_an_answer_and_silence_after_the_request(organization):
    def half(connection, number):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200")
        reset(connection)

    with raw_server(half) as (host, connections):
        tell(organization, f"http://{host}/half")
        deliver()
        assert len(connections) == 1
    assert rows(LAST)[0][:2] == (None, "reset")
    with raw_server(lambda connection, number: read_request(connection)) as (host, connections):
        tell(organization, f"http://{host}/silent")
        deliver()
        assert len(connections) == 1
    assert rows(LAST)[0][:2] == (None, "reset")


def test_14_a_kept_connection_that_the_peer_closes_costs_no_attempt(organization):
    def once(connection, number):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        # Kept open for the next request, which it does not answer.
        read_request(connection)

    with raw_server(once) as (host, connections):
        subject = organization.pk
        for sequence in (1, 2):
            tell(organization, f"http://{host}/", subject=subject, sequence=sequence)
        deliver()
        assert len(connections) == 2
    assert rows("SELECT status, attempts FROM callbacks_delivery") == [("delivered", 1)] * 2


def test_14_a_kept_connection_that_breaks_in_an_answer_is_a_failure(organization):
    """Something was heard: the receiver has seen the request, and a second one at once would be a duplicate."""

    def half_the_second(connection, number):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        read_request(connection)
        connection.sendall(b"HTTP/1.1 20")

    with raw_server(half_the_second) as (host, connections):
        for sequence in (1, 2):
            tell(organization, f"http://{host}/", subject=organization.pk, sequence=sequence)
        deliver()
        assert len(connections) == 1
    assert rows(LAST)[0][:2] == (None, "reset")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_15_redirects_into_the_own_network_are_not_followed(organization, receiver, status):
    decoys = []
    with raw_server(lambda connection, number: decoys.append(connection)) as (host, connections):
        for place in ("http://169.254.169.254/latest/meta-data/", f"http://{host}/", "file:///etc/passwd"):
            receiver.answer = answer_status(status, {"location": place})
            tell(organization, receiver.url)
            deliver()
            assert place in rows(LAST)[0][3]
        assert connections == []
    assert rows("SELECT DISTINCT status_code, error FROM callbacks_attempt") == [(status, "status")]


def test_19_asked_to_wait_until_a_date(organization, receiver):
    when = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 120))
    receiver.answer = answer_status(503, {"retry-after": when})
    tell(organization, receiver.url)
    deliver()
    ((wait,),) = rows("SELECT extract(epoch FROM due_at - clock_timestamp())::float FROM callbacks_delivery")
    assert 110 < wait < 121
    assert rows("SELECT in_flight_cap FROM callbacks_endpointhealth") == [(4,)]


def test_11_as_often_as_it_fails_and_once_more_then_the_successor(organization, receiver):
    numbers = itertools.count(1)
    receiver.answer = lambda handler, request: answer_status(500 if next(numbers) <= 2 else 200)(handler, request)
    subject = organization.pk
    for sequence in (1, 2):
        tell(organization, receiver.url, subject=subject, sequence=sequence)
    deliver()
    for _ in range(2):
        assert b'"sequence":2' not in b"".join(request.body for request in receiver.requests)
        rows("UPDATE callbacks_delivery SET due_at = clock_timestamp() WHERE status = 'pending'")
        time.sleep(1.1)
        deliver()
    first = receiver.requests[:3]
    assert len({(one.body, one.headers["webhook-id"]) for one in first}) == 1
    assert len({one.headers["webhook-timestamp"] for one in first}) == 3
    assert [one.headers["webhook-attempt"] for one in receiver.requests] == ["1", "2", "3", "1"]
