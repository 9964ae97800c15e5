"""Places for deliverers: so many at once, each held by a session-level advisory lock that dies with its process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from environ import Env

# Any constant that no other advisory lock of this database uses.
LOCK_CLASS = 0x4C_4F_43_42
# Deliverers that run listen here.
CHANNEL = "labelops_callbacks"


def direct_connection() -> BaseDatabaseWrapper:
    """A session of one's own, past a transaction pooler where DIRECT_DATABASE_URL names another way in."""
    own = connection.copy()
    direct = Env.db_url_config(settings.DIRECT_DATABASE_URL)
    for name in ("HOST", "PORT", "USER", "PASSWORD"):
        own.settings_dict[name] = direct.get(name) or own.settings_dict[name]
    return own


class Slot:
    """A place among the deliverers. `number` is None where all were taken."""

    def __init__(self, session: BaseDatabaseWrapper) -> None:
        self.session, self.number = session, None
        with session.cursor() as cursor:
            for number in range(settings.CALLBACK_SLOTS):
                cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, number])
                if cursor.fetchone()[0]:
                    self.number = number
                    return

    def release(self) -> None:
        """Another may take it; a lost connection has released it already."""
        number, self.number = self.number, None
        if number is None:
            return
        try:
            with self.session.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, number])
        except DatabaseError:
            self.session.close()


# Of runs before: making a connection takes longer than all else that a drain begins with.
_kept: list[BaseDatabaseWrapper] = []


@contextmanager
def deliverer_slot(*, keep: bool = False) -> Iterator[Slot]:
    """A place, held until the end or its `release`; `keep` keeps the connection for the process's next run."""
    session = _kept.pop() if _kept else direct_connection()
    session.close_if_unusable_or_obsolete()
    # A deliverer gives its place back from another thread.
    session.inc_thread_sharing()
    slot = Slot(session)
    try:
        yield slot
    finally:
        slot.release()
        if keep:
            _kept.append(session)
        else:
            session.close()


# A child must not speak on its parent's connections.
os.register_at_fork(after_in_child=_kept.clear)
