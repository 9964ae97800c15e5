"""LISTEN while a deliverer runs: what is committed meanwhile is claimed within milliseconds, not at the next look."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, InterfaceError

from callbacks.slots import CHANNEL, direct_connection

log = logging.getLogger(__name__)
REST_SECONDS = 2.0


class Listener:
    """Calls `wake` for each notification; `is_on` while it hears any. Without it the deliverer looks more often."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake
        self.raw: Any = None
        self.tried_at = float("-inf")
        self.connecting: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        return self.raw is not None

    def keep_on(self) -> None:
        """Listen, or listen again after the connection broke; tried at most every two seconds, in the background."""
        if not self.raw and time.monotonic() - self.tried_at >= REST_SECONDS:
            self.tried_at = time.monotonic()
            self.connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self.raw = await loop.run_in_executor(None, _open)
        except (DatabaseError, InterfaceError) as error:
            log.warning("Cannot listen for new callbacks (%s): looking for them instead", type(error).__name__)
            return
        loop.add_reader(self.raw.fileno(), self._hear)
        # What was committed before this one listened.
        self.wake()

    def _hear(self) -> None:
        raw = self.raw
        try:
            raw.poll()
        except Exception as error:  # psycopg2's own errors: the connection is gone
            log.warning("Listening for new callbacks ended (%s)", type(error).__name__)
            self.close()
            return
        if raw.notifies:
            raw.notifies.clear()
            self.wake()

    async def end(self) -> None:
        if self.connecting:
            await self.connecting
        self.close()

    def close(self) -> None:
        raw, self.raw = self.raw, None
        if raw is None:
            return
        if not raw.closed:
            asyncio.get_running_loop().remove_reader(raw.fileno())
        raw.close()


def _open() -> Any:
    """The driver's own connection: Django's refuses to be used in an event loop, where this one only reads."""
    session = direct_connection()
    with session.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    return session.connection
