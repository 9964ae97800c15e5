"""A few threads of each web worker for what is short and comes all day.

Sixteen clients that call at once have sixteen threads, each with a server process of the database behind it; they take
the two processors from one another in the middle of their work, and each finds its caches taken. In a few hands the same
work is done one piece after the other, over a few connections that stay warm. Who waits here waits anyway.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Hands:
    """`number` threads, made with the first work: after the worker was forked."""

    def __init__(self, number: int) -> None:
        self.pool = ThreadPoolExecutor(number, thread_name_prefix="hand")

    def do(self, work: Callable[..., Any], *given: Any) -> Any:
        return self.pool.submit(work, *given).result()
