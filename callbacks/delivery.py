"""The deliverer: claims due deliveries, sends them side by side, records what came of it; no transaction during HTTP.

One event loop sends; the database is spoken to by two threads, one that claims and one that finishes, so that the loop
never waits for it. Whatever dies here, the leases run out and the rows are claimed again.
"""

import asyncio
import gc
import logging
import os
import resource
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from callbacks.finishing import REST_AFTER_ERROR_SECONDS, Finisher
from callbacks.leases import FIRST, Room, claim_deliveries, decide, feed_replays, lease_seconds
from callbacks.listening import Listener
from callbacks.messages import Message
from callbacks.sender import attempt
from callbacks.sessions import Sessions, open_sessions
from callbacks.threads import DatabaseThread

log = logging.getLogger(__name__)
# How often to look for what is due: while it listens, and where it cannot.
LISTENING_POLL_SECONDS = 0.25
POLL_SECONDS = 0.05
# While callbacks are under way, wait so long for more places before the next claim: fewer and fuller statements.
GATHER_SECONDS = 0.003
MOST_IN_A_CLAIM = 128
# Replays go behind what is new: few at once, put into the queue a portion at a time.
REPLAYS_IN_FLIGHT = 8
REPLAY_PORTION = 500
REPLAY_SECONDS = 0.5
# Beyond what one organization may take, this part of it is there for the others.
RESERVE = 4
# Where an organization has this part of what it may have, so often is looked whether others have something due.
NEARLY = 0.75
LOOK_AROUND_SECONDS = 0.05
# After so many claims in vain, of many endpoints each, a rest after each further one.
LONG_CIRCLE = 4
REST_AFTER_CLAIM_SECONDS = 0.06


