"""Some of psycopg2's habits, each of which costs a round trip, are left out.

A kept connection is looked at before each request, without asking the server anything. A server that was restarted has
closed its side: the socket has become readable, although nobody asked a question. Only then is it worth a statement to
find out. Without this, each thread's first request after a restart fails; with Django's own check, each request begins
with a SELECT.

And a transaction begins in one message with its first statement; psycopg2 sends BEGIN by itself and waits. In the same
way a statement whose answer nobody waits for (`Later`) travels with the next one, or with COMMIT.
"""

import select
from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base
from psycopg2 import extensions

IDLE = extensions.TRANSACTION_STATUS_IDLE


class Later(str):
    """A statement of a transaction that has no answer: it is sent with the next one, in its place among them.

    What it raises is raised by the one it travels with, COMMIT among them; ROLLBACK leaves it behind.
    """


class Connection(extensions.connection):
    """For psycopg2 it commits each statement; where it should not, its cursors begin and it ends the transaction."""

    has_transactions = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: list[bytes] = []

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self.waiting.clear()
        self._end("ROLLBACK")

    def _end(self, word: str) -> None:
        if self.closed or self.waiting or self.get_transaction_status() != IDLE:
            with extensions.connection.cursor(self, cursor_factory=extensions.cursor) as plain:
                plain.execute(self.taken_along(word.encode()))

    def must_begin(self) -> bool:
        return self.has_transactions and self.get_transaction_status() == IDLE

    def taken_along(self, statement: bytes) -> bytes:
        """The statement behind what has to be sent before it."""
        first = [b"BEGIN"] if self.must_begin() else []
        statements, self.waiting = [*first, *self.waiting, statement], []
        return b";".join(statements)


class Cursor(extensions.cursor):
    def execute(self, query: Any, vars: Any = None) -> None:
        if isinstance(query, Later) and self.connection.has_transactions:
            self.connection.waiting.append(self.mogrify(str(query), vars))
            return
        if self.connection.waiting and isinstance(query, str) and query.startswith("ROLLBACK TO"):
            self.connection.waiting.clear()
        if self.connection.waiting or self.connection.must_begin():
            # A cursor with a name puts its own words before the query.
            if self.name is None and isinstance(query, str):
                query, vars = self.connection.taken_along(self.mogrify(query, vars)), None
            else:
                self._begin()
        super().execute(query, vars)

    def _begin(self) -> None:
        if self.connection.waiting or self.connection.must_begin():
            with extensions.connection.cursor(self.connection, cursor_factory=extensions.cursor) as plain:
                plain.execute(self.connection.taken_along(b""))


def _beginning(name: str) -> Callable[..., Any]:
    plain = getattr(extensions.cursor, name)

    def begin_and_call(self: Cursor, *args: Any, **kwargs: Any) -> Any:
        self._begin()
        return plain(self, *args, **kwargs)

    return begin_and_call


for _name in ("executemany", "callproc", "copy_expert", "copy_from", "copy_to"):
    setattr(Cursor, _name, _beginning(_name))


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "connection_factory": Connection, "cursor_factory": Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        made = super().get_new_connection(conn_params)
        made.autocommit = True
        return made

    def _set_autocommit(self, autocommit: bool) -> None:
        self.connection.has_transactions = not autocommit

    def is_usable(self) -> bool:
        """Whether the connection may be used for the next request."""
        if self.connection is None or self.connection.closed:
            return False
        # After an error silence proves nothing.
        return (not self.errors_occurred and self._is_silent()) or super().is_usable()

    def _is_silent(self) -> bool:
        watched = select.poll()
        watched.register(self.connection.fileno(), select.POLLIN)
        return not watched.poll(0)
