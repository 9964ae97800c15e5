"""The performers' calls in few statements: in by the token, hold with all that judges, submit or give back.

The rules stay in Python: between holding and writing they see the counters, and what they decide is written along.
"""

from importlib import import_module

from django.db import migrations

from labelops.tenancy.rls import DropForeignKey

SUBMIT_BEFORE = import_module("crowd_rules.migrations.0004_submit")
# Every hand-out and submit writes here: no checks on rows that all performers share.
HOT = ("crowd_rules_assignment", "crowd_rules_solution", "crowd_rules_tasksuite", "crowd_rules_crowdevent",
       "crowd_rules_reward", "crowd_rules_counter", "crowd_rules_performerpool")  # fmt: skip
# Rows that are written again and again stay on their page, and the indexes need no new entries.
ROOMY = {"crowd_rules_performerpool": 50, "crowd_rules_counter": 50, "crowd_rules_pooltask": 80,
         "crowd_rules_assignment": 80, "crowd_rules_solution": 80, "crowd_rules_tasksuite": 80}  # fmt: skip

ENTER = """
-- Scopes the transaction to the organization of the performer with this token; no row, and no scope, for any other.
CREATE FUNCTION crowd_rules_enter(given_public_id text, given_hash bytea)
RETURNS TABLE (account crowd_rules_performeraccount, performer audits_performer, organization tenancy_organization)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found_row record;
    was_found boolean;
BEGIN
    PERFORM set_config('labelops.scope', 'system', true);
    SELECT a, p, o INTO found_row
      FROM crowd_rules_performeraccount a
      JOIN audits_performer p ON p.organization_id = a.organization_id AND p.id = a.performer_id
      JOIN tenancy_organization o ON o.id = a.organization_id
     WHERE a.token_public_id = given_public_id AND a.is_active;
    was_found := FOUND;
    PERFORM set_config('labelops.scope', '', true);
    IF was_found AND (found_row.a).token_hash = given_hash THEN
        account := found_row.a; performer := found_row.p; organization := found_row.o;
        PERFORM set_config('labelops.organization', organization.id::text, true);
        RETURN NEXT;
    END IF;
END $$;
"""
PAGE = """
-- The tasks of an assignment as its performer may see them, in the order of the page.
CREATE FUNCTION crowd_rules_page(given_organization uuid, given_assignment uuid)
RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT jsonb_agg(jsonb_build_object(
                   'id', t.id, 'input_values', CASE WHEN t.task_id IS NULL THEN t.params ELSE a.params END,
                   'hint', CASE WHEN NOT s.is_correct AND t.kind = 'TRAINING'
                                THEN t.message_on_unknown_solution ELSE '' END) ORDER BY s.position)
          FROM crowd_rules_solution s
          JOIN crowd_rules_pooltask t ON t.organization_id = given_organization AND t.id = s.pool_task_id
          LEFT JOIN audits_task a ON a.organization_id = given_organization AND a.id = t.task_id
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
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
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
       AND t.id IN (SELECT s.pool_task_id FROM crowd_rules_solution s
                     WHERE s.organization_id = given_organization AND s.assignment_id = held.id)
     ORDER BY t.id FOR UPDATE;
    instant := clock_timestamp();
    live := held.status = 'ACTIVE' AND held.expires_at > instant;
    assignment := to_jsonb(held);
    SELECT to_jsonb(p) || jsonb_build_object('task_type', j.type, 'output_spec', (
               SELECT v.params->'output_spec' FROM audits_projectversion v
                WHERE v.organization_id = given_organization AND v.project_id = p.project_id
                ORDER BY v.version DESC LIMIT 1)) INTO pool
      FROM crowd_rules_pool p
      JOIN audits_project j ON j.organization_id = given_organization AND j.id = p.project_id
     WHERE p.organization_id = given_organization AND p.id = held.pool_id;
    SELECT jsonb_agg(jsonb_build_object(
               'solution', s.id, 'id', t.id, 'kind', t.kind, 'params', coalesce(t.params, a.params),
               'shown', CASE WHEN t.task_id IS NULL THEN t.params ELSE a.params END,
               'known', t.known_solutions, 'hint', t.message_on_unknown_solution, 'given', s.output_values,
               'correct', s.is_correct, 'type', a.type, 'task', t.task_id) ORDER BY s.position) INTO tasks
      FROM crowd_rules_solution s
      JOIN crowd_rules_pooltask t ON t.organization_id = given_organization AND t.id = s.pool_task_id
      LEFT JOIN audits_task a ON a.organization_id = given_organization AND a.id = t.task_id
     WHERE s.organization_id = given_organization AND s.assignment_id = held.id;
    IF NOT live THEN RETURN NEXT; RETURN; END IF;
    IF for_submit THEN
        SELECT array_agg(t.id) INTO concerned
          FROM crowd_rules_solution s
          JOIN crowd_rules_pooltask t ON t.organization_id = given_organization AND t.id = s.pool_task_id
         WHERE s.organization_id = given_organization AND s.assignment_id = held.id AND t.kind = 'REAL'
           AND NOT t.infinite_overlap AND t.answered + 1 >= t.overlap;
        complete := crowd_rules_answers(given_organization, concerned);
    END IF;
    rules := crowd_rules_in_force(given_organization, ARRAY[(pool->>'project_id')::uuid], ARRAY[held.pool_id]);
    IF rules <> '[]' THEN
        SELECT array_agg((answer->>'performer')::uuid) INTO concerned
          FROM jsonb_array_elements(complete) task
          CROSS JOIN LATERAL jsonb_array_elements(coalesce(nullif(task->'answers', 'null'), '[]')) answer;
        ended := crowd_rules_ended(given_organization, array_append(concerned, held.performer_id), instant);
    END IF;
    RETURN NEXT;
END $$;

-- The collectors in force in these pools, with their rules: [{id, type, parameters, project_id, pool_id, rules, keep}, …].
-- A shared window must be as long as the longest that any pool of the project reads: `keep`.
CREATE FUNCTION crowd_rules_in_force(given_organization uuid, projects uuid[], pools uuid[])
RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', c.id, 'type', c.type, 'parameters', c.parameters, 'project_id', c.project_id,
                   'pool_id', c.pool_id, 'rules', rules.list,
                   'keep', CASE WHEN c.parameters->>'history_size' IS NULL THEN 0 ELSE (
                       SELECT max((o.parameters->>'history_size')::int) FROM crowd_rules_collector o
                        WHERE o.organization_id = given_organization AND o.project_id = c.project_id
                          AND o.type = c.type AND o.retired_at IS NULL) END) ORDER BY c.position, c.id), '[]')
          FROM crowd_rules_collector c
          CROSS JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object('id', r.id, 'conditions', r.conditions, 'action', r.action,
                                                'shadow', r.shadow) ORDER BY r.position, r.id) AS list
              FROM crowd_rules_rule r
             WHERE r.organization_id = given_organization AND r.collector_id = c.id AND r.retired_at IS NULL) rules
         WHERE c.organization_id = given_organization AND c.project_id = ANY (projects)
           AND (c.pool_id IS NULL OR c.pool_id = ANY (pools)) AND c.retired_at IS NULL AND rules.list IS NOT NULL);
END $$;

-- The ends of these performers' restrictions, but for those undone, by what they covered and whose counter made them.
CREATE FUNCTION crowd_rules_ended(given_organization uuid, performers uuid[], instant timestamptz)
RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(gone), '[]') FROM (
            SELECT r.performer_id, r.scope, r.pool_id, r.project_id, r.counter_key,
                   max(coalesce(r.lifted_at, r.until)) AS at
              FROM crowd_rules_restriction r
             WHERE r.organization_id = given_organization AND r.performer_id = ANY (performers) AND NOT r.undone
               AND coalesce(r.lifted_at, r.until) <= instant
             GROUP BY 1, 2, 3, 4, 5) gone);
END $$;
"""
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
               AND s.output_values IS NOT NULL) given
         WHERE t.organization_id = given_organization AND t.id = ANY (given_tasks));
