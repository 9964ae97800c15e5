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

    kept, not_kept = _KEPT, _NOT_KEPT

    def __init__(self, table: str, *, references: Mapping[str, str]) -> None:
        self.table, self.references = table, references
        forward = self._of_each(NO_REFERENCE) + self._checks() + self._of_each(self.kept)
        backward = self._of_each(self.not_kept) + _NO_CHECKS.format(table=table) + self._of_each(REFERENCE)
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
            **self._sides(),
        )  # fmt: skip

    def _sides(self) -> dict[str, str]:
        return {name: ", ".join(f"{name.upper()}.{column}" for column in self.references) for name in ("old", "new")}

    def _looks(self, around: str, *, row: str, id: str = "") -> str:
        return "".join(
            around.format(
                column=column,
                look=_LOOK.format(table=self.table, column=column, target=target, row=row, id=id or column),
            )
            for column, target in self.references.items()
        )


_WRONG = """
               WHEN f.{column} IS NOT NULL
                AND (SELECT t.id FROM {target} t
                      WHERE t.organization_id IS NOT DISTINCT FROM f.organization_id AND t.id = f.{column}) IS NULL
               THEN '{column}'"""
_REFUSED = """
    IF wrong IS NOT NULL THEN
        RAISE foreign_key_violation USING TABLE = '{table}', CONSTRAINT = '{table}_' || wrong || '_same_organization',
            MESSAGE = 'a row of {table} violates {table}_' || wrong || '_same_organization';
    END IF;
    RETURN NULL;
END $$;"""
_LOOKS = """
CREATE FUNCTION {table}_new_rows_point_inside() {function}
DECLARE
    wrong text;
BEGIN
    -- Each by its key alone, whatever the planner knew of the tables.
    SELECT max(CASE{wrong} END) INTO wrong FROM fresh f;{refused}
CREATE TRIGGER new_rows_point_inside AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_new_rows_point_inside();
CREATE FUNCTION {table}_changed_row_points_inside() {function}
DECLARE
    wrong text;
BEGIN
    SELECT CASE{wrong} END INTO wrong FROM (SELECT NEW.*) f;{refused}
CREATE TRIGGER changed_row_points_inside AFTER UPDATE OF organization_id, {columns} ON {table} FOR EACH ROW
    WHEN ((OLD.organization_id, {old}) IS DISTINCT FROM (NEW.organization_id, {new}))
    EXECUTE FUNCTION {table}_changed_row_points_inside();
"""
_KEPT_BY_TABLE = """
CREATE FUNCTION {table}_{column}_is_kept() {function}
BEGIN
    IF NOT EXISTS (SELECT FROM gone) THEN RETURN NULL; END IF;
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE feature_not_supported USING MESSAGE = 'rows of {target} are deleted in READ COMMITTED only';
    END IF;
    -- Waits for those who write there, and lets nobody begin.
    LOCK TABLE {table} IN SHARE MODE;
    IF EXISTS (SELECT FROM gone g JOIN {table} t ON t.organization_id = g.organization_id AND t.{column} = g.id) THEN
        RAISE foreign_key_violation USING TABLE = '{table}', CONSTRAINT = '{table}_{column}_same_organization',
            MESSAGE = 'rows of {table} still point at a row of {target}: {table}_{column}_same_organization';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_{column}_is_kept AFTER DELETE ON {target} REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_{column}_is_kept();
CREATE FUNCTION {table}_{column}_keeps_its_id() {function}
BEGIN
    RAISE foreign_key_violation USING TABLE = '{table}', CONSTRAINT = '{table}_{column}_same_organization',
        MESSAGE = 'rows of {target} keep their id: {table}_{column}_same_organization';
END $$;
CREATE TRIGGER {table}_{column}_stays AFTER UPDATE OF organization_id, id ON {target} FOR EACH ROW
    WHEN ((OLD.organization_id, OLD.id) IS DISTINCT FROM (NEW.organization_id, NEW.id))
    EXECUTE FUNCTION {table}_{column}_keeps_its_id();
"""


class CheckReferencesWithoutLocks(CheckReferencesByStatement):
    """The same promise, for what is written all day and points at what is as good as never deleted.

    Nobody who writes locks what they point at: a pool is pointed at by all of its performers at once, and each lock on
    its row wrote to it. Who deletes there waits for all who write to the table at that moment, and they for them; an id
    there is never changed.
    """

    kept = _KEPT_BY_TABLE
    not_kept = _NOT_KEPT + "DROP FUNCTION {table}_{column}_keeps_its_id;"

    def _checks(self) -> str:
        wrong = "".join(_WRONG.format(column=column, target=target) for column, target in self.references.items())
        return _LOOKS.format(
            table=self.table, function=_FUNCTION, wrong=wrong, refused=_REFUSED.format(table=self.table),
            columns=", ".join(self.references), **self._sides(),
        )  # fmt: skip
