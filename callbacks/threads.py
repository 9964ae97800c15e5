"""A thread with a database connection of its own, so that the event loop never waits for the database."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import close_old_connections, connections

_kept: dict[str, ThreadPoolExecutor] = {}


class DatabaseThread:
    def __init__(self, name: str, *, keep: bool = False) -> None:
        """`keep` leaves thread and connection to the process's next run."""
        self.keep = keep
        self.pool = (_kept.pop(name, None) if keep else None) or ThreadPoolExecutor(1, name)
        self.name = name

    async def call(self, function: Callable[..., Any], **arguments: Any) -> Any:
        def run() -> Any:
            # Drops a connection that failed, so that the next try makes a new one.
            close_old_connections()
            return function(**arguments)

        return await asyncio.get_running_loop().run_in_executor(self.pool, run)

    async def close(self) -> None:
        if self.keep:
            _kept[self.name] = self.pool
            return
        # A thread's connection belongs to the thread: it has to close it itself.
        await self.call(connections.close_all)
        self.pool.shutdown()


# Threads do not survive a fork.
os.register_at_fork(after_in_child=_kept.clear)
