"""The audit loop over HTTP, everything on, against the limit that pgbench finds on the same server in the same run.

    ./run python manage.py sandbox --durable -- python benchmarks/audit_loop.py [--quick]

A unit is one POST: it records a verdict and answers with the next task, locked. Sign-in, scope, row-level security,
event and outbox are on, and one endpoint listens. Ratios count here, not seconds: machines are noisy.
"""

import argparse
import json
import os
import random
import re
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
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

FIELD = re.compile(r'name="(lock_token|version|shell|origins)"[^>]*?value="([^"]*)"')
FORM = re.compile(r"<form[^>]*data-verdict-form[^>]*>.*?</form>", re.S)
KINDS = ("web", "postgres", "worker", "valkey", "other", "client")
ACTION = re.compile(r'(?:hx-post|action)="([^"]+)"')


@dataclass
class Result:
    units: int
    seconds: float
    latencies: list[float]
    errors: int
    used: Counter[str]


class Auditor:
    """One signed-in browser on a kept connection; `judge` does one unit and remembers the next task's form."""

    def __init__(self, cookie: str, csrf: str, path: str) -> None:
        self.line = Line({"Cookie": f"session={cookie}; csrftoken={csrf}; csrf={csrf}", "X-CSRFToken": csrf})
        self.take(self.ask("GET", path))

    def take(self, page: str) -> None:
        """The next task as the page's script takes it: as a whole form, or as the facts that differ."""
        if page.startswith("{"):
            facts = json.loads(page)
            self.fields |= facts["fields"]
            self.action = facts["urls"]["verdict"]
        else:
            form = FORM.search(page).group(0)
            self.fields, self.action = dict(FIELD.findall(form)), ACTION.search(form).group(1)

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> str:
        form = {"HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        status, answer = self.line.ask(method, path, urlencode(fields) if fields else "", form)
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {answer[:300]!r}")
        return answer.decode()

    def judge(self, verdict: str) -> None:
        fields = self.fields | {"verdict": verdict, "comment": "seen", "response": ""}
        self.take(self.ask("POST", self.action, fields))


def work(auditor: Auditor, until: float, result: Result, lock: threading.Lock) -> None:
    latencies, errors = [], 0
    while time.perf_counter() < until:
        start = time.perf_counter()
        try:
            auditor.judge(random.choices(("accepted", "rejected"), (9, 1))[0])
            latencies.append(time.perf_counter() - start)
        except Exception as error:
            errors += 1
            print("   error:", str(error)[:200])
            break
    with lock:
        result.latencies += latencies
        result.units += len(latencies)
        result.errors += errors


def run_auditors(people: list[tuple[str, str]], path: str, seconds: float) -> Result:
    auditors = [Auditor(cookie, csrf, path) for cookie, csrf in people]
    result, lock = Result(0, 0.0, [], 0, used_so_far()), threading.Lock()
    start = time.perf_counter()
    threads = [threading.Thread(target=work, args=(one, start + seconds, result, lock)) for one in auditors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds, result.used = time.perf_counter() - start, used_so_far() - result.used
    return result


def used_so_far() -> Counter[str]:
    """CPU seconds of the whole instance, and of this process as the client."""
    return cpu_seconds(os.getppid()) + Counter(client=time.process_time())


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
        session = scene.open_session()
        people = scene.sign_in(clients)
        limit = pgbench_units_per_second(clients, seconds=window / 2)
        run_auditors(people, scene.workspace_path(session), 1.5)  # warm: every thread has its connection
        result = run_auditors(people, scene.workspace_path(session), window)
        rate = result.units / result.seconds
        quantiles = "".join(f" {1000 * quantile(result.latencies, share):6.1f}" for share in (0.5, 0.95, 0.99))
        cpu = " + ".join(f"{1000 * result.used[kind] / max(1, result.units):.2f}" for kind in KINDS)
        ratio = 100 * rate / limit
        print(f"{f'c={clients} (pgbench {limit:.0f}/s)':28} {rate:8.0f} {quantiles}  {cpu:>60} {ratio:17.1f} %")
        goals.at_least(f"ratio_to_pgbench_c{clients}", ratio, 10, " %")
        goals.at_most(f"errors_c{clients}", result.errors, 0)
    goals.at_most("statements_per_unit", scene.statements_per_unit(), 10)
    queue_depth.measure(goals, scene, depth=depth)
    queue_depth.hand_out_all(goals, scene, tasks=depth)
    return 1 if goals.short else 0


if __name__ == "__main__":
    sys.exit(main())
