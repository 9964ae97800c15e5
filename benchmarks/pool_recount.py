"""After a run: everything that must hold, counted again from the rows."""

from django.db import connection

from benchmarks.goals import Goals
from benchmarks.pool_run import Run

COUNTS = {
    "tasks_twice_to_one_performer": """
        SELECT count(*) FROM (SELECT FROM crowd_rules_solution s JOIN crowd_rules_pooltask t ON t.id = s.pool_task_id
         WHERE t.pool_id = %(pool)s AND NOT s.is_released
         GROUP BY s.pool_task_id, s.performer_id HAVING count(*) > 1) x""",
    "tasks_over_their_overlap": """
        SELECT count(*) FROM (SELECT FROM crowd_rules_solution s JOIN crowd_rules_pooltask t ON t.id = s.pool_task_id
          JOIN crowd_rules_assignment a ON a.id = s.assignment_id
         WHERE t.pool_id = %(pool)s AND t.kind = 'REAL' AND NOT s.is_released AND a.status <> 'SKIPPED'
         GROUP BY t.id HAVING count(*) > t.overlap) x""",
    "counts_that_differ_from_a_recount": """
        SELECT count(*) FROM crowd_rules_pooltask t LEFT JOIN (
            SELECT s.pool_task_id AS id, count(*) AS issued, count(s.output_values) AS answered
              FROM crowd_rules_solution s JOIN crowd_rules_assignment a ON a.id = s.assignment_id
             WHERE a.pool_id = %(pool)s AND NOT s.is_released AND a.status <> 'SKIPPED' GROUP BY 1) given USING (id)
         WHERE t.pool_id = %(pool)s AND t.kind = 'REAL'
           AND (t.issued <> coalesce(given.issued, 0) OR t.answered <> coalesce(given.answered, 0))""",
    "performers_with_two_open_suites": """
        SELECT count(*) FROM (SELECT FROM crowd_rules_assignment a WHERE a.pool_id = %(pool)s AND a.status = 'ACTIVE'
         GROUP BY a.performer_id HAVING count(*) > 1) x""",
    "submitted_not_paid_exactly_once": """
        SELECT count(*) FROM (SELECT FROM crowd_rules_assignment a LEFT JOIN crowd_rules_reward r
            ON r.organization_id = a.organization_id AND r.assignment_id = a.id
         WHERE a.pool_id = %(pool)s GROUP BY a.id, a.status
        HAVING count(r.id) <> (a.status = 'ACCEPTED')::int) x""",
    "events_missing_or_too_many": """
        SELECT count(*) FROM (SELECT FROM crowd_rules_assignment a LEFT JOIN crowd_rules_crowdevent e
            ON e.organization_id = a.organization_id AND e.subject_id = a.id
           AND e.kind IN ('assignment.submitted', 'assignment.skipped', 'assignment.expired')
         WHERE a.pool_id = %(pool)s GROUP BY a.id, a.status HAVING count(e.id) <> (a.status <> 'ACTIVE')::int) x""",
    "complete_tasks_without_response": """
        SELECT count(*) FROM crowd_rules_pooltask t JOIN audits_task a ON a.id = t.task_id
         WHERE t.pool_id = %(pool)s AND t.kind = 'REAL'
           AND (t.answered >= t.overlap) <> (a.status = 'completed' AND t.state = 'AGREED')""",
    "performers_counted_wrongly": """
        SELECT count(*) FROM crowd_rules_performerpool p
         WHERE p.pool_id = %(pool)s AND (p.taken, p.submitted, p.skipped) <> (
            SELECT count(*), count(*) FILTER (WHERE a.status = 'ACCEPTED'), count(*) FILTER (WHERE a.status = 'SKIPPED')
              FROM crowd_rules_assignment a WHERE a.organization_id = p.organization_id AND a.pool_id = p.pool_id
               AND a.performer_id = p.performer_id)""",
}  # fmt: skip
WHILE_BANNED = """
SELECT count(*) FROM crowd_rules_assignment WHERE organization_id = %s AND performer_id = %s AND pool_id = %s
   AND created_at > %s AND created_at < %s
"""


def check(goals: Goals, run: Run, *, before: int = 0) -> None:
    """`before`: assignments of the pool from before the run."""
    stage, place = run.stage, {"pool": run.stage.pool.pk}
    with stage.scope(), connection.cursor() as cursor:
        for name, sql in COUNTS.items():
            cursor.execute(sql, place)
            goals.at_most(name, cursor.fetchone()[0], 0)
        late = 0
        for performer, since, to in run.bans:
            cursor.execute(WHILE_BANNED, [stage.organization.pk, performer, stage.pool.pk, since, to])
            late += cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM crowd_rules_assignment WHERE pool_id = %(pool)s", place)
        assignments = cursor.fetchone()[0] - before
    goals.at_most("hand_outs_while_banned", late + run.tally["handed out to the banned"], 0)
    goals.at_most("assignments_unaccounted_for", abs(assignments - run.tally["handed out"]), 0)
