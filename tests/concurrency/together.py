"""Runs callables at the same moment, each in a thread with its own database connection."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections


def run_together(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each action returned, or the exception it raised, in order; they start together at a barrier."""
    start, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(place: int, action: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=10)
            results[place] = action()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results
