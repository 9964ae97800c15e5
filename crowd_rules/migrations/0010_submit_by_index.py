"""Submitting and giving back by index, as the hand-out; what has no order among itself is written in one statement."""

from importlib import import_module

from django.db import migrations

BY_INDEX = import_module("crowd_rules.migrations.0009_hand_out_by_index").BY_INDEX

# `IS NOT DISTINCT FROM` is no condition for an index: what is joined by its id is looked up by its id, and not by reading
# all that the organization has, which costs nothing while a table is empty, when a connection makes its plans.
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
          JOIN audits_task work
            ON work.organization_id IS NOT DISTINCT FROM given_organization AND work.id = t.task_id
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
              JOIN crowd_rules_assignment a
                ON a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = s.assignment_id
              JOIN audits_performer p
                ON p.organization_id IS NOT DISTINCT FROM given_organization AND p.id = s.performer_id
             WHERE s.organization_id = given_organization AND s.pool_task_id = t.id AND NOT s.is_released
               AND s.output_values IS NOT NULL
               AND (t.redone_at IS NULL OR a.submitted_at > t.redone_at)) given
         WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = ANY (given_tasks));
END $$;
"""
PAGE = """
-- The tasks of an assignment as its performer may see them, in the order of the page; without the fields that their
-- project keeps from performers.
CREATE OR REPLACE FUNCTION crowd_rules_page(given_organization uuid, given_assignment uuid)
RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    hidden text[] := (
        SELECT ARRAY(SELECT field.key FROM jsonb_each(j.task_fields->'input_spec') field
                      WHERE field.value->>'hidden' = 'true')
          FROM crowd_rules_assignment g
          JOIN crowd_rules_pool p ON p.organization_id IS NOT DISTINCT FROM given_organization AND p.id = g.pool_id
          JOIN audits_project j ON j.organization_id IS NOT DISTINCT FROM given_organization AND j.id = p.project_id
         WHERE g.organization_id IS NOT DISTINCT FROM given_organization AND g.id = given_assignment);
BEGIN
    RETURN (
        SELECT jsonb_agg(jsonb_build_object(
                   'id', t.id, 'input_values', CASE WHEN t.task_id IS NULL THEN t.params ELSE a.params END - hidden,
                   'hint', CASE WHEN NOT s.is_correct AND t.kind = 'TRAINING'
                                THEN t.message_on_unknown_solution ELSE '' END) ORDER BY s.position)
          FROM crowd_rules_solution s
          JOIN crowd_rules_pooltask t
            ON t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = s.pool_task_id
          LEFT JOIN audits_task a ON a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = t.task_id
         WHERE s.organization_id = given_organization AND s.assignment_id = given_assignment);
END $$;
"""
SUBMIT = """
-- Write a held assignment's answers down, with the events and counters of its judgement. `accept_by`: null accepts at
-- once and pays. `states`: what became of its tasks, [{id, state, share}, …]. Returns the assignment's row.
CREATE FUNCTION crowd_rules_submit(given_organization uuid, given_assignment uuid, solutions uuid[], outputs jsonb[],
                                   corrects boolean[], instant timestamptz, given_accept_by timestamptz,
                                   given_reward uuid, states jsonb, events jsonb, counters jsonb)
RETURNS crowd_rules_assignment LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    done crowd_rules_assignment;
    correct integer := cardinality(array_positions(corrects, true));
    answered integer := correct + cardinality(array_positions(corrects, false));
BEGIN
    UPDATE crowd_rules_assignment a
       SET status = CASE WHEN given_accept_by IS NULL THEN 'ACCEPTED' ELSE 'SUBMITTED' END, submitted_at = instant,
           accept_by = given_accept_by, accepted_at = CASE WHEN given_accept_by IS NULL THEN instant END
     WHERE a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = given_assignment
    RETURNING a.* INTO done;
    -- Everything is held already, in the one order: in which it is written makes no difference.
    WITH answers AS (
        UPDATE crowd_rules_solution s SET output_values = given.output, is_correct = given.correct
          FROM unnest(solutions, outputs, corrects) AS given (id, output, correct)
         WHERE s.organization_id IS NOT DISTINCT FROM given_organization AND s.id = given.id
        RETURNING s.pool_task_id),
    counted AS (
        UPDATE crowd_rules_pooltask t
           SET answered = t.answered + 1, state = coalesce(r.state, t.state),
               confidence = coalesce(r.share, t.confidence)
          FROM answers
          LEFT JOIN jsonb_to_recordset(states) AS r (id uuid, state text, share double precision)
            ON r.id = answers.pool_task_id
         WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = answers.pool_task_id
           AND NOT t.infinite_overlap),
    suite AS (
        UPDATE crowd_rules_tasksuite s
           SET pending = s.pending + (given_accept_by IS NOT NULL)::int,
               accepted = s.accepted + (given_accept_by IS NULL)::int
         WHERE s.organization_id IS NOT DISTINCT FROM given_organization AND s.id = done.suite_id),
    paid AS (
        INSERT INTO crowd_rules_reward (id, organization_id, performer_id, pool_id, assignment_id, kind, amount, at)
        SELECT given_reward, given_organization, done.performer_id, done.pool_id, given_assignment, 'REWARD', done.reward,
               instant
         WHERE given_accept_by IS NULL
        ON CONFLICT DO NOTHING)
    UPDATE crowd_rules_performerpool l
       SET submitted = l.submitted + 1, control_answers = l.control_answers + answered,
           control_correct = l.control_correct + correct
     WHERE l.organization_id = given_organization AND l.pool_id = done.pool_id AND l.performer_id = done.performer_id;
    PERFORM crowd_rules_note(given_organization, events, counters);
    RETURN done;
END $$;
"""
# Called only by the above, under whose settings they run: each setting of a function is set and put back at every call.
PLAIN = "".join(
    f"ALTER FUNCTION {name} RESET ALL;" for name in ("crowd_rules_page", "crowd_rules_note", "crowd_rules_arrange")
)
# Called by others too.
BY_THEMSELVES = "".join(
    f"ALTER FUNCTION {name} SET {setting} = off;"
    for name in ("crowd_rules_answers", "crowd_rules_in_force", "crowd_rules_ended", "crowd_rules_give_back",
                 "crowd_rules_release")
    for setting in ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")
)  # fmt: skip
NEW = ["crowd_rules_hold", "crowd_rules_submit", "crowd_rules_finish", "crowd_rules_hold_counters"]
# The others of these names stand in 0011.
FUNCTIONS = ANSWERS + PAGE + SUBMIT
DROP = "".join(f"DROP FUNCTION IF EXISTS {name};" for name in reversed(NEW))


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0009_hand_out_by_index")]

    operations = [
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS.replace("BY_INDEX", BY_INDEX) + PLAIN + BY_THEMSELVES, DROP),
    ]
