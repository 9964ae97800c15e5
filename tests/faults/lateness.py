"""How late this machine is by itself: where others work on it too, no deadline is kept better than its clock's."""

import threading
import time
from typing import Any

STEP = 0.02


class Lateness:
    """While it is open, `worst` is by how many seconds a short sleep has overslept at most."""

    def __enter__(self) -> "Lateness":
        self.worst, self.over = 0.0, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.over.set()
        self.thread.join()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self.over.wait(STEP):
            now = time.monotonic()
            self.worst, before = max(self.worst, now - before - STEP), now
