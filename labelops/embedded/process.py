"""One child process: a session of its own, its lines logged, ended with its parent."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from labelops.embedded.errors import CannotStart
from labelops.embedded.log import Log
from labelops.embedded.stop import Stop

GUARD = Path(__file__).with_name("guard.py")


class Account(NamedTuple):
    """Whom a child runs as; None in its place means: as ourselves."""

    uid: int
    gid: int


def guarded(command: list, *, account: Account | None = None, farewell: int = signal.SIGTERM) -> list[str]:
    """The command, wrapped so that it gets `farewell` when this process dies."""
    uid, gid = account or ("-", "-")
    words = [sys.executable, "-I", "-S", GUARD, os.getpid(), int(farewell), uid, gid, *command]
    return [str(word) for word in words]


class Process:
    """A running child. In its own session, so that a terminal's Ctrl-C reaches only the supervisor."""

    def __init__(
        self,
        name: str,
        command: list,
        *,
        log: Log,
        env: dict[str, str] | None = None,
        folder: Path | str = "/",
        account: Account | None = None,
        farewell: int = signal.SIGTERM,
        input_text: str = "",
        shown: bool = False,
    ):
        self.name, self.farewell, self.born = name, farewell, time.monotonic()
        self.child = subprocess.Popen(
            guarded(command, account=account, farewell=farewell),
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE if input_text else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.output = log.follow(name, self.child.stdout, shown=shown)
        if input_text:
            with contextlib.suppress(BrokenPipeError), self.child.stdin as stream:
                stream.write(input_text.encode())

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def ended(self) -> bool:
        return self.child.poll() is not None

    @property
    def age(self) -> float:
        return time.monotonic() - self.born

    def last_words(self) -> str:
        """The last line it printed, once it has ended."""
        self.output.thread.join(2)
        lines = [line for line in self.output.last_lines if line.strip()]
        return lines[-1].strip() if lines else f"exit code {self.child.returncode}"

    def ask_to_end(self) -> None:
        if not self.ended:
            self.child.send_signal(self.farewell)

    def end(self, *, seconds: float = 15) -> None:
        """Asks, waits, then kills; whatever of its group is left goes with it."""
        self.ask_to_end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(seconds)
        self.kill_group()
        self.child.wait()
        self.output.thread.join(2)

    def kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def run(name: str, command: list, *, log: Log, stop: Stop, what: str, **options) -> list[str]:
    """Runs a command to its end and returns its last lines; raises CannotStart("<what> failed: ...") if it fails."""
    process = Process(name, command, log=log, **options)
    try:
        while not process.ended:
            stop.pause(0.02)
    finally:
        process.end(seconds=5)
    if process.child.returncode:
        raise CannotStart(f"{what} failed: {process.last_words()}{log.where(name)}")
    return list(process.output.last_lines)
