"""A real database, a real receiver over HTTP; nothing is replaced."""

import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection

from callbacks.delivery import Deliverer
from callbacks.leases import FIRST, Room, claim_deliveries
from callbacks.messages import Message
from callbacks.outbox import publish
from labelops.tenancy.encryption import encrypt
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope

AUTH_KEY = "the-callback-key"


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Of callers that hung up the tests say enough themselves."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Receiver:
    """An HTTP server on a free port that remembers every request; `answer` decides what it says."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Callable[[BaseHTTPRequestHandler, Request], None] = answer_status(200)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.path, headers, body)
                receiver.requests.append(request)
                receiver.answer(self, request)

            def do_GET(self) -> None:
                receiver.requests.append(Request(self.path, {}, b""))
                answer_status(200)(self, receiver.requests[-1])

            def log_message(self, *args: Any) -> None:
                """Silent."""

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/callbacks"
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def wait_for(self, count: int, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while len(self.requests) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.requests) >= count, f"{len(self.requests)} of {count} requests came"


def answer_status(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Callable[..., None]:
    def answer(handler: BaseHTTPRequestHandler, request: Request) -> None:
        handler.send_response(status)
        for name, value in {**(headers or {}), "content-length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Any) -> None:
    settings.CALLBACK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.CALLBACK_ALLOWED_PORTS = ["*"]
    settings.CALLBACK_TIMEOUT_SECONDS = 2
    settings.CALLBACK_LEASE_SECONDS = 22


@pytest.fixture
def organization(transactional_db: None) -> Organization:
    return make_organization("acme")


def make_organization(slug: str) -> Organization:
    with system_scope("create an organization"):
        return Organization.objects.create(name=slug.title(), slug=slug, callback_auth_key=encrypt(AUTH_KEY))


@pytest.fixture
def scoped(organization: Organization) -> Iterator[None]:
    """Inside one transaction of the organization."""
    with organization_scope(organization.pk):
        yield


def tell(
    organization: Organization, *urls: str, subject: uuid.UUID | None = None, sequence: int = 1, **changes: Any
) -> uuid.UUID:
    """Publish as an audit does, committed at the end; returns the subject."""
    subject = subject or uuid.uuid4()
    arguments = {
        "organization": organization,
        "type": "task.audited",
        "subject_id": subject,
        "sequence": sequence,
        "body": {"task_id": subject.hex, "task": {"status": "completed"}, "response": {}},
        "project_id": None,
        "callback_urls": urls,
        "now": datetime.now(UTC),
    }
    with organization_scope(organization.pk):
        publish(**arguments | changes)
    return subject


def deliver(idle_seconds: float = 0.15, run_seconds: float = 20) -> int:
    return Deliverer(idle_seconds=idle_seconds, run_seconds=run_seconds).run()


def claim(
    owner: uuid.UUID | None = None,
    *,
    wanted: int = 9,
    after: str = FIRST,
    busy: dict | None = None,
    replays: int = 9,
    share: int = 999,
    crowd: dict | None = None,
) -> tuple[list[Message], str | None, str | None]:
    """What a deliverer would lease now."""
    room = Room(wanted, replays, busy or {}, share, crowd or {})
    return claim_deliveries(owner=owner or uuid.uuid4(), after=after, room=room)


def rows(query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """What stands in the database, of all organizations."""
    with system_scope("command line"), connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchall() if cursor.description else []
