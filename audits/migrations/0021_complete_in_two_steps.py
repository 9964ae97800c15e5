"""Tasks of the crowd are completed in one statement where they are one, as most often they are; with their events."""

from django.db import migrations

COMPLETE = """
-- Give these pending tasks their responses: [{task, response, performer, name, event}, …]. Held in the order of batches
-- and ids; what is not pending any more is passed over. Each comes back with what its callback tells.
CREATE OR REPLACE FUNCTION audits_complete_tasks(given_organization uuid, given jsonb, instant timestamptz)
RETURNS TABLE (task audits_task, project audits_project, batch audits_batch, performer audits_performer)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
    IF jsonb_array_length(given) > 1 THEN
        PERFORM FROM audits_task t
         WHERE t.organization_id IS NOT DISTINCT FROM given_organization
           AND t.id = ANY (ARRAY(SELECT (one->>'task')::uuid FROM jsonb_array_elements(given) one))
           AND t.status = 'pending'
         ORDER BY t.batch_id, t.id FOR UPDATE;
    END IF;
    RETURN QUERY
        WITH done AS (
            UPDATE audits_task t
               SET status = 'completed', response = g.response, completed_by_id = g.performer, completed_at = instant,
                   updated_at = instant, version = t.version + 1, callback_sequence = t.callback_sequence + 1
              FROM jsonb_to_recordset(given) AS g (task uuid, response jsonb, performer uuid, name text, event uuid)
             WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = g.task AND t.status = 'pending'
            RETURNING t AS task, t.id, t.project_id, t.batch_id, t.completed_by_id, g.name, g.event),
        told AS (
            INSERT INTO audits_event (id, organization_id, type, at, task_id, before, after)
            SELECT d.event, given_organization, 'task.completed', instant, d.id, '{"status": "pending"}',
                   jsonb_build_object('status', 'completed', 'completed_by', d.name)
              FROM done d)
        SELECT d.task, p, b, w FROM done d
          LEFT JOIN audits_project p
            ON p.organization_id IS NOT DISTINCT FROM given_organization AND p.id = d.project_id
          LEFT JOIN audits_batch b ON b.organization_id IS NOT DISTINCT FROM given_organization AND b.id = d.batch_id
          LEFT JOIN audits_performer w
            ON w.organization_id IS NOT DISTINCT FROM given_organization AND w.id = d.completed_by_id
         ORDER BY d.batch_id, d.id;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0020_fewer_indexes_per_task")]

    operations = [migrations.RunSQL(COMPLETE, migrations.RunSQL.noop)]
