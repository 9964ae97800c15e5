"""The Quality page and its reports at 100,000 tasks, 1 M and 10 M: their time, and their figures against the rows.

    ./run python manage.py sandbox --durable -- python benchmarks/quality.py [--quick] [--tasks 1000000 ...]

Prints one line per goal (name, measured, goal, ok or short); exit code 1 where one fell short. Needs the sandbox's
servers and writes an organization of its own for each size. Server time is what the view takes in this process,
middleware and rendering included; the exact recount comes out of the rows by SQL.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from audits.models import Audit, Task  # noqa: E402
from benchmarks.goals import Goals, quantile  # noqa: E402
from benchmarks.quality_behind import measure_behind, measure_new_session  # noqa: E402
from benchmarks.quality_draw import measure_draw  # noqa: E402
from benchmarks.quality_stage import Stage, build  # noqa: E402
from benchmarks.stage import signed_in  # noqa: E402
from labelops.tenancy.scope import organization_scope  # noqa: E402
from reports.models import Feed  # noqa: E402
from reports.services.recount import recount  # noqa: E402

SMALL = 100_000
DAY = {"completed_after": "2026-09-01", "completed_before": "2026-10-31"}
SINGLE = {
    "status": {"review_status": "rejected"}, "project": {"project": "project 3"}, "batch": {"batch": "batch 7"},
    "batch_status": {"batch_status": "in_progress"}, "type": {"type": "textcollection"},
    "performer": {"performer": "performer 11"}, "tag": {"tag": "night"}, "dates": DAY,
}  # fmt: skip
# One figure per page that says whether it is the right one.
TILES = re.compile(
    r'stat__label">(?:<svg.*?</svg>)?\s*([A-Z][a-z ]+)</span>\s*<span class="stat__figure">([\d,]+)', re.S
)


class Browser:
    """A lead's; `timed` returns the page and the milliseconds of each of `times` looks."""

    def __init__(self, stage: Stage) -> None:
        self.client = Client(HTTP_HOST="127.0.0.1")
        self.client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(stage.owner.user)
        self.root = f"/o/{stage.organization.slug}/"

    def timed(self, path: str, query: dict, times: int) -> tuple[str, list[float]]:
        costs, cpu, page = [], [], ""
        for _ in range(times + 1):
            used = time.process_time()
            page, milliseconds = self.look(path, query)
            costs.append(milliseconds)
            cpu.append(1000 * (time.process_time() - used))
        costs, cpu = costs[1:], cpu[1:]  # the first is warm-up
        print(f"  p95 {quantile(costs, 0.95):.1f} ms; of the processor in Python p50 {quantile(cpu, 0.5):.1f} ms")
        return page, costs

    def look(self, path: str, query: dict) -> tuple[str, float]:
        start = time.perf_counter()
        answer = self.client.get(self.root + path, query)
        milliseconds, page = 1000 * (time.perf_counter() - start), answer.content.decode()
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code} {path} {query}: {page[:300]}")
        return page, milliseconds


def looks_at(stage: Stage) -> dict[str, dict[str, str]]:
    single = {**SINGLE, "auditor": {"auditor": _auditor(stage)}}
    both = {f"dates_{name}": {**DAY, **query} for name, query in single.items() if query != DAY}
    return {"nothing": {}, **single, **both}


def measure(stage: Stage, goals: Goals, times: int) -> None:
    browser = Browser(stage)
    for name, query in looks_at(stage).items():
        page, costs = browser.timed("quality/", query, times)
        label = f"{_size(stage.tasks)}_dashboard_{name}"
        goals.at_most(f"{label}_p50", quantile(costs, 0.5), 10, "ms")
        goals.at_most(f"{label}_wrong_figures", _wrong(stage, query, page), 0)
    print(f"  with no figure drawn already: {quantile(_cold(stage, browser, times), 0.5):.1f} ms")
    for name in ("weeks", "tasks", "batches", "auditors"):
        _, costs = browser.timed(f"quality/report/{name}/", {}, times)
        goals.at_most(f"{_size(stage.tasks)}_report_{name}_p50", quantile(costs, 0.5), 20, "ms")
    _, costs = browser.timed("tasks/", {"status": "completed"}, times)
    goals.at_most(f"{_size(stage.tasks)}_page_of_50_p50", quantile(costs, 0.5), 10, "ms")


