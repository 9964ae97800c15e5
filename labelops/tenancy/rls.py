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
