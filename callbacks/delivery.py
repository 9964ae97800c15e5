"""The deliverer: claims due deliveries, sends them side by side, records what came of it; no transaction during HTTP.

One event loop sends; the database is spoken to by two threads, one that claims and one that finishes, so that the loop
never waits for it. Whatever dies here, the leases run out and the rows are claimed again.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, close_old_connections, connections

from callbacks.leases import FIRST, Result, claim_deliveries, decide, finish_deliveries
from callbacks.sender import Message, Sessions, attempt, open_sessions

log = logging.getLogger(__name__)
POLL_SECONDS = 0.05
# While callbacks are under way, wait so long for more places before the next claim: fewer and fuller statements.
GATHER_SECONDS = 0.003
REST_AFTER_ERROR_SECONDS = 0.5
BUSY_ROW_SECONDS = 0.01
RESOLVER_THREADS = 32


@dataclass
class Deliverer:
    """One run. `idle_seconds` without work or `run_seconds` in all end it (None: never); so does `stop`."""

    idle_seconds: float | None = 1.5
    run_seconds: float | None = 25.0
    owner: UUID = field(default_factory=uuid4)
    sent: int = 0
    stopping: bool = False

    def stop(self) -> None:
        """Claim no more; what is under way is finished. Safe to call from the event loop's thread."""
        self.stopping = True

    def run(self) -> int:
        """Deliver until done; returns how many attempts were made."""
        asyncio.run(self._run())
        return self.sent

    async def _run(self) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(RESOLVER_THREADS, "callbacks-resolve"))
        self.in_flight: dict[asyncio.Task[None], Message] = {}
        self.results: asyncio.Queue[Result] = asyncio.Queue()
        self.position = FIRST
        self.claimer, self.finisher = (
            ThreadPoolExecutor(1, "callbacks-claim"),
            ThreadPoolExecutor(1, "callbacks-finish"),
        )
        finishing = asyncio.create_task(self._finish_all())
        try:
            async with open_sessions() as sessions:
                await self._claim_and_send(sessions)
                await self._land()
            await self.results.join()
        finally:
            finishing.cancel()
            await self._close_threads()

    async def _claim_and_send(self, sessions: Sessions) -> None:
        begun = idle_since = time.monotonic()
        while not self.stopping:
            now = time.monotonic()
            if self.run_seconds is not None and now - begun > self.run_seconds:
                return
            messages, round_ended = await self._claim()
            for message in messages:
                self._launch(sessions, message, now)
            if messages or self.in_flight:
                idle_since = time.monotonic()
            elif self.idle_seconds is not None and now - idle_since > self.idle_seconds:
                return
            await self._pause(bool(messages), round_ended)

    async def _claim(self) -> tuple[list[Message], bool]:
        """Messages, and whether the round over all endpoints ended with them."""
        free = settings.CALLBACK_IN_FLIGHT - len(self.in_flight)
        if free <= 0:
            return [], False
        arguments = {
            "owner": self.owner,
            "wanted": min(free, 64),
            "after": self.position,
            "busy": Counter(message.endpoint_id for message in self.in_flight.values()),
            "cap": max(1, settings.CALLBACK_IN_FLIGHT_PER_ENDPOINT // settings.CALLBACK_SLOTS),
        }
        try:
            messages, position = await self._in_thread(self.claimer, claim_deliveries, arguments)
        except (DatabaseError, InterfaceError) as error:
            log.warning("Claiming callbacks failed (%s): trying again", type(error).__name__)
            await asyncio.sleep(REST_AFTER_ERROR_SECONDS)
            return [], True
        self.position = position or FIRST
        return messages, position is None

    def _launch(self, sessions: Sessions, message: Message, claimed_at: float) -> None:
        task = asyncio.create_task(self._deliver(sessions, message, claimed_at))
        self.in_flight[task] = message
        task.add_done_callback(self.in_flight.pop)

    async def _deliver(self, sessions: Sessions, message: Message, claimed_at: float) -> None:
        # A process that was stopped for a while must not send what another may have claimed since.
        left = settings.CALLBACK_LEASE_SECONDS - (time.monotonic() - claimed_at)
        if left < settings.CALLBACK_TIMEOUT_SECONDS:
            return
        outcome = await attempt(sessions, message)
        self.sent += 1
        self.results.put_nowait(decide(message, outcome))

    async def _pause(self, found: bool, round_ended: bool) -> None:
        """Go on at once in the middle of a round; else wait for a place that gets free, or for new work."""
        if not round_ended and len(self.in_flight) < settings.CALLBACK_IN_FLIGHT:
            return
        if self.in_flight:
            await asyncio.wait(self.in_flight, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(GATHER_SECONDS)
        elif not found:
            await asyncio.sleep(POLL_SECONDS)

    async def _land(self) -> None:
        while self.in_flight:
            await asyncio.wait(self.in_flight)
            await asyncio.sleep(0)

    async def _finish_all(self) -> None:
        """Write results in groups: all that came while the group before was being written."""
        while True:
            batch = [await self.results.get()]
            while not self.results.empty() and len(batch) < 256:
                batch.append(self.results.get_nowait())
            for result in await self._finish(batch):
                self.results.put_nowait(result)
            for _ in batch:
                self.results.task_done()

    async def _finish(self, batch: list[Result]) -> list[Result]:
        """Those that have to be tried again: a row was locked, or the database was away while the lease still runs."""
        try:
            settled = await self._in_thread(self.finisher, finish_deliveries, {"owner": self.owner, "results": batch})
        except (DataError, IntegrityError) as error:
            return await self._finish_singly(batch, error)
        except (DatabaseError, InterfaceError) as error:
            log.warning("Recording callbacks failed (%s): trying again", type(error).__name__)
            await asyncio.sleep(REST_AFTER_ERROR_SECONDS)
            return [result for result in batch if _is_worth_keeping(result)]
        left = [result for result in batch if result.message.delivery_id not in settled]
        if left:
            await asyncio.sleep(BUSY_ROW_SECONDS)
        return left

    async def _finish_singly(self, batch: list[Result], error: Exception) -> list[Result]:
        """One result that cannot be stored must not take the others with it; its own delivery goes out again later."""
        if len(batch) == 1:
            log.error("The outcome of delivery %s cannot be recorded: %s", batch[0].message.delivery_id, error)
            return []
        return [left for result in batch for left in await self._finish([result])]

    async def _in_thread(self, pool: ThreadPoolExecutor, call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        def run() -> Any:
            # Drops a connection that failed, so that the next try makes a new one.
            close_old_connections()
            return call(**arguments)

        return await asyncio.get_running_loop().run_in_executor(pool, run)

    async def _close_threads(self) -> None:
        for pool in (self.claimer, self.finisher):
            # A thread's connection belongs to the thread: it has to close it itself.
            await self._in_thread(pool, connections.close_all, {})
            pool.shutdown()


def _is_worth_keeping(result: Result) -> bool:
    age = time.time() - result.outcome.at.timestamp()
    return age < settings.CALLBACK_LEASE_SECONDS
