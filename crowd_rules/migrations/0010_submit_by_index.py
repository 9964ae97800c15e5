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
         WHERE t.organization_id = given_organization AND t.id = ANY (given_tasks));
END $$;
"""
PAGE = """
-- The tasks of an assignment as its performer may see them, in the order of the page.
CREATE OR REPLACE FUNCTION crowd_rules_page(given_organization uuid, given_assignment uuid)
RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT jsonb_agg(jsonb_build_object(
                   'id', t.id, 'input_values', CASE WHEN t.task_id IS NULL THEN t.params ELSE a.params END,
                   'hint', CASE WHEN NOT s.is_correct AND t.kind = 'TRAINING'
                                THEN t.message_on_unknown_solution ELSE '' END) ORDER BY s.position)
          FROM crowd_rules_solution s
          JOIN crowd_rules_pooltask t
            ON t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = s.pool_task_id
          LEFT JOIN audits_task a ON a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = t.task_id
         WHERE s.organization_id = given_organization AND s.assignment_id = given_assignment);
END $$;
"""
HOLD = """
-- The performer's assignment with its pool and its tasks in the order of the page, all held. `live`: by the clock. And,
-- where it is live, what an event in it is judged by: the rules in force and the restrictions that are over.
-- `complete`, for a submit: the real tasks that will have their whole overlap with it, each with its answers so far.
CREATE FUNCTION crowd_rules_hold(given_organization uuid, given_assignment uuid, given_performer uuid,
                                 for_submit boolean)
RETURNS TABLE (assignment jsonb, pool jsonb, tasks jsonb, instant timestamptz, live boolean, complete jsonb,
               rules jsonb, ended jsonb)
LANGUAGE plpgsql BY_INDEX AS $$
#variable_conflict use_column
DECLARE
    held crowd_rules_assignment;
    concerned uuid[];
