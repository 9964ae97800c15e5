"""A new task and its event in one statement, whose plans are made once in a connection."""

from django.db import migrations

CREATE = """
-- Write a task, given by its columns, and the event that tells of it; false, and nothing written, where another task has
-- its unique_id.
CREATE FUNCTION audits_create_task(given jsonb, event uuid, actor uuid) RETURNS boolean
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    new audits_task := jsonb_populate_record(NULL::audits_task, given);
BEGIN
    INSERT INTO audits_task SELECT new.*
        ON CONFLICT (organization_id, unique_id) WHERE unique_id IS NOT NULL DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO audits_event (id, organization_id, type, at, actor_id, task_id, before, after)
    VALUES (event, new.organization_id, 'task.created', new.updated_at, actor, new.id, '{}',
            jsonb_build_object('status', new.status));
    RETURN true;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0015_tasks_by_project_and_status")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION audits_create_task;")]
