from django.db import migrations

from labelops.tenancy.rls import NO_REFERENCE, REFERENCE

TABLE = "audits_sessionitem"
TARGETS = {"session_id": "audits_auditsession", "task_id": "audits_task"}
LOOK = """
CREATE OR REPLACE FUNCTION audits_items_same_organization() RETURNS trigger LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    -- A look at the key for each: what was planned for a few is right for a million, and the other way round. By no
    -- index that begins with the organization: planned while there were few tasks, it is read from one end to the other.
    IF EXISTS (SELECT FROM drawn i
                WHERE (SELECT t.id FROM audits_task t
                        WHERE t.organization_id IS NOT DISTINCT FROM i.organization_id AND t.id = i.task_id) IS NULL)
       OR EXISTS (SELECT FROM (SELECT DISTINCT organization_id, session_id FROM drawn) i
                   WHERE (SELECT s.id FROM audits_auditsession s
                           WHERE s.organization_id = i.organization_id AND s.id = i.session_id) IS NULL) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'audits_sessionitem_same_organization: no such task or session in the item''s organization';
    END IF;
    RETURN NULL;
END $$;
"""
CHECK = """
CREATE TRIGGER same_organization AFTER INSERT ON audits_sessionitem
    REFERENCING NEW TABLE AS drawn FOR EACH STATEMENT EXECUTE FUNCTION audits_items_same_organization();

CREATE FUNCTION audits_item_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.organization_id, NEW.session_id, NEW.task_id) IS DISTINCT FROM
       (OLD.organization_id, OLD.session_id, OLD.task_id) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'audits_sessionitem_same_organization: an item stays with its session and its task';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER stays AFTER UPDATE OF organization_id, session_id, task_id ON audits_sessionitem
    FOR EACH ROW EXECUTE FUNCTION audits_item_stays();
"""
NO_CHECK = """
DROP TRIGGER stays ON audits_sessionitem;
DROP FUNCTION audits_item_stays();
DROP TRIGGER same_organization ON audits_sessionitem;
DROP FUNCTION audits_items_same_organization();
"""
KEEP = """
CREATE FUNCTION {target}_kept_for_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Waits for the draws under way and lets none begin.
    LOCK TABLE audits_sessionitem IN SHARE MODE;
    IF EXISTS (SELECT FROM gone g JOIN audits_sessionitem i
                                    ON i.organization_id = g.organization_id AND i.{column} = g.id) THEN
        RAISE foreign_key_violation USING MESSAGE = '{target}: an item of a session points at it';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER kept_for_items AFTER DELETE ON {target}
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION {target}_kept_for_items();
"""
NO_KEEP = """
DROP TRIGGER kept_for_items ON {target};
DROP FUNCTION {target}_kept_for_items();
"""


def _each(text: str) -> str:
    return "".join(text.format(table=TABLE, column=column, target=target) for column, target in TARGETS.items())


class Migration(migrations.Migration):
    """What a draw puts into the queue is checked in one look at all of it.

    A foreign key asks for each row of its own, and locks the row it finds: a draw of 500 wrote into 500 pages of the
    tasks, which is most of what it cost. The same holds without: no item points at what is not its organization's, and
    what an item points at is not deleted, also while a draw is under way.
    """

    dependencies = [("audits", "0021_complete_in_two_steps")]

    operations = [
        migrations.RunSQL(_each(NO_REFERENCE), _each(REFERENCE)),
        migrations.RunSQL(LOOK + CHECK, NO_CHECK),
        migrations.RunSQL(_each(KEEP), _each(NO_KEEP)),
    ]
