"""What every hand-out and submit writes is held to its organization's pool without locking the pool.

A foreign key's check locks the row it points at. Where all performers of a pool write at once that is a queue, and a
growing list of who holds the lock: a third of what PostgreSQL did per suite. A trigger asks the same before the row is
written. It sees no row of another organization, and pools and projects are never deleted alone.
"""

from django.db import migrations

IN_POOL = """
CREATE FUNCTION crowd_rules_in_own_pool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM crowd_rules_pool p
                    WHERE p.organization_id = NEW.organization_id AND p.id = NEW.pool_id) THEN
        RAISE foreign_key_violation USING CONSTRAINT = TG_TABLE_NAME || '_pool_id_same_organization',
              MESSAGE = TG_TABLE_NAME || '_pool_id_same_organization: there is no such pool';
    END IF;
    RETURN NEW;
END $$;

-- As above, with the project: it is the pool's.
CREATE FUNCTION crowd_rules_in_own_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM crowd_rules_pool p
                    WHERE p.organization_id = NEW.organization_id AND p.id = NEW.pool_id
                      AND p.project_id = NEW.project_id) THEN
        RAISE foreign_key_violation USING CONSTRAINT = TG_TABLE_NAME || '_project_id_same_organization',
              MESSAGE = TG_TABLE_NAME || '_project_id_same_organization: there is no such pool of the project';
    END IF;
    RETURN NEW;
END $$;
"""
GUARD = """
ALTER TABLE {table} DROP CONSTRAINT {table}_pool_id_same_organization;
CREATE TRIGGER in_own_pool BEFORE INSERT OR UPDATE OF organization_id, pool_id ON {table}
    FOR EACH ROW EXECUTE FUNCTION crowd_rules_in_own_pool();
"""
NO_GUARD = """
DROP TRIGGER in_own_pool ON {table};
ALTER TABLE {table} ADD CONSTRAINT {table}_pool_id_same_organization
    FOREIGN KEY (organization_id, pool_id) REFERENCES crowd_rules_pool (organization_id, id);
"""
EVENTS = """
ALTER TABLE crowd_rules_crowdevent DROP CONSTRAINT crowd_rules_crowdevent_pool_id_same_organization,
                                   DROP CONSTRAINT crowd_rules_crowdevent_project_id_same_organization;
CREATE TRIGGER in_own_project BEFORE INSERT OR UPDATE OF organization_id, pool_id, project_id ON crowd_rules_crowdevent
    FOR EACH ROW EXECUTE FUNCTION crowd_rules_in_own_project();
"""
NO_EVENTS = """
DROP TRIGGER in_own_project ON crowd_rules_crowdevent;
ALTER TABLE crowd_rules_crowdevent ADD CONSTRAINT crowd_rules_crowdevent_pool_id_same_organization
    FOREIGN KEY (organization_id, pool_id) REFERENCES crowd_rules_pool (organization_id, id);
ALTER TABLE crowd_rules_crowdevent ADD CONSTRAINT crowd_rules_crowdevent_project_id_same_organization
    FOREIGN KEY (organization_id, project_id) REFERENCES audits_project (organization_id, id);
"""
TABLES = ("crowd_rules_tasksuite", "crowd_rules_assignment", "crowd_rules_reward")


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0010_submit_by_index")]

    operations = [
        migrations.RunSQL(IN_POOL, "DROP FUNCTION crowd_rules_in_own_project; DROP FUNCTION crowd_rules_in_own_pool;"),
        *[migrations.RunSQL(GUARD.format(table=table), NO_GUARD.format(table=table)) for table in TABLES],
        migrations.RunSQL(EVENTS, NO_EVENTS),
    ]
