"""A whole instance in processes of its own, and the pids to hurt."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2

from tests.embedded.conftest import PROJECT, environment, wait_until
from tests.faults.controller import PASSWORD

# A word of the command line of each part's oldest process.
PARTS = {
    "web": "gunicorn labelops.wsgi",
    "worker": "--app=labelops worker",
    "beat": "--app=labelops beat",
    "valkey": "valkey-server",
    "postgres": "bin/postgres -D",
}
# A receiver that hangs, and a deliverer that was killed, hold up a callback for so long.
PATIENCE = {"CALLBACK_TIMEOUT_SECONDS": "2", "CALLBACK_LEASE_SECONDS": "8"}


def parent_of(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
    return 0


def all_pids() -> list[int]:
    return sorted(int(folder.name) for folder in Path("/proc").glob("[0-9]*"))


def below(pid: int) -> list[int]:
    """The process's descendants, parents before children."""
    parents = {child: parent_of(child) for child in all_pids()}
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(bytes(1), b" ").decode()
    return ""


class Instance:
    """`manage.py sandbox --durable`: an acknowledged commit has to survive a kill."""

    def __init__(self, callback_url: str) -> None:
        begun = time.monotonic()
        hold = [sys.executable, "-m", "tests.faults.controller", callback_url]
        command = [sys.executable, str(PROJECT / "manage.py"), "sandbox", "--durable", "--", *hold]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "start_new_session": True}
        self.child = subprocess.Popen(command, cwd=PROJECT, env=environment(PROJECT, **PATIENCE), **pipes)
        line = self.child.stdout.readline()
        assert line.startswith("{"), f"the instance did not start: {line}"
        known = json.loads(line)
        self.environment, self.keys = known["environment"], known["keys"]
        self.url, self.slug = self.environment["LABELOPS_URL"], self.environment["LABELOPS_ORGANIZATION"]
        self.people = [(email, PASSWORD) for email in known["auditors"]]
        print(f"instance up after {time.monotonic() - begun:.1f} s")

    def end(self) -> None:
        self.child.stdin.close()
        try:
            assert self.child.wait(40) == 0
        finally:
            self.child.kill()
            self.child.stdout.close()

    # --- processes ---------------------------------------------------------------------------------------------------

    def pid(self, part: str) -> int:
        """The part's own process; 0 while there is none."""
        mine = [pid for pid in below(self.child.pid) if PARTS[part] in command_of(pid)]
        return next((pid for pid in mine if parent_of(pid) == self.child.pid), 0)

    def kill(self, part: str, *, only_children: bool = False) -> None:
        """SIGKILL for the part and all it has started, at once."""
        pid = self.pid(part)
        assert pid
        for victim in below(pid) if only_children else [pid, *below(pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)

    @contextlib.contextmanager
    def stopped(self, part: str) -> Iterator[None]:
        """The part is there and answers nothing."""
        pid = self.pid(part)
        assert pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def wait_for_another(self, part: str, before: int, seconds: float = 30) -> None:
        wait_until(lambda: self.pid(part) not in (0, before), seconds=seconds, what=f"another {part}")

    # --- what stands in the database ---------------------------------------------------------------------------------

    def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Of all organizations."""
        connection = psycopg2.connect(self.environment["DATABASE_URL"])
        with contextlib.closing(connection), connection, connection.cursor() as cursor:
            cursor.execute("SELECT set_config('labelops.scope', 'system', true)")
            cursor.execute(query, arguments)
            return cursor.fetchall()

    def log(self, name: str) -> str:
        return (Path(self.environment["LABELOPS_HOME"]) / "log" / f"{name}.log").read_text()

    def tracebacks(self) -> list[str]:
        """The lines of the web server's log that name an unhandled error."""
        return re.findall(r"^.*Internal Server Error.*$", self.log("web"), re.M)
