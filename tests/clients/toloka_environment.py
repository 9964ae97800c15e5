"""The crowd dialect's official client lives with older libraries than ours: it gets an environment of its own.

Made on first need out of a lock with hashes, as ./run makes the project's own, and kept beside it.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.embedded.conftest import PROJECT

FOLDER = PROJECT / "tests" / "clients" / "toloka"
LOCK = FOLDER / "requirements.lock"
VENV = PROJECT / ".venv-toloka"


def client_python() -> Path:
    """The interpreter that has the client."""
    python, kept = VENV / "bin" / "python", VENV / LOCK.name
    if not (kept.exists() and kept.read_bytes() == LOCK.read_bytes() and python.exists()):
        _make(python)
        shutil.copy(LOCK, kept)
    return python


def _make(python: Path) -> None:
    # Not the link inside of our own environment: what it points at.
    base = getattr(sys, "_base_executable", sys.executable)
    if uv := _uv():
        _run(uv, "venv", "--quiet", "--clear", "--python", base, str(VENV))
        _run(uv, "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", str(LOCK))
    else:
        _run(base, "-m", "venv", "--clear", str(VENV))
        _run(str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(LOCK))


def _uv() -> str | None:
    fetched = PROJECT / ".uv" / "bin" / "uv"
    found = [str(fetched)] if fetched.exists() else []
    found += [path for path in [shutil.which("uv")] if path]
    # A version manager's shim may be there and not work.
    return next((path for path in found if subprocess.run([path, "--version"], capture_output=True).returncode == 0),
                None)  # fmt: skip


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"The client's environment could not be made: {done.stderr[-2000:]}"
