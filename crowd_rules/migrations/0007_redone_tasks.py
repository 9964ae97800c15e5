"""Tasks that an audit sent back: another round of answers in the pool, apart from the earlier ones."""

from django.db import migrations, models
from django.db.models import Q

# After a redo only the answers given since; and none at all of a task whose response was taken back and whose pool has
# not heard of it yet.
ANSWERS = """
-- [{id, task, answered, overlap, answers: [{solution, performer, name, output, status, at, judged}, …]}, …] of these pool
-- tasks; oldest answer first. `judged`: a majority has been told of it before.
CREATE OR REPLACE FUNCTION crowd_rules_answers(given_organization uuid, given_tasks uuid[])
RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'task', t.task_id, 'answered', t.answered,
                                                     'overlap', t.overlap, 'answers', given.answers) ORDER BY t.id), '[]')
          FROM crowd_rules_pooltask t
          JOIN audits_task work ON work.organization_id = given_organization AND work.id = t.task_id
           AND work.attempt = t.attempt
          CROSS JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object('solution', s.id, 'performer', s.performer_id, 'name', p.external_id,
                                                'output', s.output_values, 'status', a.status, 'at', a.submitted_at,
                                                'judged', EXISTS (
                       SELECT FROM crowd_rules_crowdevent e
                        WHERE e.organization_id = given_organization AND e.subject_id = s.id
                          AND e.kind = 'majority.judged' AND e.cause_id = s.id))
                             ORDER BY a.submitted_at, s.id) AS answers
              FROM crowd_rules_solution s
              JOIN crowd_rules_assignment a ON a.organization_id = given_organization AND a.id = s.assignment_id
              JOIN audits_performer p ON p.organization_id = given_organization AND p.id = s.performer_id
             WHERE s.organization_id = given_organization AND s.pool_task_id = t.id AND NOT s.is_released
               AND s.output_values IS NOT NULL
               AND (t.redone_at IS NULL OR a.submitted_at > t.redone_at)) given
         WHERE t.organization_id = given_organization AND t.id = ANY (given_tasks));
END $$;
"""
REOPEN = """
-- Ask for new answers to these tasks, as far as they are pending again and their pool does not know: as many as the round
-- before (less what only replaced rejected ones). A suite made by hand is issued again as a whole. How many, by pool.
CREATE FUNCTION crowd_rules_reopen(given_organization uuid, given_tasks uuid[])
RETURNS TABLE (pool uuid, reopened bigint) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz;
    suites uuid[];
    moved uuid[];
BEGIN
    SELECT array_agg(DISTINCT t.suite_id) FILTER (WHERE t.suite_id IS NOT NULL) INTO suites
      FROM crowd_rules_pooltask t
     WHERE t.organization_id = given_organization AND t.id = ANY (given_tasks) AND t.kind = 'REAL';
    PERFORM FROM crowd_rules_tasksuite s
     WHERE s.organization_id = given_organization AND s.id = ANY (suites) ORDER BY s.id FOR UPDATE;
    PERFORM FROM crowd_rules_pooltask t
     WHERE t.organization_id = given_organization AND t.id IN (
            SELECT unnest(given_tasks)
            UNION SELECT unnest(s.task_ids) FROM crowd_rules_tasksuite s
                   WHERE s.organization_id = given_organization AND s.id = ANY (suites))
       AND t.kind = 'REAL' ORDER BY t.id FOR UPDATE;
    instant := clock_timestamp();
    WITH asked AS (
        SELECT t.id, work.attempt,
               greatest(1, least(t.overlap - t.redone_from,
                                 greatest(p.default_overlap, t.answered - t.redone_from - refused.number))) AS number
          FROM crowd_rules_pooltask t
          JOIN audits_task work ON work.organization_id = given_organization AND work.id = t.task_id
          JOIN crowd_rules_pool p ON p.organization_id = given_organization AND p.id = t.pool_id
          CROSS JOIN LATERAL (
            SELECT count(*)::integer AS number FROM crowd_rules_solution s
              JOIN crowd_rules_assignment a ON a.organization_id = given_organization AND a.id = s.assignment_id
             WHERE s.organization_id = given_organization AND s.pool_task_id = t.id AND NOT s.is_released
               AND a.status = 'REJECTED' AND (t.redone_at IS NULL OR a.submitted_at > t.redone_at)) refused
         WHERE t.organization_id = given_organization AND t.id = ANY (given_tasks) AND t.kind = 'REAL'
           AND work.status = 'pending' AND work.attempt > t.attempt),
    again AS (
        UPDATE crowd_rules_pooltask t
           SET overlap = CASE WHEN t.infinite_overlap THEN t.overlap
                              ELSE greatest(t.overlap, t.answered + asked.number, t.issued) END,
               attempt = asked.attempt, redone_at = instant, redone_from = t.answered, released_at = instant,
               state = 'COLLECTING', confidence = NULL
          FROM asked
         WHERE t.organization_id = given_organization AND t.id = asked.id
        RETURNING t.id)
    SELECT array_agg(id) INTO moved FROM again;
    UPDATE crowd_rules_tasksuite s SET overlap = greatest(s.overlap, wanted.overlap), released_at = instant
      FROM (SELECT t.suite_id, max(t.overlap) AS overlap FROM crowd_rules_pooltask t
             WHERE t.organization_id = given_organization AND t.id = ANY (moved) AND NOT t.infinite_overlap
               AND t.suite_id IS NOT NULL GROUP BY 1) wanted
     WHERE s.organization_id = given_organization AND s.id = wanted.suite_id;
    -- The suite's overlap is that of each of its tasks.
    UPDATE crowd_rules_pooltask t SET overlap = s.overlap, released_at = instant
      FROM crowd_rules_tasksuite s
     WHERE s.organization_id = given_organization AND s.id = ANY (suites) AND t.organization_id = given_organization
       AND t.suite_id = s.id AND t.kind = 'REAL' AND NOT t.infinite_overlap AND t.overlap < s.overlap;
    RETURN QUERY SELECT t.pool_id, count(*) FROM crowd_rules_pooltask t
                  WHERE t.organization_id = given_organization AND t.id = ANY (moved) GROUP BY 1;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0006_take_with_the_page"), ("audits", "0011_project_task_fields")]

    operations = [
        migrations.AddField("pooltask", "attempt", models.PositiveSmallIntegerField(default=1, db_default=1)),
        migrations.AddField("pooltask", "redone_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField("pooltask", "redone_from", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.AddIndex(
            "pooltask",
            models.Index(fields=["organization", "pool", "id"], name="pool_task_redone", condition=Q(attempt__gt=1)),
        ),
        # Tasks that were done again before pools knew of it: their answers are judged as they were.
        migrations.RunSQL(
            """SELECT set_config('labelops.scope', 'system', true);
               UPDATE crowd_rules_pooltask t SET attempt = w.attempt FROM audits_task w
                WHERE w.organization_id = t.organization_id AND w.id = t.task_id AND w.attempt > 1
                  AND w.status <> 'pending';
               SELECT set_config('labelops.scope', '', true);""",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(ANSWERS + REOPEN, "DROP FUNCTION crowd_rules_reopen; DROP FUNCTION crowd_rules_answers;"),
        # And those that wait for it.
        migrations.RunSQL(
            """SELECT set_config('labelops.scope', 'system', true);
               SELECT crowd_rules_reopen(w.organization_id, array_agg(w.id)) FROM audits_task w
                WHERE w.status = 'pending' AND w.attempt > 1 GROUP BY w.organization_id;
               SELECT set_config('labelops.scope', '', true);""",
            migrations.RunSQL.noop,
        ),
    ]
