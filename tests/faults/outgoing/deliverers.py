"""Deliverers in processes of their own, to be killed, stopped and cut off."""

import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from labelops.tenancy.models import Organization
from tests.callbacks.conftest import tell
from tests.callbacks.test_processes import start
from tests.embedded.conftest import wait_until

# Short, and still real.
SHORT = {
    "CALLBACK_TIMEOUT_SECONDS": "3",
    "CALLBACK_LEASE_SECONDS": "8",
    "CALLBACK_SLOTS": "2",
    "CALLBACK_IN_FLIGHT": "16",
}
LEASE = 8
IN_FLIGHT = 16


def fill(organization: Organization, receiver, *, subjects: int, events: int = 1, endpoints: int = 4) -> None:
    """So many events of each subject, told to one of so many endpoints of the receiver."""
    for number in range(subjects):
        subject, url = uuid.uuid4(), f"{receiver.url}-{number % endpoints}"
        for sequence in range(1, events + 1):
            tell(organization, url, subject=subject, sequence=sequence)


@contextmanager
def deliverer(*options: str, **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    process = start("manage.py", "deliver", *options, **{**SHORT, **changes})
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(receiver, count: int, seconds: float = 40) -> None:
    wait_until(lambda: len(receiver.requests) >= count, seconds=seconds, what=f"{count} requests")
