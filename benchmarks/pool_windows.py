"""Hand-outs at c = 1, 4 and 16 for a while each: units per second against pgbench, CPU and statements of a unit."""

import os
import time
from collections import Counter
from dataclasses import dataclass, field

from django.db import connection
from django.test import Client

from benchmarks.cpu import cpu_seconds
from benchmarks.goals import Goals, quantile
from benchmarks.line import Line
from benchmarks.players import Player, play
from benchmarks.pool_client import found_in, submit, take
from benchmarks.pool_limit import hand_outs_per_second
from benchmarks.pool_stage import PoolStage, Worker

HEAD = (f"{'':34} {'units/s':>8} {'p50':>7} {'p95':>7} {'p99':>7}  CPU ms per unit (web + postgres)"
        "   ratio to pgbench")  # fmt: skip


# So often limit and hand-outs are measured by turns: a machine's speed may change within seconds.
TURNS = 3


@dataclass
class Result:
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    used: Counter[str] = field(default_factory=Counter)


class Hand:
    """A performer at work, with a suite taken."""

    def __init__(self, pool: str, worker: Worker) -> None:
        self.pool, self.worker, self.line = pool, worker, Line()
        self.page = found_in(self.line.ask(*take(worker, pool)))

    def working(self, until: float, result: Result, in_one: bool) -> Player:
        while (start := time.perf_counter()) < until:
            answer = found_in((yield submit(self.worker, self.page, **({"take_next": True} if in_one else {}))))
            self.page = answer["next"] if in_one else found_in((yield take(self.worker, self.pool)))
            result.latencies.append(time.perf_counter() - start)


def measure(goals: Goals, stage: PoolStage, *, window: float) -> None:
    """A unit is a submit and the take of the next suite: in one call (`take_next`), and in two."""
    print(HEAD)
    _warm(stage)
    for clients in (1, 4, 16):
        results, limit = _by_turns(stage, clients, window)
        for in_one, result in results.items():
            ratio = _tell(f"c={clients}, {'one call' if in_one else 'two calls'}", result, limit)
            name = f"c{clients}_in_{'one' if in_one else 'two'}"
            goals.at_least(f"ratio_to_pgbench_{name}", ratio, 10, " %")
            goals.at_most(f"errors_{name}", len(result.errors), 0)


def _warm(stage: PoolStage) -> None:
    """Every thread of the server gets its connection, and each connection its plans, of both kinds of call."""
    hands = [Hand(stage.pool.public_id, worker) for worker in stage.workers]
    for in_one in (True, False):
        _run(hands, 1.5, Result(), in_one=in_one)


def _by_turns(stage: PoolStage, clients: int, window: float) -> tuple[dict[bool, Result], float]:
    """What came of both kinds, and how many units of their limit a second."""
    results, limits = {True: Result(), False: Result()}, []
    hands = [Hand(stage.pool.public_id, worker) for worker in stage.workers[:clients]]
    for _ in range(TURNS):
        limits.append(hand_outs_per_second(clients, seconds=window / 2 / TURNS))
        for in_one, result in results.items():
            _run(hands, window / TURNS, result, in_one=in_one)
    return results, sum(limits) / TURNS


def _tell(name: str, result: Result, limit: float) -> float:
    """Prints a line; the ratio in percent."""
    units = max(1, len(result.latencies))
    rate = units / result.seconds
    quantiles = "".join(f" {1000 * quantile(result.latencies, share):7.1f}" for share in (0.5, 0.95, 0.99))
    cpu = "+".join(f"{1000 * result.used[kind] / units:.2f}" for kind in ("web", "postgres"))
    print(f"{f'{name} (pgbench {limit:.0f}/s)':34} {rate:8.0f}{quantiles}  {cpu:>32} {100 * rate / limit:16.1f} %")
    for error in result.errors[:3]:
        print("   error:", error)
    return 100 * rate / limit


def _run(hands: list[Hand], seconds: float, result: Result, *, in_one: bool) -> None:
    """Adds to the result."""
    before, start = cpu_seconds(os.getppid()), time.perf_counter()
    errors = play((hand.line, hand.working(start + seconds, result, in_one)) for hand in hands)
    result.seconds += time.perf_counter() - start
    result.used += cpu_seconds(os.getppid()) - before
    result.errors += [f"{type(error).__name__}: {error}"[:200] for error in errors]


def count_statements(goals: Goals, stage: PoolStage) -> None:
    """Everything but BEGIN and COMMIT that a submit and the next take run, in this process; of both kinds of submit."""
    first, second = stage.workers[:2]
    most = {"opening": 0, "completing": 0}
    # With an overlap of two, the second of two performers completes the task that the first has begun.
    for name, worker in (("opening", first), ("completing", second)) * 10:
        client = Client(HTTP_HOST="127.0.0.1", headers={"Authorization": f"Bearer {worker.token}"})
        page = _post(client, f"pools/{stage.pool.public_id}/assignments", {})
        seen: list[str] = []
        with connection.execute_wrapper(
            lambda execute, sql, *rest, seen=seen: (seen.append(sql), execute(sql, *rest))[1]
        ):
            answers = [{"output_values": {"result": "OK"}} for _ in page["tasks"]]
            _post(client, f"assignments/{page['id']}/submit", {"solutions": answers})
            _post(client, f"pools/{stage.pool.public_id}/assignments", {})
        most[name] = max(most[name], len(seen))
    goals.at_most("statements_per_unit", max(most.values()), 10)


def _post(client: Client, path: str, body: dict) -> dict:
    answer = client.post(f"/api/v1/performer/{path}", body, content_type="application/json")
    if answer.status_code not in (200, 201):
        raise RuntimeError(f"{answer.status_code}: {answer.content[:300]!r}")
    return answer.json()
