"""The API over HTTP at a million tasks in one organization: create, get, list with filters, streamed import.

    ./run python manage.py sandbox --durable -- python benchmarks/api.py [--quick]

Every call is whole: key, scope, row-level security, event, outbox. The calls' own load runs on the same cores.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import django

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
django.setup()

from benchmarks import api_import, api_stage, statements  # noqa: E402
from benchmarks.cpu import cpu_seconds  # noqa: E402
from benchmarks.goals import Goals, quantile  # noqa: E402
from benchmarks.line import Line  # noqa: E402

FILTERS = {"project": "bench 0", "status": "completed", "customer_review_status": "pending", "limit": "50"}
NEW = {"project": "bench 0", "attachment_type": "text", "attachment": "A duck?", "categories": ["duck", "goose"],
       "metadata": {"frame": 1}, "tags": ["river"]}  # fmt: skip
LAST_PAGE = 200


@dataclass
class Result:
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


class Caller:
    """One kept connection with the organization's key."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.line = Line(headers)

    def ask(self, method: str, path: str, body: dict | None = None) -> bytes:
        """The answer, not read: what a caller makes of it is none of the server's time."""
        status, answer = self.line.ask(method, f"/v1/{path}", json.dumps(body) if body else "")
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {answer[:300]!r}")
        return answer


Call = Callable[[Caller], bytes]


def run(call: Call, headers: dict[str, str], clients: int, seconds: float) -> Result:
    result, lock = Result(), threading.Lock()
    start = time.perf_counter()

    def work() -> None:
        caller, latencies = Caller(headers), []
        try:
            while time.perf_counter() < start + seconds:
                begin = time.perf_counter()
                call(caller)
                latencies.append(time.perf_counter() - begin)
        except Exception as error:
            result.errors += 1
            print("   error:", str(error)[:200])
        with lock:
            result.latencies += latencies

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - start
    return result


def listing(**more: str) -> Call:
    return lambda caller: caller.ask("GET", f"tasks?{urlencode(FILTERS | more)}")


def token_of_page(caller: Caller, number: int) -> str:
    more: dict[str, str] = {}
    for _ in range(number - 1):
        more = {"next_token": json.loads(listing(**more)(caller))["next_token"]}
    return more["next_token"]


def measure_calls(goals: Goals, stage: api_stage.ApiStage, window: float) -> None:
    task_id = json.loads(Caller(stage.headers).ask("GET", "tasks?limit=1"))["docs"][0]["task_id"]
    calls: dict[str, Call] = {
        "list": listing(),
        "get": lambda caller: caller.ask("GET", f"task/{task_id}"),
        "create": lambda caller: caller.ask("POST", "task/categorization", NEW),
    }
    print(f"{'':16} {'calls/s':>8} {'p50':>7} {'p95':>7} {'p99':>7}  CPU ms per call (web + postgres)")
    for name, call in calls.items():
        for clients in (1, 4, 16):
            run(call, stage.headers, clients, window / 4)  # warm: every process has its connection
            before = cpu_seconds(os.getppid())
            result = run(call, stage.headers, clients, window)
            used = cpu_seconds(os.getppid()) - before
            quantiles = "".join(f" {1000 * quantile(result.latencies, share):7.1f}" for share in (0.5, 0.95, 0.99))
            cpu = "+".join(f"{1000 * used[kind] / max(1, len(result.latencies)):.2f}" for kind in ("web", "postgres"))
            print(f"{f'{name} c={clients}':16} {result.rate:8.0f}{quantiles}  {cpu}")
            goals.at_most(f"errors_{name}_c{clients}", result.errors, 0)
            if (name, clients) == ("list", 1):
                goals.at_most("list_p50_c1", 1000 * quantile(result.latencies, 0.5), 10, " ms")
            if (name, clients) == ("create", 4):
                goals.at_least("create_c4", result.rate, 300, "/s")


def measure_pages(goals: Goals, stage: api_stage.ApiStage, rounds: int) -> None:
    """The first page and the 200th by turns, so that the machine's moods meet both."""
    caller = Caller(stage.headers)
    deep = {"next_token": token_of_page(caller, LAST_PAGE)}
    found: dict[str, list[float]] = {"first": [], "deep": [], "count": []}
    calls = {"first": listing(), "deep": listing(**deep), "count": listing(limit="1")}
    for number in range(rounds):
        for name, call in calls.items():
            if name == "count" and number % 10:
                continue
            begin = time.perf_counter()
            call(caller)
            found[name].append(1000 * (time.perf_counter() - begin))
    first, deep_ms, count = (quantile(found[name], 0.5) for name in ("first", "deep", "count"))
    print(f"page 1 {first:.1f} ms, page {LAST_PAGE} {deep_ms:.1f} ms, counting (limit=1, exact) {count:.0f} ms (p50)")
    goals.at_most(f"page_{LAST_PAGE}_to_page_1", deep_ms / first, 1.2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="at most 45 s: fewer tasks, shorter windows")
    quick = parser.parse_args().quick
    tasks, window, lines = (60_000, 1.0, 60_000) if quick else (1_000_000, 6.0, 400_000)
    goals = Goals()
    print(f"preparing {tasks:,} tasks", flush=True)
    start = time.perf_counter()
    stage = api_stage.prepare(tasks=tasks)
    print(f"prepared in {time.perf_counter() - start:.0f} s", flush=True)
    statements.count(goals, stage, FILTERS, NEW)
    measure_pages(goals, stage, 30 if quick else 150)
    measure_calls(goals, stage, window)
    api_import.measure(goals, stage, lines=lines)
    return 1 if goals.short else 0


if __name__ == "__main__":
    sys.exit(main())
