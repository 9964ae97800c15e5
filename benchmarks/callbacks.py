"""Deliveries a second against what bare HTTP does on the same machine in the same run, and against one task each.

    ./run python manage.py sandbox --durable -- python benchmarks/callbacks.py [--quick]

Ratios count here, not seconds: machines are noisy. Everything is on: row-level security, leases, signatures, the log of
every attempt. The sink, two senders and PostgreSQL share the machine's cores.
"""

import argparse
import os
import subprocess
import sys
import time
from itertools import chain
from statistics import median
from typing import Any

import django

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
# The bare limit has 2 x 128 under way; so have two deliverers, of 40 endpoints.
os.environ |= {"CALLBACK_IN_FLIGHT": "128", "CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8", "CALLBACK_ALLOWED_PORTS": "*"}
django.setup()

from benchmarks import callback_latency  # noqa: E402
from benchmarks.callback_stage import Senders, Sink, ask, postgres_cpu, publish  # noqa: E402
from benchmarks.cpu import cpu_seconds  # noqa: E402
from benchmarks.goals import Goals, quantile  # noqa: E402
from callbacks.slots import deliverer_slot  # noqa: E402

ENDPOINTS = 40


def rate(times: list[float]) -> float:
    """A second, between the first arrival and the last but the slowest hundredth."""
    ordered = sorted(times)
    last = ordered[int(0.99 * (len(ordered) - 1))]
    return 0.99 * len(ordered) / max(0.001, last - ordered[0])