def spare_descriptors() -> int:
    """How many more files and sockets this process may open, less a few for names and logs."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        taken = len(os.listdir("/proc/self/fd"))
    except OSError:
        taken = 64
    return max(8, allowed - taken - 16)


def ensure_connection() -> None:
    """In the thread that calls it."""
    connection.ensure_connection()


@dataclass
class Deliverer:
    """One run. `idle_seconds` without work or `run_seconds` in all end it (None: never); so does `stop`.

    `on_landing` is called when it claims no more: what is under way may take its time, and another may begin.
    `keep_connections` leaves them to the process's next run.
    """

    idle_seconds: float | None = 1.5
    run_seconds: float | None = 25.0
    on_landing: Callable[[], None] = lambda: None
    keep_connections: bool = False
    owner: UUID = field(default_factory=uuid4)
    sent: int = 0
    stopping: bool = False

    def stop(self) -> None:
        """Claim no more; what is under way is finished. Safe to call from the event loop's thread."""
        self.stopping = True

    def run(self) -> int:
        """Deliver until done; returns how many attempts were made."""
        # What the process has loaded is not looked through for garbage while it sends: that took a fifth of its time.
        gc.freeze()
        try:
            asyncio.run(self._run())
        finally:
            gc.unfreeze()
        return self.sent

    async def _run(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.busy: Counter[str] = Counter()
        self.replays = 0
        # What one organization may have under way, and all together: whatever one fills, there is room for the others.
        self.share = settings.CALLBACK_IN_FLIGHT
        self.limit = self.share + self.share // RESERVE
        self.crowd: Counter[str] = Counter()
        # For all that are under way, and for look-ups that hang on after their time is over.
        resolvers = ThreadPoolExecutor(2 * self.limit, "callbacks-resolve")
        asyncio.get_running_loop().set_default_executor(resolvers)
        self.warned = False
        # What is due goes first, also at the beginning.
        self.fed_at = time.monotonic()
        self.position = self.beyond = FIRST
        self.claims_in_vain, self.looked_around_at = 0, float("-inf")
        self.something_happened = asyncio.Event()
        self.listener = Listener(self.something_happened.set)
        self.claimer = DatabaseThread("callbacks-claim", keep=self.keep_connections)
        self.finisher = Finisher(self.owner, self.something_happened.set, keep=self.keep_connections)
        try:
            # Before the receivers' sockets: what was sent must find a way to be recorded.
            await self._connect()
            self.limit = min(self.limit, spare_descriptors() // 2)
            async with open_sessions(most=spare_descriptors() // 2) as sessions:
                await self._claim_and_send(sessions)
                await self.claimer.call(self.on_landing)
                await self._land()
            await self.finisher.drain()
        finally:
            await self.listener.end()
            await self.finisher.close()
            await self.claimer.close()

    async def _connect(self) -> None:
        for thread in (self.claimer, self.finisher.thread):
            try:
                await thread.call(ensure_connection)
            except DatabaseError as error:
                log.warning("The database is away (%s)", type(error).__name__)

    async def _claim_and_send(self, sessions: Sessions) -> None:
        begun = idle_since = time.monotonic()
        while not self.stopping:
            now = time.monotonic()
            if self.run_seconds is not None and now - begun > self.run_seconds:
                return
            self.listener.keep_on()
            self.something_happened.clear()
            messages, is_more = await self._claim()
            for message in messages:
                self._launch(sessions, message, now)
            if messages or self.tasks:
                idle_since = time.monotonic()
            elif self.idle_seconds is not None and now - idle_since > self.idle_seconds:
                return
            if not is_more:
                await self._pause()

    async def _claim(self) -> tuple[list[Message], bool]:
        """Messages, and whether there may be more at once."""
        try:
            await self._feed()
            return await self._look_around() or await self._take_turns()
        except (DatabaseError, InterfaceError) as error:
            log.warning("Claiming callbacks failed (%s): trying again", type(error).__name__)
            await asyncio.sleep(REST_AFTER_ERROR_SECONDS)
            return [], False

    async def _take_turns(self) -> tuple[list[Message], bool]:
        """Endpoint after endpoint, and each organization's go on where its share was used up before."""
        # No more than one that is at work may take: a claim ends where that is found.
        crowd = self._crowd()
        room = self._room(crowd, self._share() - min(crowd.values(), default=0))
        if room.wanted <= 0:
            return [], False
        messages, reached, passed = await self._ask(self.position, room)
        self.claims_in_vain = 0 if messages else self.claims_in_vain + 1
        if len(messages) >= room.wanted:
            self.position = reached or self.position
            return messages, True
        self.position = passed or reached or self.position
        if self.claims_in_vain > LONG_CIRCLE:
            # Many endpoints have something due and may have nothing now: the next look can wait.
            await asyncio.sleep(REST_AFTER_CLAIM_SECONDS)
        return messages, reached is not None and passed is None

    async def _look_around(self) -> tuple[list[Message], bool] | None:
        """While some have nearly all they may have, now and then what is due to the others; on a way of its own."""
        share, crowd = self._share(), self._crowd()
        full = {key: share for key, number in crowd.items() if number >= NEARLY * share}
        if not full or time.monotonic() - self.looked_around_at < LOOK_AROUND_SECONDS:
            return None
        self.looked_around_at = time.monotonic()
        room = self._room(Counter({**crowd, **full}), MOST_IN_A_CLAIM)
        if room.wanted <= 0:
            return None
        messages, reached, _ = await self._ask(self.beyond, room)
        self.beyond = reached or self.beyond
        return (messages, True) if messages else None

    async def _ask(self, after: str, room: Room) -> tuple[list[Message], str | None, str | None]:
        return await self.claimer.call(claim_deliveries, owner=self.owner, after=after, room=room)

    def _room(self, crowd: Counter[str], wanted: int) -> Room:
        wanted = min(wanted, self.limit - self._under_way(), MOST_IN_A_CLAIM)
        return Room(wanted, max(0, REPLAYS_IN_FLIGHT - self.replays), dict(self.busy), self._share(), crowd)

    def _share(self) -> int:
        return min(self.share, self.limit)

    def _crowd(self) -> Counter[str]:
        """What each has under way; also what is not recorded yet, because a crash now would send it once more."""
        return self.crowd + self.finisher.unsettled

    def _under_way(self) -> int:
        return len(self.tasks) + self.finisher.unsettled.total()

    async def _feed(self) -> None:
        if time.monotonic() - self.fed_at < REPLAY_SECONDS:
            return
        self.fed_at = time.monotonic()
        await self.claimer.call(feed_replays, portion=REPLAY_PORTION)

    def _launch(self, sessions: Sessions, message: Message, claimed_at: float) -> None:
        self.busy[message.target.endpoint_id] += 1
        self.crowd[message.target.organization_id] += 1
        self.replays += message.priority == 2
        task = asyncio.create_task(self._deliver(sessions, message, claimed_at))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _deliver(self, sessions: Sessions, message: Message, claimed_at: float) -> None:
        target = message.target
        try:
            # Too late to be sure that nobody else sends it meanwhile: whoever claims it next sends it.
            left = lease_seconds(target) - (time.monotonic() - claimed_at)
            if left >= (target.timeout or settings.CALLBACK_TIMEOUT_SECONDS):
                outcome = await attempt(sessions, message)
                if outcome.error == "local":
                    self._take_less(outcome.detail)
                    return
                self.sent += 1
                self.finisher.add(decide(message, outcome))
        finally:
            self.busy[target.endpoint_id] -= 1
            if not self.busy[target.endpoint_id]:
                del self.busy[target.endpoint_id]
            self.crowd[target.organization_id] -= 1
            self.replays -= message.priority == 2
            self.something_happened.set()

    def _take_less(self, why: str) -> None:
        """Out of sockets: no attempt was made. Its lease runs out, and then there are fewer at once."""
        self.limit = max(4, self.limit - 1)
        if not self.warned:
            log.warning("Fewer callbacks at once from now on: %s", why)
        self.warned = True

    async def _pause(self) -> None:
        """Until a place gets free, or new work has come."""
        is_busy = self._under_way() > 0
        patience = LISTENING_POLL_SECONDS if self.listener.is_on else POLL_SECONDS
        if self._under_way() >= NEARLY * self._share():
            patience = LOOK_AROUND_SECONDS
        try:
            async with asyncio.timeout(patience):
                await self.something_happened.wait()
        except TimeoutError:
            return
        if is_busy:
            await asyncio.sleep(GATHER_SECONDS)

    async def _land(self) -> None:
        while self.tasks:
            await asyncio.wait(self.tasks)
            await asyncio.sleep(0)