END $$;
"""
NOTE = """
-- Write down events and what they made of counters that are held. An event that was there before is an error here.
CREATE FUNCTION crowd_rules_note(given_organization uuid, events jsonb, counters jsonb)
RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO crowd_rules_crowdevent (id, organization_id, project_id, pool_id, performer_id, kind, at, responded_at,
                                        subject_id, cause_id, facts)
    SELECT r.id, given_organization, r.project_id, r.pool_id, r.performer_id, r.kind, r.at, r.responded_at,
           r.subject_id, r.cause_id, r.facts
      FROM jsonb_to_recordset(events) AS r (id uuid, project_id uuid, pool_id uuid, performer_id uuid, kind text,
           at timestamptz, responded_at timestamptz, subject_id uuid, cause_id uuid, facts jsonb);
    IF counters <> '[]' THEN
        UPDATE crowd_rules_counter c SET state = r.state, fresh_from = r.fresh_from
          FROM jsonb_to_recordset(counters) AS r (performer uuid, key text, state jsonb, fresh_from timestamptz)
         WHERE c.organization_id = given_organization AND c.performer_id = r.performer AND c.key = r.key;
    END IF;
END $$;
"""
SUBMIT = """
-- Write a held assignment's answers down, with the events and counters of its judgement. `accept_by`: null accepts at
-- once and pays. `states`: what became of its tasks, [{id, state, share}, …]. Returns the assignment's row.
CREATE FUNCTION crowd_rules_submit(given_organization uuid, given_assignment uuid, solutions uuid[], outputs jsonb[],
                                   corrects boolean[], instant timestamptz, given_accept_by timestamptz,
                                   given_reward uuid, states jsonb, events jsonb, counters jsonb)
