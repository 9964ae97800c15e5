"""Submitting in two statements: hold everything that a submit needs, in the one order of locks; then write it down."""

from django.db import migrations

HOLD = """
-- The performer's assignment with its pool and its tasks in the order of the page, all held. `live`: by the clock.
CREATE FUNCTION crowd_rules_hold(given_organization uuid, given_assignment uuid, given_performer uuid)
RETURNS TABLE (assignment jsonb, pool jsonb, tasks jsonb, instant timestamptz, live boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    held crowd_rules_assignment;
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
    SELECT to_jsonb(p) || jsonb_build_object('task_type', j.type) INTO pool
      FROM crowd_rules_pool p
      JOIN audits_project j ON j.organization_id = given_organization AND j.id = p.project_id
     WHERE p.organization_id = given_organization AND p.id = held.pool_id;
    SELECT jsonb_agg(jsonb_build_object(
               'solution', s.id, 'id', t.id, 'kind', t.kind, 'params', coalesce(t.params, a.params),
               'known', t.known_solutions, 'hint', t.message_on_unknown_solution, 'given', s.output_values,
               'type', a.type, 'task', t.task_id) ORDER BY s.position) INTO tasks
      FROM crowd_rules_solution s
      JOIN crowd_rules_pooltask t ON t.organization_id = given_organization AND t.id = s.pool_task_id
      LEFT JOIN audits_task a ON a.organization_id = given_organization AND a.id = t.task_id
     WHERE s.organization_id = given_organization AND s.assignment_id = held.id;
    RETURN NEXT;
END $$;
"""
SUBMIT = """
-- Write a held assignment's answers down. `accept_by`: null accepts at once and pays. Returns the real tasks that have
-- their whole overlap now, each with all its answers.
CREATE FUNCTION crowd_rules_submit(given_organization uuid, given_assignment uuid, solutions uuid[], outputs jsonb[],
                                   corrects boolean[], instant timestamptz, given_accept_by timestamptz,
                                   given_reward uuid)
RETURNS jsonb LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    held crowd_rules_assignment;
    complete uuid[];
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
    WITH moved AS (
        UPDATE crowd_rules_pooltask t SET answered = t.answered + 1
          FROM (SELECT p.id FROM crowd_rules_solution s
                  JOIN crowd_rules_pooltask p ON p.organization_id = given_organization AND p.id = s.pool_task_id
                 WHERE s.organization_id = given_organization AND s.assignment_id = given_assignment
                   AND NOT p.infinite_overlap) before
         WHERE t.organization_id = given_organization AND t.id = before.id
        RETURNING t.id, t.kind, t.answered, t.overlap)
    SELECT array_agg(id ORDER BY id) INTO complete FROM moved WHERE kind = 'REAL' AND answered >= overlap;
    IF given_accept_by IS NULL THEN
        INSERT INTO crowd_rules_reward (id, organization_id, performer_id, pool_id, assignment_id, kind, amount, at)
        VALUES (given_reward, given_organization, held.performer_id, held.pool_id, given_assignment, 'REWARD',
                held.reward, instant)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN crowd_rules_answers(given_organization, complete);
END $$;

-- [{id, task, answers: [{solution, performer, name, output, status, at}, …]}, …] of these pool tasks; oldest answer first.
CREATE FUNCTION crowd_rules_answers(given_organization uuid, given_tasks uuid[])
RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'task', t.task_id, 'answered', t.answered,
                                                     'overlap', t.overlap, 'answers', given.answers) ORDER BY t.id), '[]')
          FROM crowd_rules_pooltask t
          CROSS JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object('solution', s.id, 'performer', s.performer_id, 'name', p.external_id,
                                                'output', s.output_values, 'status', a.status, 'at', a.submitted_at)
                             ORDER BY a.submitted_at, s.id) AS answers
              FROM crowd_rules_solution s
              JOIN crowd_rules_assignment a ON a.organization_id = given_organization AND a.id = s.assignment_id
              JOIN audits_performer p ON p.organization_id = given_organization AND p.id = s.performer_id
             WHERE s.organization_id = given_organization AND s.pool_task_id = t.id AND NOT s.is_released
               AND s.output_values IS NOT NULL) given
         WHERE t.organization_id = given_organization AND t.id = ANY (given_tasks));
END $$;
"""
COUNTERS = """
-- These counters, made where there are none, held in the order of their keys.
CREATE FUNCTION crowd_rules_hold_counters(given_organization uuid, performers uuid[], keys text[])
RETURNS TABLE (performer uuid, key text, state jsonb, fresh_from timestamptz)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO crowd_rules_counter (id, organization_id, performer_id, key, state)
    SELECT gen_random_uuid(), given_organization, wanted.performer, wanted.key, '{}'
      FROM unnest(performers, keys) AS wanted (performer, key)
     WHERE NOT EXISTS (SELECT FROM crowd_rules_counter c
                        WHERE c.organization_id = given_organization AND c.performer_id = wanted.performer
                          AND c.key = wanted.key)
     ORDER BY wanted.performer, wanted.key
    ON CONFLICT DO NOTHING;
    RETURN QUERY
    SELECT c.performer_id, c.key::text, c.state, c.fresh_from FROM crowd_rules_counter c
     WHERE c.organization_id = given_organization AND c.performer_id = ANY (performers) AND c.key = ANY (keys)
     ORDER BY c.performer_id, c.key FOR UPDATE;
END $$;
"""
ENTER = """
-- Scopes the transaction to the organization of the performer with this token; no row, and no scope, for any other.
CREATE FUNCTION crowd_rules_enter_by_token(given_public_id text, given_hash bytea)
RETURNS TABLE (organization uuid, account uuid)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found_row crowd_rules_performeraccount;
    was_found boolean;
BEGIN
    PERFORM set_config('labelops.scope', 'system', true);
    SELECT a.* INTO found_row FROM crowd_rules_performeraccount a
     WHERE a.token_public_id = given_public_id AND a.is_active;
    was_found := FOUND;
    PERFORM set_config('labelops.scope', '', true);
    IF was_found AND found_row.token_hash = given_hash THEN
        organization := found_row.organization_id; account := found_row.id;
        PERFORM set_config('labelops.organization', organization::text, true);
        RETURN NEXT;
    END IF;
END $$;
"""
OFFER = """
-- Whether a mixing pool has a task for this performer that nobody holds. As the hand-out looks, without holding it.
CREATE FUNCTION crowd_rules_has_task(pool crowd_rules_pool, given_performer uuid)
RETURNS boolean LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    since timestamptz;
    wanted text := CASE WHEN pool.real_tasks_count > 0 THEN 'REAL' WHEN pool.golden_tasks_count > 0 THEN 'CONTROL'
                        ELSE 'TRAINING' END;
BEGIN
    SELECT l.exhausted_at INTO since FROM crowd_rules_performerpool l
     WHERE l.organization_id = pool.organization_id AND l.pool_id = pool.id AND l.performer_id = given_performer;
    RETURN EXISTS (
        SELECT FROM crowd_rules_pooltask t
         WHERE t.organization_id = pool.organization_id AND t.pool_id = pool.id AND t.kind = wanted
           AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap)
           AND (since IS NULL OR t.released_at > since)
           AND (t.reserved_for IS NULL OR given_performer = ANY (t.reserved_for))
           AND (t.unavailable_for IS NULL OR given_performer <> ALL (t.unavailable_for))
           AND NOT EXISTS (SELECT FROM crowd_rules_solution s
                            WHERE s.organization_id = pool.organization_id AND s.pool_task_id = t.id
                              AND s.performer_id = given_performer AND NOT s.is_released));
END $$;

CREATE FUNCTION crowd_rules_has_suite(pool crowd_rules_pool, given_performer uuid)
RETURNS boolean LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN EXISTS (
        SELECT FROM crowd_rules_tasksuite s
         WHERE s.organization_id = pool.organization_id AND s.pool_id = pool.id AND NOT s.mixed
           AND (s.infinite_overlap OR s.issued < s.overlap)
           AND (s.reserved_for IS NULL OR given_performer = ANY (s.reserved_for))
           AND (s.unavailable_for IS NULL OR given_performer <> ALL (s.unavailable_for))
           AND NOT EXISTS (SELECT FROM crowd_rules_assignment a
                            WHERE a.organization_id = pool.organization_id AND a.suite_id = s.id
                              AND a.performer_id = given_performer AND a.status <> 'EXPIRED'));
END $$;
"""
# As by token: the system scope lasts for the one look-up.
ENTER_BY_LOGIN = """
CREATE OR REPLACE FUNCTION crowd_rules_enter_by_login(given_user uuid, given_slug text)
RETURNS TABLE (organization uuid, account uuid)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found_row record;
    was_found boolean;
BEGIN
    PERFORM set_config('labelops.scope', 'system', true);
    SELECT o.id AS organization, a.id AS account INTO found_row
      FROM tenancy_organization o
      JOIN audits_performer p ON p.organization_id = o.id AND p.user_id = given_user
      JOIN crowd_rules_performeraccount a ON a.organization_id = o.id AND a.performer_id = p.id AND a.is_active
     WHERE o.slug = given_slug;
    was_found := FOUND;
    PERFORM set_config('labelops.scope', '', true);
    IF was_found THEN
        organization := found_row.organization; account := found_row.account;
        PERFORM set_config('labelops.organization', organization::text, true);
        RETURN NEXT;
    END IF;
END $$;
"""
FUNCTIONS = ["crowd_rules_hold", "crowd_rules_answers", "crowd_rules_submit", "crowd_rules_hold_counters",
             "crowd_rules_enter_by_token", "crowd_rules_enter_by_login", "crowd_rules_has_task", "crowd_rules_has_suite"]  # fmt: skip
DROP = "".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS))


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0003_hand_out")]

    operations = [migrations.RunSQL(HOLD + SUBMIT + COUNTERS + ENTER + ENTER_BY_LOGIN + OFFER, DROP)]
