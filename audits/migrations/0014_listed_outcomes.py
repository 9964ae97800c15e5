from django.db import migrations

LISTED = """
-- As before, and beside each task how its newest callback that reached an end arrived (`delivered`; null before): that
-- was a statement of its own. `t.callback_sequence > 0`: nothing was told of the others.
CREATE OR REPLACE FUNCTION audits_listed(organization uuid, ids uuid[]) RETURNS text
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT coalesce(json_agg(one), '[]') FROM (
        SELECT t.id, t.created_at, t.updated_at, t.completed_at, t.type, t.status, t.instruction, t.params, t.metadata,
               t.urgency, t.response, t.prior_responses, t.callback_url, t.callback_sequence, t.unique_id, t.tags,
               t.project_version, t.review_status, t.attempt, t.project_id, t.batch_id, t.completed_by_id,
               p.name AS project, b.name AS batch, w.external_id AS completed_by, a.audits, d.delivered
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
          LEFT JOIN LATERAL (
              SELECT bool_and(e.status = 'delivered') AS delivered
                FROM (SELECT v.status, v.sequence, max(v.sequence) OVER () AS newest FROM callbacks_delivery v
                       WHERE t.callback_sequence > 0 AND v.organization_id = t.organization_id AND v.subject_id = t.id
                         AND v.status IN ('delivered', 'dead')) e
               WHERE e.sequence = e.newest) d ON true
         ORDER BY page.place) one);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0013_tasks_without_organization_check"), ("callbacks", "0004_health_and_replays")]

    # Backwards nothing: the function has one key more than its readers before looked for.
    operations = [migrations.RunSQL(LISTED, migrations.RunSQL.noop)]
