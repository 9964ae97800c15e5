"""The second and third tenancy lock, as one migration operation per table.

`SecureTable` gives a tenant-owned table its row-level security policy and its composite foreign keys
`(organization_id, x_id) -> (organization_id, id)`. PostgreSQL checks foreign keys past row-level security, so without
the composite key a row of one tenant could be made to point at another's.
"""

from collections.abc import Mapping

from django.db import migrations

POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table}
    USING ({column} = nullif(current_setting('labelops.organization', true), '')::uuid
           OR current_setting('labelops.scope', true) = 'system')
    WITH CHECK ({column} = nullif(current_setting('labelops.organization', true), '')::uuid
                OR current_setting('labelops.scope', true) = 'system');
"""
NO_POLICY = """
DROP POLICY tenant ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""
REFERENCE = """
ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_organization
    FOREIGN KEY (organization_id, {column}) REFERENCES {target} (organization_id, id);
"""
NO_REFERENCE = "ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_organization;"
TARGET = "ALTER TABLE {table} ADD CONSTRAINT {table}_organization_id_id UNIQUE (organization_id, id);"
NO_TARGET = "ALTER TABLE {table} DROP CONSTRAINT {table}_organization_id_id;"


_ONCE = """(organization_id = (SELECT nullif(current_setting('labelops.organization', true), '')::uuid)
           OR (SELECT current_setting('labelops.scope', true)) = 'system')"""
_EACH_TIME = """(organization_id = nullif(current_setting('labelops.organization', true), '')::uuid
           OR current_setting('labelops.scope', true) = 'system')"""


class ReadSettingsOnce(migrations.RunSQL):
    """The same policy, whose settings are read once per statement instead of once per row.

    For tables of which statements look at ten thousands of rows: there it halves what a row costs. Where they look at
    a few, it only makes each statement longer: `writes` off leaves those as they are that only write.
    """

    def __init__(self, table: str, *, writes: bool = True) -> None:
        halves = ("USING", "WITH CHECK") if writes else ("USING",)
        super().__init__(*(
            f"ALTER POLICY tenant ON {table} {' '.join(f'{half} {condition}' for half in halves)};"
            for condition in (_ONCE, _EACH_TIME)
        ))  # fmt: skip


class SecureTable(migrations.RunSQL):
    """Policy, composite foreign keys (`references`: column -> table) and, for a `referenced` table, their target."""

    def __init__(
        self,
        table: str,
        *,
        references: Mapping[str, str] | None = None,
        referenced: bool = False,
        column: str = "organization_id",
    ) -> None:
        forward, backward = [POLICY.format(table=table, column=column)], [NO_POLICY.format(table=table)]
        if referenced:
            forward.append(TARGET.format(table=table))
            backward.append(NO_TARGET.format(table=table))
        for source, target in (references or {}).items():
            forward.append(REFERENCE.format(table=table, column=source, target=target))
            backward.append(NO_REFERENCE.format(table=table, column=source))
        super().__init__("".join(forward), "".join(reversed(backward)))


NO_OWNER = """
DO $$ DECLARE name text; BEGIN
    SELECT c.conname INTO STRICT name
      FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
     WHERE c.conrelid = '{table}'::regclass AND c.contype = 'f' AND a.attname = '{column}';
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', name);
END $$;
"""
OWNER = "ALTER TABLE {table} ADD FOREIGN KEY ({column}) REFERENCES {target} (id) DEFERRABLE INITIALLY DEFERRED;"


class DropForeignKey(migrations.RunSQL):
    """Take the check of one column off a table that every verdict writes to.

    Each check locks the row it points at; where all auditors point at the same row at once, that is a queue. What the
    row belongs to is still sure: by its policy, and by its composite keys to rows that have the check.
    """

    def __init__(self, table: str, *, column: str = "organization_id", target: str = "tenancy_organization") -> None:
        super().__init__(
            NO_OWNER.format(table=table, column=column), OWNER.format(table=table, column=column, target=target)
        )