BEGIN
    SELECT a.* INTO held FROM crowd_rules_assignment a
     WHERE a.organization_id = given_organization AND a.id = given_assignment
       AND (a.performer_id = given_performer OR given_performer IS NULL) FOR UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM FROM crowd_rules_performerpool l
     WHERE l.organization_id = given_organization AND l.pool_id = held.pool_id AND l.performer_id = held.performer_id
       FOR UPDATE;
    PERFORM FROM crowd_rules_tasksuite s
     WHERE s.organization_id = given_organization AND s.id = held.suite_id FOR UPDATE;
    -- Rows of infinite overlap are shared by all and written by nobody.
    PERFORM FROM crowd_rules_pooltask t
     WHERE t.organization_id = given_organization AND NOT t.infinite_overlap
       AND t.id = ANY (ARRAY(SELECT s.pool_task_id FROM crowd_rules_solution s
                              WHERE s.organization_id = given_organization AND s.assignment_id = held.id))
     ORDER BY t.id FOR UPDATE;
    instant := clock_timestamp();
    live := held.status = 'ACTIVE' AND held.expires_at > instant;
    assignment := to_jsonb(held);
    SELECT jsonb_build_object(
               'id', p.id, 'project_id', p.project_id, 'status', p.status, 'type', p.type, 'settings', p.settings,
               'allow_skip', p.allow_skip, 'auto_accept_solutions', p.auto_accept_solutions,
               'auto_accept_period_day', p.auto_accept_period_day, 'aggregation', p.aggregation,
               'aggregation_threshold', p.aggregation_threshold, 'task_type', j.type, 'output_spec', (
               SELECT v.params->'output_spec' FROM audits_projectversion v
                WHERE v.organization_id = given_organization AND v.project_id = p.project_id
                ORDER BY v.version DESC LIMIT 1)),
           page.tasks, page.concerned,
           CASE WHEN live THEN crowd_rules_in_force(given_organization, ARRAY[p.project_id], ARRAY[p.id]) END
      INTO pool, tasks, concerned, rules
      FROM crowd_rules_pool p
      JOIN audits_project j ON j.organization_id = given_organization AND j.id = p.project_id
      CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object(
                   'solution', s.id, 'id', t.id, 'kind', t.kind, 'params', coalesce(t.params, a.params),
                   'shown', CASE WHEN t.task_id IS NULL THEN t.params ELSE a.params END,
                   'known', t.known_solutions, 'hint', t.message_on_unknown_solution, 'given', s.output_values,
                   'correct', s.is_correct, 'type', a.type, 'task', t.task_id) ORDER BY s.position) AS tasks,
               array_agg(t.id) FILTER (WHERE for_submit AND t.kind = 'REAL' AND NOT t.infinite_overlap
                                         AND t.answered + 1 >= t.overlap) AS concerned
          FROM crowd_rules_solution s
          JOIN crowd_rules_pooltask t
            ON t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = s.pool_task_id
          LEFT JOIN audits_task a ON a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = t.task_id
         WHERE s.organization_id = given_organization AND s.assignment_id = held.id) page
     WHERE p.organization_id = given_organization AND p.id = held.pool_id;
    IF NOT live THEN RETURN NEXT; RETURN; END IF;
    IF for_submit THEN
        complete := '[]';
        IF concerned IS NOT NULL THEN complete := crowd_rules_answers(given_organization, concerned); END IF;
    END IF;
    IF rules <> '[]' THEN
        concerned := '{}';
        IF complete <> '[]' THEN
            SELECT array_agg((answer->>'performer')::uuid) INTO concerned
              FROM jsonb_array_elements(complete) task
              CROSS JOIN LATERAL jsonb_array_elements(coalesce(nullif(task->'answers', 'null'), '[]')) answer;
        END IF;
        ended := crowd_rules_ended(given_organization, array_append(concerned, held.performer_id), instant);
    END IF;
    RETURN NEXT;
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
     WHERE a.organization_id = given_organization AND a.id = given_assignment
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
         WHERE s.organization_id = given_organization AND s.id = done.suite_id),
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
FINISH = """
-- A submit with what follows from it, where Python has nothing to decide in between: the task that it completes, and the
-- next suite. `completion`: as `audits_complete_tasks` takes it, or null; `takes`: the ids of a hand-out, or null.
CREATE FUNCTION crowd_rules_finish(given_organization uuid, given_assignment uuid, solutions uuid[], outputs jsonb[],
                                   corrects boolean[], instant timestamptz, given_accept_by timestamptz,
                                   given_reward uuid, states jsonb, events jsonb, counters jsonb, completion jsonb,
                                   takes uuid[])
RETURNS TABLE (assignment crowd_rules_assignment, completed jsonb, next jsonb)
LANGUAGE plpgsql BY_INDEX AS $$
#variable_conflict use_column
BEGIN
    assignment := crowd_rules_submit(given_organization, given_assignment, solutions, outputs, corrects, instant,
                                     given_accept_by, given_reward, states, events, counters);
    IF completion IS NOT NULL THEN
        SELECT jsonb_agg(to_jsonb(c)) INTO completed FROM audits_complete_tasks(given_organization, completion, instant) c;
    END IF;
    IF takes IS NOT NULL THEN
        SELECT to_jsonb(t) INTO next
          FROM crowd_rules_take(given_organization, assignment.pool_id, assignment.performer_id, takes[1], takes[2],
                                takes[3], false) t;
    END IF;
    RETURN NEXT;
END $$;
"""
COUNTERS = """
-- These counters, made where there are none, held in the order of their keys.
CREATE FUNCTION crowd_rules_hold_counters(given_organization uuid, performers uuid[], keys text[])
RETURNS TABLE (performer uuid, key text, state jsonb, fresh_from timestamptz)
LANGUAGE plpgsql BY_INDEX AS $$
#variable_conflict use_column
DECLARE
    missing integer := (
        SELECT count(*) FROM unnest(performers, keys) AS wanted (performer, key)
         WHERE NOT EXISTS (SELECT FROM crowd_rules_counter c
                            WHERE c.organization_id = given_organization AND c.performer_id = wanted.performer
                              AND c.key = wanted.key OFFSET 0));
BEGIN
    IF missing > 0 THEN
        INSERT INTO crowd_rules_counter (id, organization_id, performer_id, key, state)
        SELECT gen_random_uuid(), given_organization, wanted.performer, wanted.key, '{}'
          FROM unnest(performers, keys) AS wanted (performer, key)
         ORDER BY wanted.performer, wanted.key
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN QUERY
    SELECT c.performer_id, c.key::text, c.state, c.fresh_from FROM crowd_rules_counter c
     WHERE c.organization_id = given_organization AND c.performer_id = ANY (performers) AND c.key = ANY (keys)
     ORDER BY c.performer_id, c.key FOR UPDATE;
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
FUNCTIONS = ANSWERS + PAGE + HOLD + SUBMIT + FINISH + COUNTERS
DROP = "".join(f"DROP FUNCTION IF EXISTS {name};" for name in reversed(NEW))


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0009_hand_out_by_index")]

    operations = [
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS.replace("BY_INDEX", BY_INDEX) + PLAIN + BY_THEMSELVES, DROP),
    ]
