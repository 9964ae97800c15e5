"""Programs that a test asks and that live with other libraries than ours: each gets an environment of its own.

Made on first need out of a lock with hashes, as ./run makes the project's own, and kept beside it.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.embedded.conftest import PROJECT


@dataclass(frozen=True)
class Environment:
    """`folder` of the tests has its `requirements.lock`, which names everything: nothing else is installed."""

    name: str
    folder: Path

    def python(self) -> Path:
        """The interpreter that has what the lock names."""
        lock, kept = self.folder / "requirements.lock", self.place / "requirements.lock"
        python = self.place / "bin" / "python"
        if not (kept.exists() and kept.read_bytes() == lock.read_bytes() and python.exists()):
            self._make(python, lock)
            shutil.copy(lock, kept)
        return python

    @property
    def place(self) -> Path:
        return PROJECT / f".venv-{self.name}"

    def _make(self, python: Path, lock: Path) -> None:
        # Not the link inside of our own environment: what it points at.
        base = getattr(sys, "_base_executable", sys.executable)
        if uv := _uv():
            self._run(uv, "venv", "--quiet", "--clear", "--python", base, str(self.place))
            self._run(uv, "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", str(lock))
        else:
            self._run(base, "-m", "venv", "--clear", str(self.place))
            install = ("install", "--quiet", "--no-deps", "--require-hashes", "--requirement", str(lock))
            self._run(str(python), "-m", "pip", *install)

    def _run(self, *command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, f"The environment of {self.name} could not be made: {done.stderr[-2000:]}"


TOLOKA = Environment("toloka", PROJECT / "tests" / "clients" / "toloka")
CROWD_KIT = Environment("crowdkit", PROJECT / "tests" / "crowd_rules" / "crowdkit")


def _uv() -> str | None:
    fetched = PROJECT / ".uv" / "bin" / "uv"
    found = [str(fetched)] if fetched.exists() else []
    found += [path for path in [shutil.which("uv")] if path]
    # A version manager's shim may be there and not work.
    return next((path for path in found if subprocess.run([path, "--version"], capture_output=True).returncode == 0),
                None)  # fmt: skip
