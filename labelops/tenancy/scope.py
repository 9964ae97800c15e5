"""Row-level security's context. Both settings live in one transaction only, so a pooled connection carries nothing on."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

# Who may see every organization's rows, and why. A test compares this list with the callers.
SYSTEM_SCOPE_REASONS = frozenset(
    {
        "look up an invitation",
        "list a person's organizations",
        "create an organization",
        "command line",
        "deliver callbacks",
        "sweep",
        "health",
    }
)


@contextmanager
def organization_scope(organization_id: UUID) -> Iterator[None]:
    """A transaction in which exactly this organization's rows exist. For jobs, commands and streamed answers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('labelops.organization', %s, true)", [str(organization_id)])
        yield


@contextmanager
def system_scope(reason: str) -> Iterator[None]:
    """Every organization's rows, for one of the reasons named above; the scope before it comes back at the end."""
    if reason not in SYSTEM_SCOPE_REASONS:
        raise ValueError(f"“{reason}” is no allowed reason for the system scope")
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('labelops.scope', true), set_config('labelops.scope', 'system', true)")
        before = cursor.fetchone()[0] or ""
        yield
        # Not in a `finally`: after an error the transaction is lost, and its settings with it.
        cursor.execute("SELECT set_config('labelops.scope', %s, true)", [before])
