"""Signals become an exception at the next safe point, so that no child is ever started and forgotten."""

import signal
import time

from labelops.embedded.errors import CannotStart, StopRequested

STEP = 0.05


class Stop:
    """Notes SIGINT, SIGTERM and SIGHUP; whoever waits does it here."""

    def __init__(self):
        self.signal: int | None = None

    @classmethod
    def listening(cls) -> "Stop":
        stop = cls()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop.note)
        return stop

    def note(self, number, _frame) -> None:
        self.signal = number

    def check(self) -> None:
        """Raises StopRequested once a signal has come."""
        if self.signal is not None:
            raise StopRequested

    def pause(self, seconds: float = STEP) -> None:
        """Sleeps, in steps: a signal's handler does not end a sleep early."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, STEP))
        self.check()

    def wait_until(self, holds, *, seconds: float, failure: str) -> None:
        """Returns when `holds()` is true; raises CannotStart(failure) after `seconds`."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise CannotStart(failure)
            self.pause(STEP)
