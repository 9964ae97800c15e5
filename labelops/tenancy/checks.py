"""What must hold before this server serves: the database role is bound by row-level security, settings are safe."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import connection


@register(Tags.database)
def role_is_bound_by_policies(databases: list[str] | None = None, **kwargs: Any) -> list[Error]:
    if not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        superuser, bypass = cursor.fetchone()
    if not (superuser or bypass):
        return []
    hint = (
        "Make a plain role that owns the database: CREATE ROLE labelops LOGIN NOSUPERUSER NOBYPASSRLS; "
        "see docs/operations.md."
    )
    return [
        Error(
            "The database role is a superuser or has BYPASSRLS: row-level security would not bind it.",
            hint=hint,
            id="labelops.E001",
        )
    ]


# Under --deploy, since `migrate` runs the others while its tables are still half made.
@register(Tags.database, deploy=True)
def tenant_tables_are_secured(databases: list[str] | None = None, **kwargs: Any) -> list[Error]:
    if not databases:
        return []
    return [
        Error(f"Table {table} has an organization but no forced row-level security policy.", id="labelops.E002")
        for table in unsecured_tables()
    ]


def unsecured_tables() -> list[str]:
    """Tables with a column `organization_id` that lack ENABLE, FORCE or a policy."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
            WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
              AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                       AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
            ORDER BY 1
            """
        )
        return [name for (name,) in cursor.fetchall()]


@register(Tags.security, deploy=True)
def hosts_are_named(**kwargs: Any) -> list[Warning]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [Warning("ALLOWED_HOSTS has “*”: name the hosts that this server answers for.", id="labelops.W001")]
