"""Records what came of attempts: in groups, and however long the database is away while the leases live."""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from uuid import UUID

from django.db import DatabaseError, DataError, IntegrityError, InterfaceError

from callbacks.leases import count_attempts, finish_deliveries, lease_seconds, note_health
from callbacks.messages import HealthNote, Result
from callbacks.metrics import BUCKETS
from callbacks.threads import DatabaseThread

log = logging.getLogger(__name__)
# After the first result wait so long for more: fewer and fuller statements.
GATHER_SECONDS = 0.003
MOST_IN_A_GROUP = 256
REST_AFTER_ERROR_SECONDS = 0.5
BUSY_ROW_SECONDS = 0.01
# How endpoints in good health have answered is written so often.
HEALTH_SECONDS = 1.0


class Finisher:
    """Takes results by `add` and writes them; `drain` returns when all are settled or their leases are gone."""

    def __init__(self, owner: UUID, on_settled: Callable[[], None], *, keep: bool = False) -> None:
        self.owner, self.on_settled = owner, on_settled
        # Results that are not recorded yet, of each organization.
        self.unsettled: Counter[str] = Counter()
        self.results: asyncio.Queue[Result] = asyncio.Queue()
        self.thread = DatabaseThread("callbacks-finish", keep=keep)
        self.notes: dict[str, HealthNote] = defaultdict(HealthNote)
        self.counts: Counter[str] = Counter()
        self.noted_at = time.monotonic()
        self.task = asyncio.create_task(self._run())

    def add(self, result: Result) -> None:
        self.unsettled[result.message.target.organization_id] += 1
        self.results.put_nowait(result)

    async def drain(self) -> None:
        await self.results.join()
        await self._write_notes(self._ripe_notes(at_once=True))

    async def close(self) -> None:
        self.task.cancel()
        await self.thread.close()

    async def _run(self) -> None:
        while True:
            batch = await self._next_group()
            left = await self._finish(batch) if batch else []
            kept = Counter(result.message.target.organization_id for result in left)
            self.unsettled -= Counter(result.message.target.organization_id for result in batch) - kept
            if batch:
                # Places got free, and successors became heads.
                self.on_settled()
            for result in left:
                self.results.put_nowait(result)
            for _ in batch:
                self.results.task_done()
            await self._write_notes(self._ripe_notes())

    async def _next_group(self) -> list[Result]:
        """What has come; nothing where nothing comes for a moment."""
        try:
            batch = [await asyncio.wait_for(self.results.get(), HEALTH_SECONDS)]
        except TimeoutError:
            return []
        await asyncio.sleep(GATHER_SECONDS)
        while not self.results.empty() and len(batch) < MOST_IN_A_GROUP:
            batch.append(self.results.get_nowait())
        return batch

    async def _finish(self, batch: list[Result]) -> list[Result]:
        """Those that have to be tried again: a row was locked, or the database was away while the lease still runs."""
        try:
            settled = await self.thread.call(finish_deliveries, owner=self.owner, results=batch)
        except (DataError, IntegrityError, ValueError, TypeError) as error:
            return await self._finish_singly(batch, error)
        except (DatabaseError, InterfaceError) as error:
            log.warning("Recording callbacks failed (%s): trying again", type(error).__name__)
            await asyncio.sleep(REST_AFTER_ERROR_SECONDS)
            return [result for result in batch if _is_worth_keeping(result)]
        left = [result for result in batch if result.message.delivery_id not in settled]
        await self._note([result for result in batch if settled.get(result.message.delivery_id)])
        if left:
            await asyncio.sleep(BUSY_ROW_SECONDS)
        return left

    async def _finish_singly(self, batch: list[Result], error: Exception) -> list[Result]:
        """One result that cannot be stored must not take the others with it; its own delivery goes out again later."""
        if len(batch) == 1:
            log.error("The outcome of delivery %s cannot be recorded: %s", batch[0].message.delivery_id, error)
            return []
        return [left for result in batch for left in await self._finish([result])]

    async def _note(self, written: list[Result]) -> None:
        """At once where an endpoint fails, or recovers; else with the next group after a while."""
        for result in written:
            self._count(result)
            self.notes[result.message.target.endpoint_id].add(result)
        urgent = [key for key, note in self.notes.items() if note.is_urgent]
        await self._write_notes({key: self.notes.pop(key) for key in urgent})

    async def _write_notes(self, notes: dict[str, HealthNote]) -> None:
        """Not worth a second try: it must never stand in the way of what was sent."""
        if not notes:
            return
        counts, self.counts = self.counts, Counter()
        try:
            await self.thread.call(note_health, notes=notes)
            await self.thread.call(count_attempts, counts=counts)
        except (DatabaseError, InterfaceError) as error:
            log.warning("The health of %s endpoints was not recorded: %s", len(notes), error)

    def _count(self, result: Result) -> None:
        outcome = result.outcome
        self.counts[f"attempts:{outcome.error or 'success'}"] += 1
        self.counts[f"seconds:{next(limit for limit in BUCKETS if outcome.seconds <= limit)}"] += 1
        self.counts["seconds:sum"] += outcome.seconds
        if result.status == "dead":
            self.counts["dead"] += 1

    def _ripe_notes(self, *, at_once: bool = False) -> dict[str, HealthNote]:
        if not at_once and time.monotonic() - self.noted_at < HEALTH_SECONDS:
            return {}
        notes, self.notes, self.noted_at = dict(self.notes), defaultdict(HealthNote), time.monotonic()
        return notes


def _is_worth_keeping(result: Result) -> bool:
    return time.monotonic() - result.made_at < lease_seconds(result.message.target)
