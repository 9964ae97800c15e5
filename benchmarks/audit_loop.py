"""The audit loop over HTTP, everything on, against the limit that pgbench finds on the same server in the same run.

    ./run python manage.py sandbox --durable -- python benchmarks/audit_loop.py [--quick]

A unit is one POST: it records a verdict and answers with the next task, locked. Sign-in, scope, row-level security,
event and outbox are on, and one endpoint listens. Ratios count here, not seconds: machines are noisy.
"""

import argparse
import os
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

import django

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
django.setup()

from benchmarks import queue_depth, stage  # noqa: E402
from benchmarks.cpu import cpu_seconds  # noqa: E402
from benchmarks.goals import Goals, quantile  # noqa: E402
from benchmarks.limit import pgbench_units_per_second  # noqa: E402
from benchmarks.line import Line  # noqa: E402
from benchmarks.players import Player, play  # noqa: E402

FIELD = re.compile(rb'name="(lock_token|version|shell|origins)"[^>]*?value="([^"]*)"')
FORM = re.compile(rb"<form[^>]*data-verdict-form[^>]*>.*?</form>", re.S)
ACTION = re.compile(rb'(?:hx-post|action)="([^"]+)"')
# Out of the bare facts of a next task.
FACTS = re.compile(rb'"fields": \{"lock_token": (\d+), "version": (\d+)\}, "urls": \{"verdict": "([^"]+)"')
KINDS = ("web", "postgres", "worker", "valkey", "other", "client")
# So often limit and loop are measured by turns: a machine's speed may change within seconds.
TURNS = 3
SCRIPT = {"HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Result:
    units: int = 0
    # Those of them that were answered with the whole layout instead of the next task's facts.
    layouts: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    # CPU seconds of the whole instance, and of this process as the client.
    used: Counter[str] = field(default_factory=Counter)


class Auditor:
    """One signed-in browser on a kept connection, which remembers the next task's form."""

    def __init__(self, cookie: str, csrf: str, path: str) -> None:
        self.line = Line({"Cookie": f"session={cookie}; csrftoken={csrf}; csrf={csrf}", "X-CSRFToken": csrf})
        self.take_layout(checked(self.line.ask("GET", path)))

    def take_layout(self, page: bytes) -> None:
        form = FORM.search(page).group(0)
        fields = {name.decode(): value.decode() for name, value in FIELD.findall(form)}
        self.action = ACTION.search(form).group(1).decode()
        self.held = urlencode({name: fields.pop(name) for name in ("lock_token", "version")})
        self.kept = urlencode(fields)

    def judging(self, until: float, result: Result) -> Player:
        """One unit after the other: a verdict, and the next task as the page's script takes it."""
        while (start := time.perf_counter()) < until:
            verdict = random.choices(("accepted", "rejected"), (9, 1))[0]
            body = f"{self.held}&{self.kept}&verdict={verdict}&comment=seen&response="
            page = checked((yield "POST", self.action, body, SCRIPT))
            result.latencies.append(time.perf_counter() - start)
            if facts := FACTS.search(page):
                self.held = f"lock_token={facts[1].decode()}&version={facts[2].decode()}"
                self.action = facts[3].decode()
            else:
                result.layouts += 1
                self.take_layout(page)


def checked(answer: tuple[int, bytes]) -> bytes:
    status, page = answer
    if status != 200:
        raise RuntimeError(f"{status} {page[:300]!r}")
    return page


def run_auditors(auditors: list[Auditor], seconds: float, result: Result) -> None:
    """Adds to the result."""
    used = cpu_seconds(os.getppid())
    own, start = time.process_time(), time.perf_counter()
    errors = play((one.line, one.judging(start + seconds, result)) for one in auditors)
    result.seconds += time.perf_counter() - start
    result.used["client"] += time.process_time() - own
    result.used += cpu_seconds(os.getppid()) - used
    result.units = len(result.latencies)
    for error in errors:
        result.errors += 1
        print("   error:", str(error)[:200])


def measure_by_turns(auditors: list[Auditor], window: float) -> tuple[Result, float]:
    """What the loop did, and how many units of its limit a second."""
    result, limits = Result(), []
    run_auditors(auditors, 1.5, Result())  # warm: every thread has its connection
    for _ in range(TURNS):
        limits.append(pgbench_units_per_second(len(auditors), seconds=window / 2 / TURNS))
        run_auditors(auditors, window / TURNS, result)
    return result, sum(limits) / TURNS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="at most 45 s: shorter windows, a shallower queue")
    quick = parser.parse_args().quick
    window, depth = (4.0, 10_000) if quick else (12.0, 100_000)
    goals = Goals()
    print("preparing", flush=True)
    scene = stage.prepare(tasks=depth, auditors=16)
    heads = f"  {'CPU ms per unit: ' + ' + '.join(KINDS):>60}  ratio to pgbench"
    print(f"{'':28} {'units/s':>8} {'p50':>7} {'p95':>7} {'p99':>7}{heads}")
    for clients in (1, 4, 16):
        path = scene.workspace_path(scene.open_session({"review_status": ["pending"]}))
        auditors = [Auditor(cookie, csrf, path) for cookie, csrf in scene.sign_in(clients)]
        result, limit = measure_by_turns(auditors, window)
        rate = result.units / result.seconds
        quantiles = "".join(f" {1000 * quantile(result.latencies, share):6.1f}" for share in (0.5, 0.95, 0.99))
        cpu = " + ".join(f"{1000 * result.used[kind] / max(1, result.units):.2f}" for kind in KINDS)
        ratio = 100 * rate / limit
        print(f"{f'c={clients} (pgbench {limit:.0f}/s)':28} {rate:8.0f} {quantiles}  {cpu:>60} {ratio:17.1f} %")
        if result.layouts:
            print(f"   {result.layouts} of {result.units} answered with the whole layout")
        goals.at_least(f"ratio_to_pgbench_c{clients}", ratio, 10, " %")
        goals.at_most(f"errors_c{clients}", result.errors, 0)
    goals.at_most("statements_per_unit", scene.statements_per_unit(), 10)
    queue_depth.measure(goals, scene, depth=depth)
    queue_depth.hand_out_all(goals, scene, tasks=depth)
    return 1 if goals.short else 0


if __name__ == "__main__":
    sys.exit(main())
