"""CPU seconds of an instance's processes, told apart by what they are; Linux only (elsewhere: nothing)."""

import os
from collections import Counter
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    found, waiting = [], [pid]
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parents.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    while waiting:
        more = parents.get(waiting.pop(), [])
        found += more
        waiting += more
    return found


def cpu_seconds(root: int) -> Counter[str]:
    """kind (`postgres`, `web`, `worker`, `other`) -> seconds so far, of everything below `root` but this process."""
    seconds: Counter[str] = Counter()
    for pid in children_of(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if pid != os.getpid() and os.getpid() not in children_of(pid):
            seconds[kind_of(command)] += (int(fields[11]) + int(fields[12])) / TICK
    return seconds


def kind_of(command: str) -> str:
    for word, kind in (("postgres", "postgres"), ("gunicorn", "web"), ("celery", "worker"), ("valkey", "valkey")):
        if word in command:
            return kind
    return "other"
