"""Where an attempt's time went: name, connection, TLS handshake.

Those who take a step note it on the Path of the attempt in whose context they run. The HTTP client's own tracing could
tell as well, but it costs every request, also those on a connection that is open already.
"""

import ssl
import time
from contextvars import ContextVar
from functools import cache
from typing import Any


class Path:
    """The way of one request: on a connection that was open already, or step by step on a new one (monotonic times)."""

    __slots__ = ("address", "connecting", "handshake", "named", "naming", "protocol", "sending")

    def __init__(self) -> None:
        self.address, self.protocol = "", None
        self.naming = self.named = self.connecting = self.handshake = self.sending = None

    @property
    def reused(self) -> bool:
        """Whether it was sent on a connection that was open before."""
        return self.sending is not None and self.connecting is None

    @property
    def has_heard(self) -> bool:
        """Whether any byte came back."""
        return self.protocol is not None and self.protocol.has_heard

    @property
    def dns_seconds(self) -> float | None:
        return _between(self.naming, self.named)

    @property
    def connect_seconds(self) -> float | None:
        """TCP alone: neither the name before it nor the handshake after it."""
        return _between(self.connecting, self.handshake or self.sending)

    @property
    def tls_seconds(self) -> float | None:
        return _between(self.handshake, self.sending)


def _between(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else max(0.0, end - begin)


_current: ContextVar[Path | None] = ContextVar("path", default=None)


def begin_path() -> Path:
    """The Path of the attempt that this task makes from now on."""
    path = Path()
    _current.set(path)
    return path


def note(step: str) -> None:
    """This step (an attribute of Path) happens now."""
    if path := _current.get():
        setattr(path, step, time.monotonic())


class TimedContext(ssl.SSLContext):
    """Checks servers as `ssl.create_default_context` does, and notes when a handshake begins."""

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        note("handshake")
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
