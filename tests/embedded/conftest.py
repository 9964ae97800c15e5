"""A real instance in a folder of its own, watched from outside."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from labelops.embedded.ports import free_port

PROJECT = Path(__file__).resolve().parents[2]
# What the tests themselves run under says nothing about the instance.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "LABELOPS_CALLER_DIR", "PYTEST_XDIST_WORKER")


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**kept, "LABELOPS_HOME": str(home), "PYTHONUNBUFFERED": "1", **more}


def manage(*words: str, home: Path, seconds: float = 150, folder: Path = PROJECT, **more: str):
    """Runs manage.py to its end."""
    command = [sys.executable, str(PROJECT / "manage.py"), *words]
    options = {"env": environment(home, **more), "cwd": folder, "capture_output": True, "text": True}
    return subprocess.run(command, timeout=seconds, check=False, **options)


def processes_of(home: Path) -> list[str]:
    """The command lines of the processes that name the folder, work in it, or have it in their environment."""
    mark, found = str(home).encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            # Valkey overwrites its environment with its title, but works in its folder.
            traces = command + (folder / "environ").read_bytes() + os.fsencode((folder / "cwd").readlink())
            if int(folder.name) != os.getpid() and mark in traces:
                found.append(f"{folder.name} {command.replace(bytes(1), b' ').decode()}")
        except OSError:
            continue
    return found


def wait_until(holds, *, seconds: float, what: str):
    end = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return value


class Running:
    """`manage.py up` in a session of its own, as a terminal would have it."""

    def __init__(self, home: Path):
        self.home, self.port, self.lines = home, free_port(), []
        command = [sys.executable, str(PROJECT / "manage.py"), "up"]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        self.child = subprocess.Popen(command, cwd=PROJECT, env=environment(home, PORT=str(self.port)), **options)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        with self.child.stdout as stream:
            for line in stream:
                self.lines.append(line.rstrip())

    def says(self, text: str) -> bool:
        return any(re.search(text, line) for line in self.lines)

    def wait_ready(self) -> "Running":
        wait_until(lambda: self.says("ready after") or self.child.poll() is not None, seconds=150, what="ready")
        assert self.says("ready after"), "\n".join(self.lines)
        return self

    def stop(self, number: int = signal.SIGINT) -> int:
        self.child.send_signal(number)
        return self.child.wait(40)

    def kill_group(self) -> None:
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()


@pytest.fixture
def home(tmp_path_factory):
    """A folder that root's database account reaches too."""
    folder = tmp_path_factory.mktemp("home")
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o711)
    yield folder
    wait_until(lambda: not processes_of(folder), seconds=15, what=f"no process left: {processes_of(folder)}")


@pytest.fixture
def start():
    """Starts instances and, whatever happens to the test, ends them."""
    started = []

    def begin(home: Path) -> Running:
        started.append(Running(home))
        return started[-1].wait_ready()

    yield begin
    for running in started:
        if running.child.poll() is None:
            running.stop()
