"""One attempt to tell one receiver: what is sent, and what its answer means. Touches no database."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import aiohttp
from django.conf import settings
from django.core.mail import EmailMessage

from callbacks.guard import BlockedAddress, VettingResolver, mail_address, open_vetted_socket, vet_url
from callbacks.schedule import parse_retry_after
from callbacks.signing import signed_headers
from labelops.errors import InvalidInput

USER_AGENT = "labelops-callbacks/1"
CONNECT_SECONDS = 5
READ_BYTES = 16 * 1024
ASKED_TO_WAIT = (429, 502, 503, 504)
GONE = 410


@dataclass(frozen=True, slots=True)
class Message:
    """All that one attempt needs; secrets in the clear."""

    delivery_id: UUID
    endpoint_id: UUID
    event_id: UUID
    type: str
    attempts: int
    url: str
    profile: str
    body: bytes
    signing_secrets: tuple[str, ...] = ()
    auth_key: str = ""


@dataclass(slots=True)
class Outcome:
    """What came of an attempt; `error` is one word, empty on success."""

    at: datetime
    seconds: float = 0.0
    address: str = ""
    status_code: int | None = None
    error: str = ""
    detail: str = ""
    answer: bytes = b""
    wish: float | None = None

    @property
    def is_success(self) -> bool:
        return not self.error


class _Answer(aiohttp.ClientResponse):
    """Remembers who answered: afterwards the connection may be another's."""

    address = ""

    async def start(self, connection: Any) -> Any:
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        self.address = peer[0] if peer else ""
        return await super().start(connection)


class _Path:
    """Whether the request went over a connection that an earlier one had left open."""

    reused = False


async def _note_reuse(session: Any, context: Any, params: Any) -> None:
    context.trace_request_ctx.reused = True


@dataclass(frozen=True, slots=True)
class Sessions:
    """One that keeps connections open, and one that opens a connection for each request."""

    kept: aiohttp.ClientSession
    fresh: aiohttp.ClientSession


@asynccontextmanager
async def open_sessions() -> AsyncIterator[Sessions]:
    """Once per process and run: guarded, without cookies, proxies or decompression."""
    async with _session(keepalive_timeout=30) as kept, _session(force_close=True) as fresh:
        yield Sessions(kept, fresh)


def _session(**options: Any) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_note_reuse)
    connector = aiohttp.TCPConnector(
        limit=0, resolver=VettingResolver(), socket_factory=open_vetted_socket, ttl_dns_cache=10, **options
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        read_bufsize=READ_BYTES,
        response_class=_Answer,
        trace_configs=[trace],
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
    )


def headers_of(message: Message, now: datetime) -> dict[str, str]:
    headers = {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "accept-encoding": "identity",
        "webhook-attempt": str(message.attempts + 1),
    }
    headers |= signed_headers(message.event_id.hex, int(now.timestamp()), message.body, message.signing_secrets)
    if message.auth_key:
        headers["scale-callback-auth"] = message.auth_key
    return headers


async def attempt(sessions: Sessions, message: Message) -> Outcome:
    """Send once; every failure becomes an Outcome, within CALLBACK_TIMEOUT_SECONDS from name to last byte."""
    outcome = Outcome(at=datetime.now(UTC))
    started = time.monotonic()
    send: Callable[..., Any] = _send_mail if mail_address(message.url) else _send
    try:
        async with asyncio.timeout(settings.CALLBACK_TIMEOUT_SECONDS):
            await send(sessions, message, outcome)
    except TimeoutError as error:
        # The status decides; a body that dribbles after it changes nothing.
        if outcome.status_code is None:
            outcome.error, outcome.detail = "timeout", _describe_timeout(error)
    except Exception as error:  # whatever a receiver provokes, the delivery must get its outcome
        if outcome.status_code is None:
            outcome.error, outcome.detail = classify(error), str(error)[:500] or type(error).__name__
    outcome.seconds = time.monotonic() - started
    if outcome.status_code is not None:
        _judge_status(outcome)
    return outcome


def _describe_timeout(error: TimeoutError) -> str:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"No connection within {CONNECT_SECONDS} s."
    return f"No answer within {settings.CALLBACK_TIMEOUT_SECONDS} s."


@lru_cache(maxsize=4096)
def _complaint(url: str, ports: tuple[str, ...], networks: tuple[str, ...]) -> str:
    """Why this URL, as it is written, gets nothing; empty where its addresses may be tried."""
    try:
        vet_url(url)
    except InvalidInput as error:
        return error.message
    return ""


async def _send(sessions: Sessions, message: Message, outcome: Outcome) -> None:
    complaint = _complaint(
        message.url, tuple(settings.CALLBACK_ALLOWED_PORTS), tuple(settings.CALLBACK_ALLOWED_NETWORKS)
    )
    if complaint:
        raise BlockedAddress(complaint)
    path = _Path()
    try:
        await _post(sessions.kept, message, outcome, path)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        # The peer had closed the connection that was kept open: nothing was heard, so once more on a fresh one.
        if not path.reused or outcome.status_code is not None:
            raise
        await _post(sessions.fresh, message, outcome, _Path())


async def _post(session: aiohttp.ClientSession, message: Message, outcome: Outcome, path: _Path) -> None:
    headers = headers_of(message, outcome.at)
    async with session.post(
        message.url, data=message.body, headers=headers, allow_redirects=False, trace_request_ctx=path
    ) as response:
        outcome.status_code, outcome.address = response.status, response.address
        if response.status in ASKED_TO_WAIT:
            outcome.wish = parse_retry_after(response.headers.get("retry-after"), outcome.at)
        if 300 <= response.status < 400:
            outcome.detail = f"Redirects are not followed: {response.headers.get('location', '')}"[:500]
        await _read(response, outcome)


async def _read(response: aiohttp.ClientResponse, outcome: Outcome) -> None:
    while chunk := await response.content.read(READ_BYTES):
        outcome.answer = (outcome.answer + chunk)[:READ_BYTES]
        if len(outcome.answer) >= READ_BYTES:
            response.close()
            return


async def _send_mail(sessions: Sessions, message: Message, outcome: Outcome) -> None:
    """The JSON as a mail; the event's id in its headers lets a mailbox drop duplicates."""
    mail = EmailMessage(
        subject=f"Callback {message.type} {message.event_id.hex}",
        body=message.body.decode(),
        to=[mail_address(message.url)],
        headers={"Message-ID": f"<{message.event_id.hex}.{message.delivery_id.hex}@labelops>"},
    )
    try:
        await asyncio.to_thread(mail.send)
    except OSError as error:
        raise MailRefused(str(error)) from error
    outcome.status_code = 250


class MailRefused(Exception):
    """The mail server did not take it (smtplib's errors are OSErrors)."""


def _judge_status(outcome: Outcome) -> None:
    if not 200 <= outcome.status_code < 300:
        outcome.error = "status"
        outcome.detail = outcome.detail or f"The receiver answered {outcome.status_code}."


def classify(error: BaseException) -> str:
    """One word for why no answer came."""
    cause = getattr(error, "os_error", None) or error
    if isinstance(cause, BlockedAddress) or isinstance(error, aiohttp.InvalidURL):
        return "blocked_address"
    if isinstance(cause, MailRefused):
        return "mail"
    if isinstance(cause, ssl.SSLError | ssl.CertificateError) or isinstance(error, aiohttp.ClientSSLError):
        return "tls"
    if isinstance(cause, socket.gaierror) or isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns"
    if isinstance(cause, TimeoutError | aiohttp.ServerTimeoutError):
        return "timeout"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "connect"
    return "reset"
