from django.db import migrations

LISTED = """
-- Tasks as audits/models/listed.py reads them, in the order of `ids`: a JSON list with neighbours by name and the
-- standing audits, newest first, looked at only where there may be some. A function for its plan, which is made once
-- in a connection: to make it took as long as to run it.
CREATE FUNCTION audits_listed(organization uuid, ids uuid[]) RETURNS text
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT coalesce(json_agg(one), '[]') FROM (
        SELECT t.id, t.created_at, t.updated_at, t.completed_at, t.type, t.status, t.instruction, t.params, t.metadata,
               t.urgency, t.response, t.prior_responses, t.callback_url, t.callback_sequence, t.unique_id, t.tags,
               t.project_version, t.review_status, t.attempt, t.project_id, t.batch_id, t.completed_by_id,
               p.name AS project, b.name AS batch, w.external_id AS completed_by, a.audits
          FROM unnest(ids) WITH ORDINALITY page (id, place)
          JOIN audits_task t ON t.organization_id = organization AND t.id = page.id
          LEFT JOIN audits_project p ON p.organization_id = t.organization_id AND p.id = t.project_id
          LEFT JOIN audits_batch b ON b.organization_id = t.organization_id AND b.id = t.batch_id
          LEFT JOIN audits_performer w ON w.organization_id = t.organization_id AND w.id = t.completed_by_id
          LEFT JOIN LATERAL (
              SELECT json_agg(json_build_array(u.email, y.verdict, y.comment, y.audited_at, y.seconds,
                                               y.active_seconds, y.reasons, y.pins)
                              ORDER BY y.task_version DESC) AS audits
                FROM audits_audit y JOIN tenancy_user u ON u.id = y.auditor_id
               WHERE (t.review_status <> '' OR t.attempt > 1) AND y.reverted_at IS NULL
                 AND y.organization_id = t.organization_id AND y.task_id = t.id) a ON true
         ORDER BY page.place) one);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0008_complete_tasks")]

    operations = [migrations.RunSQL(LISTED, "DROP FUNCTION audits_listed;")]
