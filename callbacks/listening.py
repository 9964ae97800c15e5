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
        self.session: Any = None
        self.tried_at = float("-inf")

    @property
    def is_on(self) -> bool:
        return self.session is not None

    async def keep_on(self) -> None:
        """Listen, or listen again after the connection broke; at most every two seconds."""
        if self.session or time.monotonic() - self.tried_at < REST_SECONDS:
            return
        self.tried_at = time.monotonic()
        loop = asyncio.get_running_loop()
        try:
            self.session = await loop.run_in_executor(None, _open)
        except (DatabaseError, InterfaceError) as error:
            log.warning("Cannot listen for new callbacks (%s): looking for them instead", type(error).__name__)
            return
        loop.add_reader(self.session.connection.fileno(), self._hear)
        # What was committed before this one listened.
        self.wake()

    def _hear(self) -> None:
        raw = self.session.connection
        try:
            raw.poll()
        except Exception as error:  # psycopg2's own errors: the connection is gone
            log.warning("Listening for new callbacks ended (%s)", type(error).__name__)
            self.close()
            return
        if raw.notifies:
            raw.notifies.clear()
            self.wake()

    def close(self) -> None:
        session, self.session = self.session, None
        if session is None:
            return
        raw = session.connection
        if not raw.closed:
            asyncio.get_running_loop().remove_reader(raw.fileno())
        session.close()


def _open() -> Any:
    session = direct_connection()
    # It is used by the event loop's thread from now on.
    session.inc_thread_sharing()
    with session.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    return session
