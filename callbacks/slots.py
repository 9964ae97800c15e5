"""Places for deliverers: so many at once, each held by a session-level advisory lock that dies with its process."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
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


@contextmanager
def deliverer_slot() -> Iterator[int | None]:
    """The number of a free slot, held until the end; None where all are taken."""
    session = direct_connection()
    try:
        with session.cursor() as cursor:
            yield _take(cursor)
    finally:
        session.close()


def _take(cursor: object) -> int | None:
    for slot in range(settings.CALLBACK_SLOTS):
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, slot])
        if cursor.fetchone()[0]:
            return slot
    return None
