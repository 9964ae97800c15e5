"""gunicorn's threaded worker, but for who takes a new connection."""

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

# Seconds for each request under way, and for how many at most.
STEP, MOST = 0.0002, 5


class EvenWorker(ThreadWorker):
    """Gives way for a moment with each request it has under way, so that a worker with fewer is the first to accept.

    Connections are kept open, and all workers wait at one door: several that come at once went to one worker as often
    as not, and its one interpreter did all their work while another core stood idle.
    """

    def accept(self, listener: Any) -> None:
        if under_way := self.nr_conns - len(self.keepalived_conns) - len(self.pending_conns):
            time.sleep(STEP * min(under_way, MOST))
        super().accept(listener)
