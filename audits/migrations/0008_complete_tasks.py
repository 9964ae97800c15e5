"""Tasks whose response comes from the crowd are completed in one statement, with an event each."""

from django.db import migrations

COMPLETE = """
-- Give these pending tasks their responses: [{task, response, performer, name, event}, …]. Held in the order of batches
-- and ids; what is not pending any more is passed over. Each comes back with what its callback tells.
CREATE FUNCTION audits_complete_tasks(given_organization uuid, given jsonb, instant timestamptz)
RETURNS TABLE (task audits_task, project audits_project, batch audits_batch, performer audits_performer)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    named uuid[] := ARRAY(SELECT (one->>'task')::uuid FROM jsonb_array_elements(given) one);
    waiting uuid[];
BEGIN
    SELECT array_agg(held.id) INTO waiting FROM (
        SELECT t.id FROM audits_task t
         WHERE t.organization_id = given_organization AND t.id = ANY (named) AND t.status = 'pending'
         ORDER BY t.batch_id, t.id FOR UPDATE) held;
    UPDATE audits_task t
       SET status = 'completed', response = g.response, completed_by_id = g.performer, completed_at = instant,
           updated_at = instant, version = t.version + 1, callback_sequence = t.callback_sequence + 1
      FROM jsonb_to_recordset(given) AS g (task uuid, response jsonb, performer uuid)
     WHERE t.organization_id = given_organization AND t.id = ANY (waiting) AND t.id = g.task;
    INSERT INTO audits_event (id, organization_id, type, at, task_id, before, after)
    SELECT g.event, given_organization, 'task.completed', instant, g.task, '{"status": "pending"}',
           jsonb_build_object('status', 'completed', 'completed_by', g.name)
      FROM jsonb_to_recordset(given) AS g (task uuid, name text, event uuid)
     WHERE g.task = ANY (waiting);
    RETURN QUERY
        SELECT t, p, b, w FROM audits_task t
          LEFT JOIN audits_project p ON p.organization_id = given_organization AND p.id = t.project_id
          LEFT JOIN audits_batch b ON b.organization_id = given_organization AND b.id = t.batch_id
          LEFT JOIN audits_performer w ON w.organization_id = given_organization AND w.id = t.completed_by_id
         WHERE t.organization_id = given_organization AND t.id = ANY (waiting)
         ORDER BY t.batch_id, t.id;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0007_claim_next")]

    operations = [migrations.RunSQL(COMPLETE, "DROP FUNCTION audits_complete_tasks;")]
