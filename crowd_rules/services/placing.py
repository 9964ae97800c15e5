"""The order in which a pool's tasks are handed out: of creation, or of the pool's seeded shuffle."""

from uuid import UUID

from django.db import connection

from crowd_rules.models import Pool

# Of the 128 bits of a UUIDv7 the 60 that tell time; the shuffle is PostgreSQL's 64-bit hash of the id under the seed.
HEX = "replace(t.id::text, '-', '')"
CREATION = f"('x0' || left({HEX}, 12) || substr({HEX}, 14, 3))::bit(64)::bigint"
SHUFFLE = "hashtextextended(t.id::text, %(seed)s)"
TABLES = ("crowd_rules_pooltask", "crowd_rules_tasksuite")


def place_new(pool: Pool, tasks: list[UUID], suites: list[UUID] = ()) -> None:
    """Give these their turns. They count as released now, however long ago their job has begun."""
    _place(pool, dict(zip(TABLES, (tasks, list(suites)), strict=True)), ", released_at = clock_timestamp()")


def place_anew(pool: Pool) -> None:
    """All of the pool: its order was changed. Everybody begins at its head again."""
    _place(pool, dict.fromkeys(TABLES))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crowd_rules_performerpool SET cursor = NULL, exhausted_at = NULL "
            "WHERE organization_id = %s AND pool_id = %s", [pool.organization_id, pool.pk],
        )  # fmt: skip


def _place(pool: Pool, which: dict[str, list[UUID] | None], more: str = "") -> None:
    turn = CREATION if pool.keep_task_order else SHUFFLE
    with connection.cursor() as cursor:
        for table, ids in which.items():
            if ids == []:
                continue
            among = "" if ids is None else "AND t.id = ANY(%(ids)s::uuid[])"
            cursor.execute(
                f"UPDATE {table} t SET turn = {turn}{more} WHERE t.organization_id = %(organization)s "  # noqa: S608
                f"AND t.pool_id = %(pool)s {among}",
                {"seed": pool.seed, "organization": pool.organization_id, "pool": pool.pk, "ids": ids},
            )
