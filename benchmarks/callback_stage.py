"""What the callbacks' benchmark plays on: an organization, its endpoints at the sink, a backlog."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.callback_senders import BODY, SECRET
from benchmarks.cpu import TICK, cpu_seconds
from callbacks.models import Endpoint
from labelops.tenancy.encryption import encrypt
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope

BACKLOG = """
SELECT count(callbacks_publish(%s, uuidv7(), 'task.audited', gen_random_uuid(), 1, %s, NULL, '{}', now()))
FROM generate_series(1, %s)
"""


@dataclass
class Sink:
    process: subprocess.Popen[str] = field(
        default_factory=lambda: subprocess.Popen(
            [sys.executable, "-m", "benchmarks.callback_sink"], stdout=subprocess.PIPE, text=True
        )
    )

    def __post_init__(self) -> None:
        self.port = int(self.process.stdout.readline())

    def arrivals(self) -> dict[str, list[float]]:
        """Path -> times, since the last question."""
        asked = HTTPConnection("127.0.0.1", self.port, timeout=30)
        asked.request("GET", "/arrivals")
        try:
            return json.loads(asked.getresponse().read())
        finally:
            asked.close()

    def url(self, kind: str) -> str:
        return f"http://127.0.0.1:{self.port}/{kind}"


def make_organization() -> Organization:
    with system_scope("create an organization"):
        return Organization.objects.create(
            name="Benchmark", slug=f"bench-{uuid7().hex}", callback_auth_key=encrypt("a-key")
        )


def publish(urls: Sequence[str], each: int) -> Organization:
    """A new organization with an endpoint for each URL, and so many deliveries due at each, all of different tasks."""
    organization = make_organization()
    with organization_scope(organization.pk), connection.cursor() as cursor:
        for url in urls:
            add_endpoint(organization, url)
        cursor.execute(BACKLOG, [str(organization.pk), BODY.decode(), each])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE callbacks_delivery")
    return organization


def add_endpoint(organization: Organization, url: str) -> Endpoint:
    return Endpoint.objects.create(
        organization=organization, url=url, secret=encrypt(SECRET), created_at=timezone.now()
    )


def ask(query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with system_scope("command line"), connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchall() if cursor.description else []


def postgres_cpu() -> float:
    """Seconds so far, of the server and all its processes."""
    ((backend,),) = ask("SELECT pg_backend_pid()")
    postmaster = int(_stat(backend)[1])
    # The third and fourth of the times are those of its processes that have ended.
    own = sum(int(ticks) for ticks in _stat(postmaster)[11:15]) / TICK
    return own + sum(cpu_seconds(postmaster).values())


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


class Senders:
    """Processes of one kind, which load once and send whenever `go` says so."""

    def __init__(self, kind: str, number: int = 2) -> None:
        command = [sys.executable, "-m", "benchmarks.callback_senders", kind]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.processes = [subprocess.Popen(command, **pipes) for _ in range(number)]

    def go(self, *, of: int | None = None, **options: Any) -> None:
        """All of them, or so many."""
        for process in self.processes[:of]:
            process.stdin.write(json.dumps(options) + "\n")
            process.stdin.flush()

    def results(self) -> Counter[str]:
        """The sums of what they print at the end of the run."""
        told: Counter[str] = Counter()
        for process in self.processes:
            told.update(json.loads(process.stdout.readline()))
        return told

    def end(self) -> None:
        while self.processes:
            process = self.processes.pop()
            process.kill()
            process.communicate()
