"""One attempt to tell one receiver: what is sent, and what its answer means. Touches no database."""

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import aiohttp
from django.conf import settings
from django.core.mail import EmailMessage

from callbacks.certificates import context_with
from callbacks.guard import BlockedAddress
from callbacks.messages import Message, Outcome, Target
from callbacks.schedule import parse_retry_after
from callbacks.sessions import CONNECT_SECONDS, READ_BYTES, Sessions, exchange
from callbacks.signing import sign_with_key, signed_headers, toloka_signature
from callbacks.timing import Path, begin_path, shared_context

USER_AGENT = "labelops-callbacks/1"
ASKED_TO_WAIT = (429, 502, 503, 504)
SECRET_HEADERS = ("scale-callback-auth", "authorization")
CONSTANT_HEADERS = {"content-type": "application/json", "user-agent": USER_AGENT, "accept-encoding": "identity"}


def headers_of(message: Message, now: datetime) -> dict[str, str]:
    target, stamp = message.target, int(now.timestamp())
    headers = {**CONSTANT_HEADERS, "webhook-attempt": str(message.attempts + 1)}
    headers |= signed_headers(message.message_id, stamp, message.body, target.signing_secrets)
    if target.signing_key:
        asymmetric = sign_with_key(target.signing_key, message.message_id, stamp, message.body)
        headers["webhook-signature"] = f"{headers.get('webhook-signature', '')} {asymmetric}".strip()
    if target.has_toloka_signature and target.signing_secrets:
        millis = int(now.timestamp() * 1000)
        headers["Toloka-Signature"] = toloka_signature(target.signing_secrets[0], millis, message.body)
    if target.auth_key:
        headers["scale-callback-auth"] = target.auth_key
    if target.header:
        headers[target.header[0]] = target.header[1]
    return headers


def shown_headers(headers: dict[str, str], target_header: tuple[str, str] | None) -> str:
    """As lines; of what is secret only the end, and only of long values."""
    own = target_header[0] if target_header else ""
    return "\n".join(
        f"{name}: {_masked(value) if name == own or name in SECRET_HEADERS else value}"
        for name, value in headers.items()
    )


def _masked(value: str) -> str:
    return f"…{value[-4:]}" if len(value) >= 16 else "…"


async def attempt(sessions: Sessions, message: Message) -> Outcome:
    """Send once; every failure becomes an Outcome, within the time limit from name to last byte."""
    outcome, path = Outcome(at=datetime.now(UTC)), begin_path()
    limit = message.target.timeout or settings.CALLBACK_TIMEOUT_SECONDS
    started = time.monotonic()
    send: Callable[..., Any] = _send_mail if message.target.mail_to else _send
    try:
        async with asyncio.timeout(limit):
            await send(sessions, message, outcome, path)
    except TimeoutError as error:
        # The status decides; a body that dribbles after it changes nothing.
        if outcome.status_code is None:
            outcome.error, outcome.detail = "timeout", _describe_timeout(error, limit)
    except Exception as error:  # whatever a receiver provokes, the delivery must get its outcome
        if outcome.status_code is None:
            outcome.error, outcome.detail = classify(error), str(error)[:500] or type(error).__name__
    outcome.seconds = time.monotonic() - started
    _note_times(outcome, path)
    if outcome.status_code is not None:
        _judge_status(outcome)
    return outcome


def _note_times(outcome: Outcome, path: Path) -> None:
    if not path.reused:
        outcome.dns_seconds, outcome.connect_seconds = path.dns_seconds, path.connect_seconds
        outcome.tls_seconds = path.tls_seconds


def _describe_timeout(error: TimeoutError, limit: float) -> str:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"No connection within {CONNECT_SECONDS} s."
    return f"No answer within {limit} s."


async def _send(sessions: Sessions, message: Message, outcome: Outcome, path: Path) -> None:
    if message.target.complaint:
        raise BlockedAddress(message.target.complaint)
    try:
        await _post(sessions.now(), message, outcome, path)
    except (aiohttp.ServerDisconnectedError, OSError):
        # The peer had closed the connection that was kept open: nothing was heard, so once more on a fresh one.
        if not path.reused or path.has_heard:
            raise
        await _post(sessions.fresh, message, outcome, path)


async def _post(session: aiohttp.ClientSession, message: Message, outcome: Outcome, path: Path) -> None:
    target = message.target
    headers = headers_of(message, outcome.at)
    outcome.request_headers = shown_headers(headers, target.header)
    # Made when it is needed: reading the authorities takes longer than a hundred callbacks.
    context = _context(target) if target.url.startswith("https") else True
    response = await exchange(session, target.url, headers=headers, body=message.body, context=context, path=path)
    try:
        outcome.first_byte_seconds = time.monotonic() - path.sending
        outcome.status_code, outcome.address = response.status, path.address
        if response.status in ASKED_TO_WAIT:
            outcome.has_asked_for_less = True
            outcome.wish = parse_retry_after(response.headers.get("retry-after"), outcome.at)
        if 300 <= response.status < 400:
            outcome.detail = f"Redirects are not followed: {response.headers.get('location', '')}"[:500]
        await _read(response, outcome)
    finally:
        response.release()


def _context(target: Target) -> ssl.SSLContext:
    return context_with(target.client_certificate) if target.client_certificate else shared_context()


async def _read(response: aiohttp.ClientResponse, outcome: Outcome) -> None:
    while chunk := await response.content.read(READ_BYTES):
        outcome.answer = (outcome.answer + chunk)[:READ_BYTES]
        if len(outcome.answer) >= READ_BYTES:
            response.close()
            return


# A mail server that hangs must not take the threads in which names are looked up.
_mailers = ThreadPoolExecutor(8, "callbacks-mail")


async def _send_mail(sessions: Sessions, message: Message, outcome: Outcome, path: Path) -> None:
    """The JSON as a mail; the event's id in its headers lets a mailbox drop duplicates."""
    mail = EmailMessage(
        subject=f"Callback {message.type} {message.message_id}",
        body=message.body.decode(),
        to=[message.target.mail_to],
        headers={"Message-ID": f"<{message.message_id}.{message.delivery_id}@labelops>"},
    )
    try:
        await asyncio.get_running_loop().run_in_executor(_mailers, mail.send)
    except OSError as error:
        raise MailRefused(str(error)) from error
    outcome.status_code = 250


class MailRefused(Exception):
    """The mail server did not take it (smtplib's errors are OSErrors)."""


def _judge_status(outcome: Outcome) -> None:
    if not 200 <= outcome.status_code < 300:
        outcome.error = "status"
        outcome.detail = outcome.detail or f"The receiver answered {outcome.status_code}."


# Out of sockets or memory for them: our own trouble, of which the receiver has heard nothing.
OURS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL)


def classify(error: BaseException) -> str:
    """One word for why no answer came; `local` where it was not the receiver's doing."""
    cause = getattr(error, "os_error", None) or error
    if isinstance(cause, OSError) and cause.errno in OURS:
        return "local"
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