RETURNS crowd_rules_assignment LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    held crowd_rules_assignment;
BEGIN
    UPDATE crowd_rules_assignment a
       SET status = CASE WHEN given_accept_by IS NULL THEN 'ACCEPTED' ELSE 'SUBMITTED' END, submitted_at = instant,
           accept_by = given_accept_by, accepted_at = CASE WHEN given_accept_by IS NULL THEN instant END
     WHERE a.organization_id = given_organization AND a.id = given_assignment
    RETURNING a.* INTO held;
    UPDATE crowd_rules_solution s SET output_values = given.output, is_correct = given.correct
      FROM unnest(solutions, outputs, corrects) AS given (id, output, correct)
     WHERE s.organization_id = given_organization AND s.id = given.id;
    UPDATE crowd_rules_performerpool l
       SET submitted = l.submitted + 1,
           control_answers = l.control_answers + (SELECT count(one) FROM unnest(corrects) one),
           control_correct = l.control_correct + (SELECT count(one) FILTER (WHERE one) FROM unnest(corrects) one)
     WHERE l.organization_id = given_organization AND l.pool_id = held.pool_id AND l.performer_id = held.performer_id;
    UPDATE crowd_rules_tasksuite s
       SET pending = s.pending + (given_accept_by IS NOT NULL)::int,
           accepted = s.accepted + (given_accept_by IS NULL)::int
     WHERE s.organization_id = given_organization AND s.id = held.suite_id;
    UPDATE crowd_rules_pooltask t
       SET answered = t.answered + 1, state = coalesce(r.state, t.state), confidence = coalesce(r.share, t.confidence)
      FROM crowd_rules_solution s
      LEFT JOIN jsonb_to_recordset(states) AS r (id uuid, state text, share double precision) ON r.id = s.pool_task_id
     WHERE s.organization_id = given_organization AND s.assignment_id = given_assignment
       AND t.organization_id = given_organization AND t.id = s.pool_task_id AND NOT t.infinite_overlap;
    IF given_accept_by IS NULL THEN
        INSERT INTO crowd_rules_reward (id, organization_id, performer_id, pool_id, assignment_id, kind, amount, at)
        VALUES (given_reward, given_organization, held.performer_id, held.pool_id, given_assignment, 'REWARD',
                held.reward, instant)
        ON CONFLICT DO NOTHING;
    END IF;
    PERFORM crowd_rules_note(given_organization, events, counters);
    RETURN held;
END $$;
"""
GIVE_BACK = """
-- Give a held assignment back: SKIPPED, counted, or EXPIRED; with the events and counters of its judgement. Its row.
CREATE FUNCTION crowd_rules_give_back(given_organization uuid, given_assignment uuid, given_status text,
                                      instant timestamptz, events jsonb, counters jsonb)
RETURNS crowd_rules_assignment LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    given crowd_rules_assignment;
BEGIN
    PERFORM crowd_rules_release(given_organization, ARRAY[given_assignment], given_status, instant);
    SELECT a.* INTO given FROM crowd_rules_assignment a
     WHERE a.organization_id = given_organization AND a.id = given_assignment;
    IF given_status = 'SKIPPED' THEN
        UPDATE crowd_rules_performerpool l SET skipped = l.skipped + 1
         WHERE l.organization_id = given_organization AND l.pool_id = given.pool_id
           AND l.performer_id = given.performer_id;
    END IF;
    PERFORM crowd_rules_note(given_organization, events, counters);
    RETURN given;
END $$;
"""
FUNCTIONS = ["crowd_rules_enter", "crowd_rules_page", "crowd_rules_in_force", "crowd_rules_ended",
             "crowd_rules_hold", "crowd_rules_note", "crowd_rules_submit", "crowd_rules_give_back"]  # fmt: skip
DROP = "".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS)) + "DROP FUNCTION crowd_rules_answers;"
DROP_BEFORE = (
    "DROP FUNCTION crowd_rules_hold; DROP FUNCTION crowd_rules_submit; DROP FUNCTION crowd_rules_enter_by_token;"
)
ROOM = "".join(f"ALTER TABLE {table} SET (fillfactor = {share});" for table, share in ROOMY.items())
NO_ROOM = "".join(f"ALTER TABLE {table} RESET (fillfactor);" for table in ROOMY)


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0004_submit"), ("audits", "0008_complete_tasks")]

    operations = [
        # Backwards, what 0004 made comes again: `crowd_rules_answers` with `crowd_rules_submit`.
        migrations.RunSQL(DROP_BEFORE, SUBMIT_BEFORE.HOLD + SUBMIT_BEFORE.SUBMIT + SUBMIT_BEFORE.ENTER),
        migrations.RunSQL(ENTER + PAGE + HOLD + ANSWERS + NOTE + SUBMIT + GIVE_BACK, DROP),
        *[DropForeignKey(table) for table in HOT],
        migrations.RunSQL(ROOM, NO_ROOM),
    ]