def measure_growth(small: Stage, large: Stage, goals: Goals, times: int) -> None:
    """Of each dashboard's p50, by turns: a machine's speed may change within seconds."""
    browsers, grown = (Browser(small), Browser(large)), {}
    queries = zip(looks_at(small).items(), looks_at(large).values(), strict=True)
    for (name, one), other in queries:
        costs = [[browser.look("quality/", query)[1] for browser, query in zip(browsers, (one, other), strict=True)]
                 for _ in range(times + 1)]  # fmt: skip
        before, after = (quantile(side, 0.5) for side in zip(*costs[1:], strict=True))
        grown[name] = after / before
    name = max(grown, key=grown.get)
    print(f"  most grown: {name}")
    goals.at_most(f"{_size(large.tasks)}_dashboard_against_{_size(small.tasks)}", grown[name], 1.5, "x")


def _cold(stage: Stage, browser: Browser, times: int) -> list[float]:
    """The unfiltered dashboard as the first look after a verdict was counted costs."""
    costs = []
    for _ in range(times):
        with organization_scope(stage.organization.pk):
            Feed.objects.for_organization(stage.organization).update(counted_at=timezone.now())
        start = time.perf_counter()
        browser.client.get(f"{browser.root}quality/")
        costs.append(1000 * (time.perf_counter() - start))
    return costs


def _auditor(stage: Stage) -> str:
    with organization_scope(stage.organization.pk):
        return Audit.objects.for_organization(stage.organization).values_list("auditor__email", flat=True).first()


def _wrong(stage: Stage, query: dict, page: str) -> int:
    """How many of the six totals are not what the rows say."""
    shown = {label.strip(): int(figure.replace(",", "")) for label, figure in TILES.findall(page)}
    rows = _raw(stage, query)
    wrong = [(name, shown.get(name), number) for name, number in rows.items() if shown.get(name) != number]
    if wrong:
        print(f"  {query}: {wrong}")
    return len(wrong)


def _raw(stage: Stage, query: dict) -> dict[str, int]:
    from django.http import QueryDict

    from audits.filters import page_filter

    data = QueryDict(mutable=True)
    data.update(query)
    with organization_scope(stage.organization.pk):
        tasks = Task.objects.for_organization(stage.organization).completed()
        found = page_filter(data, tasks=tasks, organization=stage.organization).qs
        audits = Audit.objects.for_organization(stage.organization).filter(task_id__in=found.order_by().values("pk"))
        if "auditor" in query:
            audits = audits.filter(auditor__email=query["auditor"])
        counts = audits.count_by_verdict()
        audited = found.exclude(review_status="").count()
        return {"Completed tasks": found.count(), "Audited": audited, "Reviews": counts["reviews"],
                "Accepts": counts["accepted"], "Fixes": counts["fixed"], "Rejects": counts["rejected"]}  # fmt: skip


def measure_recount(stage: Stage, goals: Goals) -> None:
    start = time.perf_counter()
    found = recount(organization_id=stage.organization.pk, now=timezone.now())
    print(f"  recount of all rows: {time.perf_counter() - start:.1f} s")
    goals.at_most(f"{_size(stage.tasks)}_differences_of_the_recount", found.number, 0)


def _size(tasks: int) -> str:
    return f"{tasks // 1_000_000}M" if tasks >= 1_000_000 else f"{tasks // 1000}k"


def run(sizes: Iterable[int], goals: Goals, times: int) -> None:
    smallest: Stage | None = None
    for tasks in sizes:
        stage = build(tasks=tasks)
        measure(stage, goals, times)
        # Before a new session is told to all facts: until then nothing that was drawn may be shown again.
        smallest = smallest or stage
        if stage is not smallest:
            measure_growth(smallest, stage, goals, times)
        measure_recount(stage, goals)
        measure_behind(stage, goals, _size(tasks))
        measure_draw(stage, goals, min(times, 5), _size(tasks))
        measure_new_session(stage, goals, _size(tasks))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100,000 tasks, few looks: at most 45 s")
    parser.add_argument("--tasks", type=int, nargs="*", help="the sizes to measure beside 100,000")
    parser.add_argument("--times", type=int, default=50)
    options = parser.parse_args()
    goals = Goals()
    sizes = [SMALL] if options.quick else [SMALL, *(options.tasks or [1_000_000, 10_000_000])]
    run(sizes, goals, 10 if options.quick else options.times)
    return 1 if goals.short else 0


if __name__ == "__main__":
    sys.exit(main())
