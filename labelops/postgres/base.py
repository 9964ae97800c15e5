"""A kept connection is looked at before each request, without asking the server anything.

A server that was restarted has closed its side: the socket has become readable, although nobody asked a question. Only
then is it worth a statement to find out. Without this, each thread's first request after a restart fails; with Django's
own check, each request begins with a SELECT.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
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
