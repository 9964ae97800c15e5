"""The third tenancy lock of a table that is written thousands of rows at a time: checked once per statement.

PostgreSQL looks up, and locks, what a foreign key points at once for each new row: with three keys a quarter of what it
takes to import a task, and nearly always the same few rows again. These triggers look up, and lock in the same way
(FOR KEY SHARE), each of them once. So the promise is the foreign key's: who deletes what is pointed at waits for those
who point at it, and is refused then; who points at what is being deleted waits, and is refused where it is gone.

Changes of single rows are checked one by one, and only where they change what is pointed at. A transaction that does
not see what others commit beside it may delete nothing that is pointed at: it could not know.
"""

from collections.abc import Mapping

from django.db import migrations

from labelops.tenancy.rls import NO_REFERENCE, REFERENCE

# Planned while the tables were empty, a look-up would read all of them ever after.
_FUNCTION = "RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$"
_LOOK = """
        PERFORM FROM {target} t WHERE t.organization_id = {row}.organization_id AND t.id = {row}.{id} FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE foreign_key_violation USING TABLE = '{table}', CONSTRAINT = '{table}_{column}_same_organization',
                MESSAGE = 'a row of {table} violates {table}_{column}_same_organization',
                DETAIL = format('%s is no row of {target} in its organization.', {row}.{id});
        END IF;"""
_EACH_NEW = """
    FOR one IN SELECT DISTINCT f.organization_id, f.{column} AS id FROM fresh f WHERE f.{column} IS NOT NULL LOOP{look}
    END LOOP;"""
_CHANGED = """
    IF NEW.{column} IS NOT NULL
       AND (NEW.organization_id, NEW.{column}) IS DISTINCT FROM (OLD.organization_id, OLD.{column}) THEN{look}
    END IF;"""
_CHECKS = """
CREATE FUNCTION {table}_new_rows_point_inside() {function}
DECLARE
    one record;
BEGIN{each_new}
    RETURN NULL;
END $$;
CREATE TRIGGER new_rows_point_inside AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_new_rows_point_inside();
CREATE FUNCTION {table}_changed_row_points_inside() {function}
BEGIN{changed}
    RETURN NULL;
END $$;
CREATE TRIGGER changed_row_points_inside AFTER UPDATE OF organization_id, {columns} ON {table} FOR EACH ROW
    WHEN ((OLD.organization_id, {old}) IS DISTINCT FROM (NEW.organization_id, {new}))
    EXECUTE FUNCTION {table}_changed_row_points_inside();
"""
_NO_CHECKS = """
DROP TRIGGER changed_row_points_inside ON {table};
DROP FUNCTION {table}_changed_row_points_inside;
DROP TRIGGER new_rows_point_inside ON {table};
DROP FUNCTION {table}_new_rows_point_inside;
"""
_KEPT = """
CREATE FUNCTION {table}_{column}_is_kept() {function}
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE feature_not_supported USING MESSAGE = 'rows of {target} are deleted in READ COMMITTED only';
    END IF;
    IF EXISTS (SELECT FROM {table} t WHERE t.organization_id = OLD.organization_id AND t.{column} = OLD.id) THEN
        RAISE foreign_key_violation USING TABLE = '{table}', CONSTRAINT = '{table}_{column}_same_organization',
            MESSAGE = 'rows of {table} still point at the row of {target}: {table}_{column}_same_organization',
            DETAIL = format('%s is still pointed at.', OLD.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_{column}_is_kept AFTER DELETE ON {target}
    FOR EACH ROW EXECUTE FUNCTION {table}_{column}_is_kept();
CREATE TRIGGER {table}_{column}_stays AFTER UPDATE OF organization_id, id ON {target} FOR EACH ROW
    WHEN ((OLD.organization_id, OLD.id) IS DISTINCT FROM (NEW.organization_id, NEW.id))
    EXECUTE FUNCTION {table}_{column}_is_kept();
"""
_NOT_KEPT = """
DROP TRIGGER {table}_{column}_stays ON {target};
DROP TRIGGER {table}_{column}_is_kept ON {target};
DROP FUNCTION {table}_{column}_is_kept;
"""


class CheckReferencesByStatement(migrations.RunSQL):
    """Triggers for the composite foreign keys of `SecureTable` (`references`: column -> table), which they replace."""

    def __init__(self, table: str, *, references: Mapping[str, str]) -> None:
        self.table, self.references = table, references
        forward = self._of_each(NO_REFERENCE) + self._checks() + self._of_each(_KEPT)
        backward = self._of_each(_NOT_KEPT) + _NO_CHECKS.format(table=table) + self._of_each(REFERENCE)
        super().__init__(forward, backward)

    def _of_each(self, text: str) -> str:
        return "".join(
            text.format(table=self.table, column=column, target=target, function=_FUNCTION)
            for column, target in self.references.items()
        )

    def _checks(self) -> str:
        return _CHECKS.format(
            table=self.table, function=_FUNCTION, columns=", ".join(self.references),
            each_new=self._looks(_EACH_NEW, row="one", id="id"), changed=self._looks(_CHANGED, row="NEW"),
            **{name: ", ".join(f"{name.upper()}.{column}" for column in self.references) for name in ("old", "new")},
        )  # fmt: skip

    def _looks(self, around: str, *, row: str, id: str = "") -> str:
        return "".join(
            around.format(
                column=column,
                look=_LOOK.format(table=self.table, column=column, target=target, row=row, id=id or column),
            )
            for column, target in self.references.items()
        )
