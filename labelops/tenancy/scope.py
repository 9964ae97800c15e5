"""Row-level security's context. Both settings live in one transaction only, so a pooled connection keeps nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# Who may see every organization's rows, and why. A test compares this list with the callers.
SYSTEM_SCOPE_REASONS = frozenset(
    {
        "look up an invitation",
        "list a person's organizations",
        "create an organization",
        "live and test mode alike",
        "command line",
        "deliver callbacks",
        "sweep",
        "health",
    }
)


@contextmanager
def organization_scope(organization_id: UUID) -> Iterator[None]:
    """A transaction in which exactly this organization's rows exist. For jobs, commands and streamed answers.

    Inside another transaction the scope before it comes back at the end.
    """
    with _setting("labelops.organization", str(organization_id)):
        yield


@contextmanager
def system_scope(reason: str) -> Iterator[None]:
    """Every organization's rows, for one of the reasons named above; the scope before it comes back at the end."""
    if reason not in SYSTEM_SCOPE_REASONS:
        raise ValueError(f"“{reason}” is no allowed reason for the system scope")
    with _setting("labelops.scope", "system"):
        yield


def ask_in_system_scope(reason: str, query: str, arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of one statement in a transaction of its own with the system scope; all of it one round trip.

    Outside of a transaction only: the server ends this one with the statement.
    """
    if reason not in SYSTEM_SCOPE_REASONS:
        raise ValueError(f"“{reason}” is no allowed reason for the system scope")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT set_config('labelops.scope', 'system', true); {query}", arguments)
        return cursor.fetchall()


def ask_in_organization_scope(
    organization_id: UUID, query: str, arguments: Mapping[str, Any], *, using: BaseDatabaseWrapper
) -> list[tuple[Any, ...]]:
    """The rows of one statement (with arguments by name), as above; by a connection that is in no transaction."""
    with using.cursor() as cursor:
        cursor.execute(
            f"SELECT set_config('labelops.organization', %(organization)s, true); {query}",
            {**arguments, "organization": str(organization_id)},
        )
        return cursor.fetchall()


@contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    nested = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true), set_config(%s, %s, true)", [name, name, value])
        before = cursor.fetchone()[0] or ""
        yield
        # Not in a `finally`: after an error the savepoint is rolled back, and the setting with it.
        if nested:
            cursor.execute("SELECT set_config(%s, %s, true)", [name, before])
