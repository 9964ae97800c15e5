"""gunicorn's threaded worker, but for who takes a new connection, and for a client that calls again at once."""

import select
import socket
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

# Seconds for each request under way, and for how many at most.
STEP, MOST = 0.0002, 5
# Milliseconds that a thread without other work waits on the connection that it has answered.
LINGER = 10


class EvenWorker(ThreadWorker):
    """Gives way for a moment with each request it has under way, so that a worker with fewer is the first to accept.

    Connections are kept open, and all workers wait at one door: several that come at once went to one worker as often
    as not, and its one interpreter did all their work while another core stood idle.
    """

    def accept(self, listener: Any) -> None:
        if under_way := self.nr_conns - len(self.keepalived_conns) - len(self.pending_conns):
            time.sleep(STEP * min(under_way, MOST))
        super().accept(listener)

    def handle(self, conn: Any) -> Any:
        """Answers what comes on one connection, one after the other while nothing else waits.

        Through the worker's main thread each call of a front end that waits for its answers changed threads twice: a
        tenth of what it cost.
        """
        keep = super().handle(conn)
        while keep is True and self.alive and self.tpool._work_queue.empty() and calls_again(conn.sock):
            keep = super().handle(conn)
        return keep


def calls_again(client: socket.socket) -> bool:
    """Whether something arrives in the next moment; what TLS holds back already is left to the main thread."""
    watched = select.poll()
    watched.register(client, select.POLLIN)
    return bool(watched.poll(LINGER))
