"""The tables that each verdict writes to lose the checks on who did it: four of the same person in one transaction.

Who they are is read from a membership in the same transaction, and nothing in the product deletes a person. Whoever does
it by hand is refused, as before, while one of these rows names that person.
"""

from django.db import migrations

from labelops.tenancy.rls import DropForeignKey

NAMED = {"audits_audit": "auditor_id", "audits_event": "actor_id", "audits_tasklock": "holder_id"}
LOOK = """
    IF EXISTS (SELECT FROM {table} t WHERE t.{column} = OLD.id) THEN
        RAISE foreign_key_violation USING TABLE = '{table}', MESSAGE = 'rows of {table} name this person',
            DETAIL = format('%s is still named by {column}.', OLD.id);
    END IF;"""
LOOKS = "".join(LOOK.format(table=table, column=column) for table, column in NAMED.items())
# The rows of all organizations, past the policy of the one that is in scope.
KEPT = f"""
CREATE FUNCTION tenancy_user_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope text := coalesce(current_setting('labelops.scope', true), '');
BEGIN
    PERFORM set_config('labelops.scope', 'system', true);{LOOKS}
    PERFORM set_config('labelops.scope', scope, true);
    RETURN NULL;
END $$;
CREATE TRIGGER is_kept AFTER DELETE ON tenancy_user FOR EACH ROW EXECUTE FUNCTION tenancy_user_is_kept();
CREATE TRIGGER stays AFTER UPDATE OF id ON tenancy_user FOR EACH ROW WHEN (OLD.id <> NEW.id)
    EXECUTE FUNCTION tenancy_user_is_kept();
"""
NOT_KEPT = """
DROP TRIGGER stays ON tenancy_user;
DROP TRIGGER is_kept ON tenancy_user;
DROP FUNCTION tenancy_user_is_kept;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0025_judge_in_fewer_steps"), ("tenancy", "0006_enter_in_fewer_steps")]

    operations = [
        migrations.RunSQL(KEPT, NOT_KEPT),
        *[DropForeignKey(table, column=column, target="tenancy_user") for table, column in NAMED.items()],
    ]
