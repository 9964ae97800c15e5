"""Wake the deliverer after a commit, from a thread of its own: a broker that is slow or gone costs a request nothing.

A deliverer that runs hears a NOTIFY, sent here because inside of the audit's transaction it would lock every commit of
the cluster; only where none runs is the broker asked to start one. A nudge that gets lost loses nothing else: the rows
are there, and the sweep finds them.
"""

import logging
import os
import threading
from typing import Any

from celery import current_app
from django.db import close_old_connections, connection

from callbacks.slots import CHANNEL, LOCK_CLASS

log = logging.getLogger(__name__)
DRAIN = "callbacks.drain"
# Beyond this age a nudge is worth nothing: the sweep has nudged again.
EXPIRES_SECONDS = 5
# Nudges that come while one is being sent, and this long after, become one.
PAUSE_SECONDS = 0.02
# A connection to the database that nobody needs is given back.
IDLE_SECONDS = 5
# Says it to those that run, and whether any does: each holds a place by an advisory lock.
TELL = f"""
SELECT pg_notify('{CHANNEL}', ''),
       EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = {LOCK_CLASS} AND granted
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""  # noqa: S608  (constants of our own)
QUICKLY = {"socket_connect_timeout": 0.5, "socket_timeout": 1, "max_retries": 1, "interval_start": 0.1}


class _Nudger:
    """One daemon thread with one connection each to database and broker, which it drops after any error."""

    def __init__(self) -> None:
        self.wanted = threading.Event()
        self.connection: Any = None
        threading.Thread(target=self._run, name="callbacks-nudge", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            if not self.wanted.wait(IDLE_SECONDS):
                connection.close()
                self.wanted.wait()
            self.wanted.clear()
            if not is_heard():
                self._send()
            pause.wait(PAUSE_SECONDS)

    def _send(self) -> None:
        try:
            self.connection = self.connection or quick_connection()
            send_drain(self.connection)
        except Exception as error:  # whatever the broker's client may raise, it must end here
            log.warning("No nudge to the deliverer (%s): the sweep will find the callbacks", type(error).__name__)
            self._forget_connection()

    def _forget_connection(self) -> None:
        connection, self.connection = self.connection, None
        try:
            if connection is not None:
                connection.collapse()
        except Exception:  # a broken connection may break again while it closes
            log.debug("A broken connection to the broker did not close", exc_info=True)


def is_heard() -> bool:
    """Tell the deliverers that run; whether there is one. The database's own trouble is left to those who need it."""
    try:
        close_old_connections()
        with connection.cursor() as cursor:
            cursor.execute(TELL)
            return cursor.fetchone()[1]
    except Exception as error:  # whatever the database's client may raise, it must end here
        log.warning("No word to the deliverers (%s)", type(error).__name__)
        connection.close()
        return False


_nudger: _Nudger | None = None
_lock = threading.Lock()


def nudge() -> None:
    """Ask for a drain soon; returns at once and never raises."""
    global _nudger
    if _nudger is None:
        with _lock:
            _nudger = _nudger or _Nudger()
    _nudger.wanted.set()


def quick_connection() -> Any:
    """A connection to the broker that gives up within about a second instead of waiting for it."""
    options = current_app.conf.broker_transport_options or {}
    return current_app.connection_for_write(transport_options={**options, **QUICKLY})


def send_drain(connection: Any) -> None:
    current_app.send_task(DRAIN, connection=connection, expires=EXPIRES_SECONDS, ignore_result=True, retry=False)


def _forget_after_fork() -> None:
    # Threads do not survive a fork, and a lock may have been held by one of them.
    global _nudger, _lock
    _nudger, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
