"""What a killed supervisor left running is ended before the next start.

On Linux the kernel ends the children with their parent; this is for the seconds in between and for other systems.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from labelops.embedded.stop import Stop

PATIENCE = 10


def birth_of(pid: int) -> str | None:
    """When the process began, in whatever form the system gives it: a pid alone may have been given to another."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            return None if stat[0] == "Z" else stat[19]
        return None
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


def program_of(pid: int) -> str:
    """The name of the program that runs under the pid; empty when there is none."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/comm").read_text().strip()
        return ""
    return subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout


def record_children(file: Path, processes) -> None:
    rows = [[process.pid, birth_of(process.pid), int(process.farewell)] for process in processes]
    file.write_text(json.dumps(rows))


def recorded_survivors(file: Path) -> list[tuple[int, str, int]]:
    try:
        rows = json.loads(file.read_text())
    except (OSError, ValueError):
        return []
    return [tuple(row) for row in rows if row[1] and birth_of(row[0]) == row[1]]


def end_survivors(file: Path, *, stop: Stop) -> None:
    """Asks each survivor to end, waits, and kills the groups of those that stay."""
    survivors = recorded_survivors(file)
    for pid, _, farewell in survivors:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, farewell)
    waited = 0.0
    while waited < PATIENCE and recorded_survivors(file):
        stop.pause(0.1)
        waited += 0.1
    for pid, _, _ in recorded_survivors(file):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    file.unlink(missing_ok=True)
