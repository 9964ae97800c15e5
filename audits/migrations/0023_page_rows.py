from django.db import migrations

ROWS = """
-- Tasks as audits/models/row.py reads them, in the order of `ids`: a JSON list of lists, each a task's own columns that
-- a page shows, its neighbours by name, its newest standing audit with the beginning of the comment, and who holds it.
-- As a function, so that it is planned once for each connection: planning took longer than fifty rows.
CREATE FUNCTION audits_page_rows(organization uuid, ids uuid[]) RETURNS text
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT coalesce(json_agg(json_build_array(
               t.id, t.unique_id, p.name, b.name, t.type, t.status, t.attempt, t.review_status, t.tags, t.created_at,
               t.updated_at, t.completed_at, w.external_id, t.version, a.email, a.audited_at, a.comment, h.email
           ) ORDER BY page.place), '[]')
      FROM unnest(ids) WITH ORDINALITY page (id, place)
      JOIN audits_task t ON t.organization_id = organization AND t.id = page.id
      LEFT JOIN audits_project p ON p.organization_id = t.organization_id AND p.id = t.project_id
      LEFT JOIN audits_batch b ON b.organization_id = t.organization_id AND b.id = t.batch_id
      LEFT JOIN audits_performer w ON w.organization_id = t.organization_id AND w.id = t.completed_by_id
      LEFT JOIN LATERAL (
          SELECT u.email, y.audited_at, left(y.comment, 200) AS comment
            FROM audits_audit y JOIN tenancy_user u ON u.id = y.auditor_id
           WHERE (t.review_status <> '' OR t.attempt > 1) AND y.reverted_at IS NULL
             AND y.organization_id = t.organization_id AND y.task_id = t.id
           ORDER BY y.task_version DESC LIMIT 1) a ON true
      LEFT JOIN LATERAL (
          SELECT u.email FROM audits_tasklock l JOIN tenancy_user u ON u.id = l.holder_id
           WHERE l.organization_id = t.organization_id AND l.task_id = t.id
             AND l.expires_at > statement_timestamp()) h ON true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0022_items_checked_at_once")]

    operations = [migrations.RunSQL(ROWS, "DROP FUNCTION audits_page_rows;")]