class Stage:
    """The receiver, and two senders of each kind."""

    def __init__(self) -> None:
        self.sink, self.senders = Sink(), {kind: Senders(kind) for kind in ("bare", "engine")}

    def bare(self, kind: str, number: int, concurrency: int) -> "Run":
        """A run against one kind of receiver."""
        options = {"number": number // 2, "concurrency": concurrency, "endpoints": ENDPOINTS}
        return Run(self, "bare", {"url": self.sink.url(kind), **options})

    def engine(self, kind: str, number: int) -> "Run":
        publish([f"{self.sink.url(kind)}/{one}" for one in range(ENDPOINTS)], number // ENDPOINTS)
        return Run(self, "engine", {"idle": 0.3})

    def end(self) -> None:
        for senders in self.senders.values():
            senders.end()
        self.sink.process.terminate()


class Run:
    """What came of one run of two senders. `cpu`: milliseconds of the steady part for each of its sends."""

    def __init__(self, stage: Stage, sender: str, options: dict[str, Any]) -> None:
        before = postgres_cpu()
        stage.senders[sender].go(**options)
        told = stage.senders[sender].results()
        self.claims, self.sent = told["claimed"], told["sent"]
        self.postgres = 1000 * (postgres_cpu() - before) / max(1, self.sent)
        self.cpu = 1000 * told["steady_cpu"] / max(1, told["steady_sent"])
        self.with_start = 1000 * told["cpu"] / max(1, self.sent)
        self.times = list(chain(*stage.sink.arrivals().values()))
        self.rate = rate(self.times)

    def show(self, name: str) -> "Run":
        print(f"{name:34} {self.sent:7} sent {self.rate:9.0f} /s   CPU ms each: sender {self.cpu:.3f} "
              f"({self.with_start:.3f} with its start), postgres {self.postgres:.3f}"
              + (f"; {self.sent / self.claims:.0f} in a claim" if self.claims else ""), flush=True)  # fmt: skip
        return self


def at_no_latency(goals: Goals, stage: Stage, number: int, rounds: int) -> float:
    """In turns, because a machine's other work comes and goes; the median counts. Returns CPU ms of a delivery."""
    pairs, wrong = [], 0
    for _ in range(rounds):
        limit = stage.bare("0", number, 64).show("bare aiohttp x 2, 0 ms")
        ours = stage.engine("0", number).show("this engine x 2, 0 ms")
        pairs.append((ours, limit))
        wrong += abs(len(ours.times) - number)
    goals.at_least("delivery_share_of_bare", median(ours.rate / limit.rate for ours, limit in pairs), 0.30)
    goals.at_most("cpu_per_delivery_to_bare", median(ours.cpu / limit.cpu for ours, limit in pairs), 2.0)
    goals.at_most("lost_or_doubled", wrong, 0)
    return median(ours.cpu for ours, _ in pairs)


def at_200_ms(goals: Goals, stage: Stage, number: int) -> None:
    limit = stage.bare("200", number, 128).show("bare aiohttp x 2, 200 ms")
    ours = stage.engine("200", number).show("this engine x 2, 200 ms")
    print(f"  bare reaches {limit.rate / 1280:.2f} of the ideal 1,280/s, we {ours.rate / limit.rate:.2f} of bare")
    goals.at_least("share_of_ideal_at_200_ms", ours.rate / 1280, 0.70)


def one_task_each(goals: Goals, sink: Sink, number: int, ours: float) -> None:
    publish([f"{sink.url('0')}/{one}" for one in range(ENDPOINTS)], number // ENDPOINTS)
    from benchmarks.callback_tasks import deliver_one

    waiting = [str(one) for (one,) in ask("SELECT id FROM callbacks_delivery WHERE status = 'pending'")]
    for delivery_id in waiting:
        deliver_one.delay(delivery_id)
    command = [sys.executable, "-m", "celery", "--app=benchmarks.callback_tasks", "worker", "--concurrency=4",
               "--loglevel=error", "--without-gossip", "--without-mingle", "-Qone-task-per-delivery"]  # fmt: skip
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    left, deadline = len(waiting), time.monotonic() + 60
    before = 0.0
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        ((now_left,),) = ask("SELECT count(*) FROM callbacks_delivery WHERE status = 'pending'")
        if now_left < len(waiting) and not before:
            # Booting is not counted, nor what was sent while booting.
            before, counted = sum(cpu_seconds(worker.pid).values()), now_left
        left = now_left
    used = sum(cpu_seconds(worker.pid).values()) - before
    worker.terminate()
    worker.wait(20)
    times = list(chain(*sink.arrivals().values()))
    each = 1000 * used / max(1, counted - left)
    print(f"{'one Celery task each, prefork 4':34} {len(times):7} sent {rate(times):9.0f} /s   "
          f"CPU ms each: worker {each:.2f}")  # fmt: skip
    goals.at_least("cpu_of_one_task_each_to_ours", each / ours, 9)


def with_a_hang(goals: Goals, stage: Stage, each: int, repeats: int, limit: int) -> None:
    """Forty per cent of the backlog go to receivers that never answer; when do the others get theirs?"""
    seen, sink, engines = {}, stage.sink, stage.senders["engine"]
    for name, hanging in (("without", 0), ("with", 8)) * repeats:
        urls = [f"{sink.url('0')}/{one}" for one in range(12)]
        publish(urls + [f"{sink.url('hang')}/{one}" for one in range(hanging)], each)
        engines.go(seconds=2, idle=0.3, timeout=limit)
        engines.results()
        arrivals = sink.arrivals()
        first = min(chain(*arrivals.values()))
        fast = [at - first for path, times in arrivals.items() if path.startswith("/0/") for at in times]
        seen.setdefault(name, []).append(quantile(fast, 0.99))
        print(f"p99 of healthy receivers {name:8} a hang: {1000 * seen[name][-1]:.0f} ms of {len(fast)}")
        ask("UPDATE callbacks_delivery SET status = 'canceled', is_head = false WHERE status = 'pending'")
    goals.at_most("p99_with_a_hang_to_without", median(seen["with"]) / median(seen["without"]), 1.5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="at most 45 s: fewer deliveries")
    quick = parser.parse_args().quick
    goals, stage = Goals(), Stage()
    try:
        # The instance's own deliverers keep out of it.
        with deliverer_slot(), deliverer_slot():
            ours = at_no_latency(goals, stage, 6_000 if quick else 20_000, 1 if quick else 4)
            at_200_ms(goals, stage, 4_000 if quick else 12_000)
            with_a_hang(goals, stage, 60 if quick else 250, 1 if quick else 3, 1 if quick else 5)
            one_task_each(goals, stage.sink, 120 if quick else 2_000, ours)
            callback_latency.while_listening(goals, stage.sink, stage.senders["engine"], 40 if quick else 300)
        callback_latency.outbox_cost(goals, 200 if quick else 1_000)
        callback_latency.by_nudge(goals, stage.sink, 2 if quick else 20)
    finally:
        stage.end()
    return 1 if goals.short else 0


if __name__ == "__main__":
    sys.exit(main())
