"""A file of finished tasks, streamed in: JSON Lines, each with project, batch, performer and response."""

import json
import resource
import tempfile
import time
from pathlib import Path

from django.utils import timezone

from audits.services.imports import import_file
from benchmarks.api_stage import ApiStage
from benchmarks.goals import Goals

GOAL = 20_000


def write_lines(path: Path, number: int, *, mark: str = "imported", pad: int = 0) -> None:
    with path.open("w") as file:
        for n in range(number):
            task = {
                "unique_id": f"{mark}-{n}", "type": "categorization", "project": f"bench import {n % 3}",
                "batch": f"bench import {n % 3} / {n % 10}", "instruction": "Which bird is it?",
                "params": {"attachment_type": "text", "attachment": "A duck, or a goose?",
                           "categories": ["duck", "goose", "swan"]},
                "metadata": {"frame": n, **({"note": "x" * pad} if pad else {})}, "tags": ["river"],
                "status": "completed", "response": {"category": "duck"}, "completed_by": f"annotator-{n % 50}",
                "created_at": "2026-01-15T09:30:00Z", "completed_at": "2026-01-15T10:30:00Z",
            }  # fmt: skip
            file.write(json.dumps(task) + "\n")


def measure(goals: Goals, stage: ApiStage, *, lines: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tasks.jsonl"
        write_lines(path, lines)
        before, cpu, start = _memory(), time.process_time(), time.perf_counter()
        with path.open("rb") as file:
            done = import_file(organization=stage.organization, actor=None, name=path.name, file=file,
                               now=timezone.now())  # fmt: skip
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        size = path.stat().st_size / 1e6
    if done.imported != lines:
        raise RuntimeError(f"{done.imported} of {lines} imported: {done.failure}")
    print(f"import: {lines:,} tasks ({size:.0f} MB) in {seconds:.1f} s, {1e6 * cpu / lines:.0f} us of Python each,"
          f" memory +{_memory() - before:.0f} MB")  # fmt: skip
    goals.at_least("import", lines / seconds, GOAL, "/s")


def _memory() -> float:
    """The most this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
