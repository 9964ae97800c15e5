"""Many rows: a dead endpoint's backlog, one task's queue, a bulk replay, a hanging receiver. Numbers: docs/faults.md.

What takes how long is printed and compared with the same in a quiet queue; no absolute time is asked for.
"""

import statistics
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from callbacks import services
from callbacks.leases import decide, finish_deliveries
from callbacks.messages import Outcome
from labelops.tenancy.scope import organization_scope
from tests.callbacks.conftest import claim, deliver, rows, tell
from tests.embedded.conftest import wait_until
from tests.faults.lateness import Lateness
from tests.faults.outgoing.deliverers import deliverer

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("callback processes")]
BACKLOG = """
SELECT count(callbacks_publish(%s, (left(callbacks_first_id(clock_timestamp())::text, 18)
                                    || right(gen_random_uuid()::text, 18))::uuid, 'task.audited', {subject}, n,
                               '{{"task_id": "x"}}', NULL,
                               ARRAY[%s], now()))
FROM generate_series(%s, %s) n
"""
ANALYZE = "ANALYZE callbacks_delivery"


def backlog(organization, url: str, number: int, subject: str = "gen_random_uuid()") -> None:
    # In steps, with statistics between them, as they would grow by and by.
    for first in range(0, number, 1000):
        rows(BACKLOG.format(subject=subject), str(organization.pk), url, first + 1, min(first + 1000, number))
        rows(ANALYZE)


def claims(number: int = 40) -> float:
    """Milliseconds that a claim takes, the median; what is claimed is finished."""
    costs = []
    for _ in range(number):
        owner, begun = uuid.uuid4(), time.perf_counter()
        messages, *_ = claim(owner, wanted=64)
        costs.append(1000 * (time.perf_counter() - begun))
        done = [decide(one, Outcome(at=datetime.now(UTC), status_code=200)) for one in messages]
        if done:
            finish_deliveries(owner=owner, results=done)
    return statistics.median(costs)


def test_24_twenty_thousand_of_one_task(organization):
    backlog(organization, "http://127.0.0.1:9/quiet", 50)
    quiet = claims()
    backlog(organization, "http://127.0.0.1:9/long", 20_000, f"'{uuid.uuid4()}'")
    deep = claims()
    print(f"a claim: {quiet:.2f} ms in a quiet queue, {deep:.2f} ms with 20,000 of one task")
    sequences = rows("SELECT sequence FROM callbacks_delivery d JOIN callbacks_endpoint e ON e.id = d.endpoint_id "
                     "WHERE d.status = 'delivered' AND e.url LIKE '%%long' ORDER BY finished_at")  # fmt: skip
    assert [number for (number,) in sequences] == list(range(1, len(sequences) + 1))
    assert len(sequences) == 40
    assert deep < 10 * quiet + 5


@pytest.mark.faults_long
def test_23_a_hundred_thousand_for_a_dead_endpoint_beside_live_ones(organization, receiver):
    quiet = live_p99(organization, receiver)
    backlog(organization, "http://127.0.0.1:9/dead", 100_000)
    cost = claims(20)
    busy = live_p99(organization, receiver)
    print(f"claim {cost:.1f} ms; live p99 {1000 * quiet:.0f} ms quiet, {1000 * busy:.0f} ms beside the dead backlog")
    assert busy <= 2 * quiet + 0.1


def live_p99(organization, receiver, number: int = 150) -> float:
    """Seconds from commit to receiver, for events that come one after another."""
    receiver.requests.clear()
    committed = []
    with deliverer():
        tell(organization, receiver.url)
        receiver.wait_for(1, 40)
        for _ in range(number):
            tell(organization, receiver.url)
            committed.append(time.monotonic())
            time.sleep(0.01)
        receiver.wait_for(number + 1, 40)
    arrived = [request.at for request in receiver.requests[1:]]
    late = sorted(there - told for told, there in zip(committed, arrived, strict=True))
    return max(late[int(0.99 * len(late))], 0.001)


@pytest.mark.faults_long
def test_26_a_bulk_replay_beside_live_ones(organization, receiver):
    quiet = live_p99(organization, receiver)
    with organization_scope(organization.pk):
        endpoint, _ = services.create_endpoint(
            organization=organization, url=f"{receiver.url}-old", now=datetime.now(UTC)
        )
    backlog(organization, f"{receiver.url}-unused", 10_000)
    rows("UPDATE callbacks_delivery SET status = 'delivered', is_head = false WHERE status = 'pending'")
    until = datetime.now(UTC) + timedelta(seconds=1)
    options = {"organization": organization, "since": until - timedelta(days=1), "until": until, "now": until}
    with organization_scope(organization.pk):
        replay = services.start_replay(actor=None, endpoint_id=endpoint.pk, statuses=["delivered"], **options)
        assert replay.total >= 10_000
    receiver.requests.clear()
    with deliverer():
        wait_until(lambda: len(receiver.requests) > 50, seconds=40, what="the replay runs")
        waits = []
        for _ in range(100):
            mine = uuid.uuid4()
            tell(organization, f"{receiver.url}-live", subject=mine)
            begun = time.monotonic()
            wait = lambda mine=mine: any(mine.hex in one.body.decode() for one in receiver.requests[-300:])  # noqa: E731
            while not wait() and time.monotonic() - begun < 5:
                time.sleep(0.005)
            waits.append(time.monotonic() - begun)
        canceled = time.monotonic()
        with organization_scope(organization.pk):
            services.cancel_replay(organization=organization, replay_id=replay.pk, now=datetime.now(UTC))
        with Lateness() as late:
            time.sleep(1)
        old = [one.at for one in receiver.requests if one.path.endswith("-old")]
    busy = sorted(waits)[98]
    print(f"live p99 {1000 * quiet:.0f} ms quiet, {1000 * busy:.0f} ms beside a replay; "
          f"the last of it {max(old) - canceled:.2f} s after the cancel")  # fmt: skip
    assert max(old) - canceled <= 1 + late.worst
    assert busy <= 1.5 * quiet + 0.25
    assert rows("SELECT count(*) FROM callbacks_delivery WHERE status = 'pending' AND lease_owner IS NULL") == [(0,)]


def test_12_receivers_that_never_answer_hold_up_nobody(organization, receiver):
    import socket

    hanging = socket.create_server(("127.0.0.1", 0), backlog=300)
    done = []
    for with_hang in (False, True):
        receiver.requests.clear()
        if with_hang:
            for _ in range(80):
                tell(organization, f"http://127.0.0.1:{hanging.getsockname()[1]}/hang")
        for number in range(120):
            tell(organization, f"{receiver.url}-{number % 6}")
        begun = time.monotonic()
        deliver(run_seconds=3)
        assert len(receiver.requests) == 120
        done.append(sorted(request.at - begun for request in receiver.requests)[118])
    hanging.close()
    print(f"p99 {1000 * done[0]:.0f} ms without, {1000 * done[1]:.0f} ms with 40 % hanging")
    assert done[1] <= 1.5 * done[0] + 0.5
