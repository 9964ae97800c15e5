"""Where an attempt's time went: name, connection, TLS handshake; told by the HTTP client's own hooks."""

import ssl
import time
from contextvars import ContextVar
from functools import cache
from typing import Any

import aiohttp


class Path:
    """The way of one request: on a connection that was open already, or step by step on a new one (monotonic times)."""

    __slots__ = ("connect_began", "connected", "named", "naming_began", "reused", "tls_began")

    def __init__(self) -> None:
        self.reused = False
        self.naming_began = self.named = self.connect_began = self.tls_began = self.connected = None

    @property
    def dns_seconds(self) -> float | None:
        return _between(self.naming_began, self.named)

    @property
    def connect_seconds(self) -> float | None:
        """TCP alone: neither the name before it nor the handshake after it."""
        return _between(self.named or self.connect_began, self.tls_began or self.connected)

    @property
    def tls_seconds(self) -> float | None:
        return _between(self.tls_began, self.connected)


def _between(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else max(0.0, end - begin)


# For the handshake, which knows nothing of requests: it begins in the context of the one that opens the connection.
_current: ContextVar[Path | None] = ContextVar("path", default=None)


class TimedContext(ssl.SSLContext):
    """Checks servers as `ssl.create_default_context` does, and notes when a handshake begins."""

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        if path := _current.get():
            path.tls_began = time.monotonic()
        return super().wrap_bio(*args, **options)


def make_context() -> TimedContext:
    """A new one: reading the authorities takes tens of milliseconds."""
    context = TimedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    return context


@cache
def shared_context() -> TimedContext:
    return make_context()


def make_trace() -> aiohttp.TraceConfig:
    """Fills the Path that a request was given as its `trace_request_ctx`."""
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_on_reuse)
    trace.on_connection_create_start.append(_on_connect)
    trace.on_connection_create_end.append(_on_connected)
    trace.on_dns_resolvehost_start.append(_on_naming)
    trace.on_dns_resolvehost_end.append(_on_named)
    return trace


async def _on_reuse(session: Any, context: Any, params: Any) -> None:
    context.trace_request_ctx.reused = True


async def _on_connect(session: Any, context: Any, params: Any) -> None:
    _current.set(context.trace_request_ctx)
    context.trace_request_ctx.connect_began = time.monotonic()


async def _on_connected(session: Any, context: Any, params: Any) -> None:
    context.trace_request_ctx.connected = time.monotonic()


async def _on_naming(session: Any, context: Any, params: Any) -> None:
    context.trace_request_ctx.naming_began = time.monotonic()


async def _on_named(session: Any, context: Any, params: Any) -> None:
    context.trace_request_ctx.named = time.monotonic()
