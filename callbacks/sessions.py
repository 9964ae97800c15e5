"""HTTP as callbacks need it: one request and its answer on a guarded connection, kept open for the next one."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from callbacks.dialling import VettingResolver, count_sockets, open_vetted_socket
from callbacks.own_addresses import learn_services
from callbacks.timing import Path

CONNECT_SECONDS = 5
READ_BYTES = 16 * 1024
LINE_BYTES = 8190
INFORMATIONAL = 20
HEADERS = 100
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
ANSWER = {"read_until_eof": True, "auto_decompress": False, "read_bufsize": READ_BYTES, "max_line_size": LINE_BYTES,
          "max_field_size": LINE_BYTES, "max_headers": HEADERS}  # fmt: skip


class TooMuch(aiohttp.ClientError):
    """The receiver sends without end what is no answer."""


class _Protocol(ResponseHandler):
    """Knows whom it talks to and whether anything was said, and counts what comes before the answer.

    The client itself would read 1xx for ever, and nobody else's turn would come.
    """

    informational = 0
    address = ""
    has_heard = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if peer else ""

    def data_received(self, data: bytes) -> None:
        self.has_heard = True
        super().data_received(data)

    async def read(self) -> Any:
        message, payload = await super().read()
        self.informational = self.informational + 1 if message.code < 200 else 0
        if self.informational > INFORMATIONAL:
            raise TooMuch(f"More than {INFORMATIONAL} informational answers (1xx)")
        return message, payload


@dataclass(frozen=True, slots=True)
class Sessions:
    """One that keeps connections open, and one that opens a connection for each request."""

    kept: aiohttp.ClientSession
    fresh: aiohttp.ClientSession
    # From so many open connections on no more are kept.
    most: int

    def now(self) -> aiohttp.ClientSession:
        return self.kept if count_sockets() < self.most else self.fresh


@asynccontextmanager
async def open_sessions(most: int = 512) -> AsyncIterator[Sessions]:
    """Once per process and run."""
    await asyncio.get_running_loop().run_in_executor(None, learn_services)
    async with _session(keepalive_timeout=30) as kept, _session(force_close=True) as fresh:
        yield Sessions(kept, fresh, most)


def _session(**options: Any) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=0, resolver=VettingResolver(), socket_factory=open_vetted_socket, ttl_dns_cache=10, **options
    )  # fmt: skip
    # No public option chooses the protocol.
    connector._factory = partial(_Protocol, loop=asyncio.get_running_loop())
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


async def exchange(
    session: aiohttp.ClientSession,
    url: str,
    *,
    headers: dict[str, str],
    body: bytes,
    context: ssl.SSLContext | bool,
    path: Path,
) -> aiohttp.ClientResponse:
    """One POST and the head of its answer; the caller reads the rest, and releases it.

    Without what `session.post` does besides: redirects, cookies, proxies, credentials, middleware and a timer of its
    own, of which callbacks want none; to find that out anew each time took a tenth of all that a callback costs.
    """
    request = aiohttp.ClientRequest("POST", _parsed(url), headers=headers, data=body, session=session, ssl=context,
                                    loop=asyncio.get_running_loop())  # fmt: skip
    try:
        connection = await session.connector.connect(request, traces=[], timeout=TIMEOUT)
    except TimeoutError as error:
        raise aiohttp.ConnectionTimeoutError from error
    try:
        path.protocol = protocol = connection.protocol
        protocol.has_heard, path.address, path.sending = False, protocol.address, time.monotonic()
        protocol.set_response_params(**ANSWER)
        response = await request.send(connection)
        try:
            return await response.start(connection)
        except BaseException:
            response.close()
            raise
    except BaseException:
        connection.close()
        raise


@lru_cache(maxsize=4096)
def _parsed(url: str) -> URL:
    """Raises aiohttp.InvalidURL."""
    try:
        found = URL(url)
    except ValueError as error:
        raise aiohttp.InvalidURL(url) from error
    if not found.raw_host:
        raise aiohttp.InvalidURL(url)
    return found
