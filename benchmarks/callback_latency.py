"""From a commit to the receiver on an idle system, and what the outbox costs the one who commits."""

import time
from datetime import UTC, datetime
from itertools import chain

from django.db import transaction

from benchmarks.callback_stage import Senders, Sink, add_endpoint, ask, make_organization
from benchmarks.goals import Goals, quantile
from callbacks.outbox import publish
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope

TASK = {"task_id": "0" * 32, "status": "completed", "task": {"text": "x" * 1600}}


def tell(organization: Organization) -> float:
    """Commit one event; when it was committed."""
    with organization_scope(organization.pk):
        write(organization)
    return time.monotonic()


def write(organization: Organization) -> None:
    publish(organization=organization, type="task.audited", subject_id=uuid7(), sequence=1, body=TASK,
            project_id=None, callback_urls=[], now=datetime.now(UTC))  # fmt: skip


def _listener(url: str) -> Organization:
    organization = make_organization()
    with organization_scope(organization.pk):
        add_endpoint(organization, url)
    return organization


def _delays(sink: Sink, organization: Organization, number: int, pause: float) -> list[float]:
    tell(organization)
    until = time.monotonic() + 20
    while not sink.arrivals() and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(max(0.5, pause))
    committed = []
    for _ in range(number):
        committed.append(tell(organization))
        time.sleep(pause)
    time.sleep(0.5)
    arrived = sorted(chain(*sink.arrivals().values()))
    return [1000 * (there - told) for told, there in zip(committed, arrived, strict=True)]


def while_listening(goals: Goals, sink: Sink, engines: Senders, number: int) -> None:
    """One deliverer listens; it is ended with its kind."""
    organization = _listener(f"{sink.url('0')}/listening")
    engines.go(of=1, idle=60)
    delays = _delays(sink, organization, number, 0.05)
    # It is idle: nothing is left behind.
    engines.end()
    print(
        f"commit to receiver, a deliverer listens: p50 {quantile(delays, 0.5):.1f}, p99 {quantile(delays, 0.99):.1f} ms"
    )
    goals.at_most("commit_to_receiver_listening_p50", quantile(delays, 0.5), 5, " ms")


def by_nudge(goals: Goals, sink: Sink, number: int) -> None:
    """The instance's own worker: each drain has ended when the next event comes."""
    organization = _listener(f"{sink.url('0')}/nudged")
    delays = _delays(sink, organization, number, 2.1)
    print(f"commit to receiver, by nudge: p50 {quantile(delays, 0.5):.1f}, p99 {quantile(delays, 0.99):.1f} ms")
    goals.at_most("commit_to_receiver_by_nudge_p50", quantile(delays, 0.5), 20, " ms")


def outbox_cost(goals: Goals, number: int) -> None:
    """What `publish` adds to an audit's transaction: for a healthy receiver, and for a dead one with a backlog."""
    healthy = _listener("http://127.0.0.1:9/healthy")
    dead = _listener("http://127.0.0.1:9/dead")
    for _ in range(200):
        tell(dead)
    costs = {"healthy": [], "dead": []}
    for _ in range(number):
        for name, organization in (("healthy", healthy), ("dead", dead)):
            with organization_scope(organization.pk):
                begun = time.perf_counter()
                write(organization)
                costs[name].append(time.perf_counter() - begun)
    middle = {name: 1000 * quantile(values, 0.5) for name, values in costs.items()}
    print(
        "inside of a transaction, for a healthy receiver {healthy:.2f}, for a dead one {dead:.2f} ms".format(**middle)
    )
    goals.at_most("outbox_adds", middle["healthy"], 1, " ms")
    goals.at_most("a_dead_receiver_adds", middle["dead"] - middle["healthy"], 1, " ms")
    with transaction.atomic():
        ask("UPDATE callbacks_delivery SET status = 'canceled', is_head = false WHERE status = 'pending'")
