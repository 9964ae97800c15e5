"""30: random interleavings of publishing, claiming, finishing and leases that run out, against a model in plain Python.

Real functions of a real database; only the leases are ended by hand instead of by waiting.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callbacks.leases import decide, finish_deliveries
from callbacks.messages import Message, Outcome
from tests.callbacks.conftest import claim, rows, tell

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("callback processes")]
WORKERS, SUBJECTS = 3, 3
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(0, SUBJECTS - 1)),
        st.tuples(st.just("claim"), st.integers(0, WORKERS - 1)),
        st.tuples(st.just("deliver"), st.integers(0, WORKERS - 1)),
        st.tuples(st.just("fail"), st.integers(0, WORKERS - 1)),
        st.tuples(st.just("expire"), st.integers(0, WORKERS - 1)),
    ),
    min_size=10,
    max_size=60,
)


@dataclass
class Worker:
    owner: uuid.UUID = field(default_factory=uuid.uuid4)
    holds: list[Message] = field(default_factory=list)
    # Leases that have run out: what it does with these must be fenced out once another has claimed them.
    lost: set[str] = field(default_factory=set)


class World:
    def __init__(self, organization) -> None:
        self.organization, self.url = organization, f"http://127.0.0.1:9/{uuid.uuid4().hex}"
        self.subjects = [uuid.uuid4() for _ in range(SUBJECTS)]
        self.published = dict.fromkeys(self.subjects, 0)
        self.workers = [Worker() for _ in range(WORKERS)]
        self.holders: dict[str, Worker] = {}
        self.ended: list[str] = []

    def publish(self, number: int) -> None:
        subject = self.subjects[number]
        self.published[subject] += 1
        tell(self.organization, self.url, subject=subject, sequence=self.published[subject])

    def claim(self, number: int) -> None:
        worker = self.workers[number]
        rows("UPDATE callbacks_endpointhealth SET open_until = NULL, failures = 0, window_failures = 0")
        rows("UPDATE callbacks_delivery SET due_at = clock_timestamp() WHERE status = 'pending'")
        for message in claim(worker.owner, wanted=4)[0]:
            holder = self.holders.get(message.delivery_id)
            assert holder is None or message.delivery_id in holder.lost, "claimed by two at once"
            assert message.delivery_id not in self.ended, "claimed after its end"
            worker.holds = [one for one in worker.holds if one.delivery_id != message.delivery_id]
            worker.lost.discard(message.delivery_id)
            self.holders[message.delivery_id] = worker
            worker.holds.append(message)

    def finish(self, number: int, status: int) -> None:
        worker = self.workers[number]
        if not worker.holds:
            return
        message = worker.holds.pop(0)
        owns = self.holders.get(message.delivery_id) is worker
        outcome = Outcome(at=datetime.now(UTC), status_code=status, error="" if status == 200 else "status")
        settled = finish_deliveries(owner=worker.owner, results=[decide(message, outcome)])
        # Whoever still owns it may write it, also late; whoever does not, never.
        assert settled == {message.delivery_id: owns}
        if owns:
            del self.holders[message.delivery_id]
            worker.lost.discard(message.delivery_id)
            if status == 200:
                assert message.delivery_id not in self.ended, "ended twice"
                self.ended.append(message.delivery_id)

    def expire(self, number: int) -> None:
        worker = self.workers[number]
        rows("UPDATE callbacks_delivery SET lease_until = clock_timestamp() - interval '1 s' "
             "WHERE lease_owner = %s AND status = 'pending'", str(worker.owner))  # fmt: skip
        worker.lost |= {one.delivery_id for one in worker.holds}

    def step(self, kind: str, number: int) -> None:
        if kind in ("deliver", "fail"):
            self.finish(number, 200 if kind == "deliver" else 500)
        else:
            getattr(self, kind)(number)
        heads = rows("SELECT subject_id, count(*) FILTER (WHERE is_head), min(sequence) = min(sequence) FILTER "
                     "(WHERE is_head) FROM callbacks_delivery WHERE status = 'pending' GROUP BY 1")  # fmt: skip
        assert all((number, first) == (1, True) for _, number, first in heads), "exactly the first pending one is head"

    def run_to_the_end(self) -> None:
        for number in range(WORKERS):
            self.expire(number)
        for _ in range(sum(self.published.values()) + 1):
            self.claim(0)
            while self.workers[0].holds:
                self.finish(0, 200)
        orders = rows("SELECT subject_id, array_agg(sequence ORDER BY finished_at) FROM callbacks_delivery "
                      "WHERE status = 'delivered' GROUP BY 1")  # fmt: skip
        assert dict(orders) == {
            subject: list(range(1, number + 1)) for subject, number in self.published.items() if number
        }


def test_30_nothing_is_lost_or_ended_twice_and_the_order_holds(organization):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(STEPS)
    def run(steps) -> None:
        rows("DELETE FROM callbacks_attempt")
        rows("DELETE FROM callbacks_delivery")
        world = World(organization)
        for step in steps:
            world.step(*step)
        world.run_to_the_end()

    run()
