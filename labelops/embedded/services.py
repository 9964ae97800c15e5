"""`manage.py with_services -- COMMAND`: throw-away PostgreSQL and Valkey for one command, e.g. the tests."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from labelops.embedded.errors import CannotStart, StopRequested
from labelops.embedded.home import Home
from labelops.embedded.instance import SECRETS, Servers, external_servers
from labelops.embedded.log import Log
from labelops.embedded.process import guarded
from labelops.embedded.stop import Stop


@contextlib.contextmanager
def temporary_home():
    """A home that is removed at the end; open enough for the account that root's database runs as."""
    path = Path(tempfile.mkdtemp(prefix="labelops-"))
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)
    try:
        yield Home(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def call(
    command: list[str], *, env: dict[str, str], folder: Path, stop: Stop, meanwhile: Callable[[], None] = lambda: None
) -> int:
    """Runs the command in the terminal that we have; its exit code, or 128 + the signal that ended us.

    `meanwhile` is called every few hundredths of a second while the command runs.
    """
    try:
        child = subprocess.Popen(guarded(command), env=env, cwd=folder)
    except OSError as error:
        raise CannotStart(f"Cannot run the command in {folder} ({error.strerror}).") from None
    try:
        while child.poll() is None:
            meanwhile()
            stop.pause()
    except StopRequested:
        end_command(child, stop.signal)
        return 128 + stop.signal
    except CannotStart:
        end_command(child, signal.SIGTERM)
        raise
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def end_command(child: subprocess.Popen, number: int) -> None:
    """A Ctrl-C has reached it too, so it gets a moment of its own; then it is told, then killed."""
    if number != signal.SIGINT:
        child.send_signal(number)
    for patience, farewell in ((5, child.terminate), (10, child.kill)):
        try:
            child.wait(patience)
            return
        except subprocess.TimeoutExpired:
            farewell()
    child.wait()


def caller_folder() -> Path:
    """Where the person who typed ./run stood: `run` itself has to change to the project."""
    return Path(os.environ.get("LABELOPS_CALLER_DIR") or Path.cwd())


def with_services(command: list[str]) -> int:
    stop = Stop.listening()
    external = external_servers()
    with temporary_home() as home:
        secrets = {name: os.environ.get(name) or home.secret(secret) for name, secret in SECRETS.items()}
        servers = None if external else Servers(home, log=Log(home.log_folder, quiet=True), stop=stop, durable=False)
        try:
            addresses = servers.start() if servers else external
            variables = {**secrets, **addresses, "LABELOPS_HOME": str(home.path)}
            return call(command, env={**os.environ, **variables}, folder=Path.cwd(), stop=stop)
        except StopRequested:
            return 128 + stop.signal
        finally:
            if servers:
                servers.end()
                servers.postgres.discard()
