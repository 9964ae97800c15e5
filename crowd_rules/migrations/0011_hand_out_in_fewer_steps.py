"""The performers' calls in fewer steps: each function answers with one JSON, and what is held already is not asked for.

A function that is called as `SELECT f(…)` is planned in a fifth of the time that `SELECT … FROM f(…)` takes; the way in
takes the suite in hand along, so that a submit with the next suite is three statements.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("crowd_rules.migrations.0009_hand_out_by_index")

KNOWN = """
-- Control or training tasks that this performer never had, by the pool's seeded shuffle, which is another one for each
-- performer. Only those with an end to their overlap are held. `saw_any`: there are some, though others may hold them.
CREATE OR REPLACE FUNCTION crowd_rules_choose_known(given_organization uuid, pool crowd_rules_pool, given_performer uuid,
                                         given_kind text, at_most integer, released_after timestamptz,
                                         OUT chosen uuid[], OUT saw_any boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    candidate record;
BEGIN
    chosen := '{}'; saw_any := false;
    IF at_most = 0 THEN RETURN; END IF;
    -- Whoever has had them all is looked at for what is new, before all are drawn by lot in vain.
    IF released_after IS NOT NULL THEN
        PERFORM FROM crowd_rules_pooltask t
          WHERE t.organization_id = given_organization AND t.pool_id = pool.id AND t.kind = given_kind
            AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap) AND t.released_at > released_after
            AND NOT EXISTS (SELECT FROM crowd_rules_solution s
                             WHERE s.organization_id = given_organization AND s.pool_task_id = t.id
                               AND s.performer_id = given_performer AND NOT s.is_released OFFSET 0)
          LIMIT 1;
        IF NOT FOUND THEN RETURN; END IF;
    END IF;
    FOR candidate IN
        SELECT ordered.id, ordered.infinite_overlap FROM (
            SELECT t.id, t.infinite_overlap FROM crowd_rules_pooltask t
             WHERE t.organization_id = given_organization AND t.pool_id = pool.id AND t.kind = given_kind
               AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap)
               AND (released_after IS NULL OR t.released_at > released_after)
               AND (t.reserved_for IS NULL OR given_performer = ANY (t.reserved_for))
               AND (t.unavailable_for IS NULL OR given_performer <> ALL (t.unavailable_for))
             ORDER BY CASE WHEN pool.keep_task_order AND given_kind = 'TRAINING' THEN t.turn END NULLS LAST,
                      hashtextextended(t.id::text || given_performer::text, pool.seed) OFFSET 0) ordered
         WHERE NOT EXISTS (SELECT FROM crowd_rules_solution s
                            WHERE s.organization_id = given_organization AND s.pool_task_id = ordered.id
                              AND s.performer_id = given_performer AND NOT s.is_released OFFSET 0)
    LOOP
        saw_any := true;
        IF NOT candidate.infinite_overlap THEN
            PERFORM FROM crowd_rules_pooltask t
             WHERE t.id = candidate.id AND t.issued < t.overlap FOR UPDATE SKIP LOCKED;
            CONTINUE WHEN NOT FOUND;
        END IF;
        chosen := chosen || candidate.id;
        EXIT WHEN cardinality(chosen) = at_most;
    END LOOP;
END $$;
"""
MIX = """
-- A page for this performer out of a mixing pool: its tasks, held, in their order; the turn of the last real one; and
-- whether the kinds that the pool asks for are there. Empty: no real tasks that nobody else holds.
-- `controls_exhausted_at`: since then there is no control task that is new to this performer; null: not known. Whoever
-- gets one forgets it, so that the suites since have none, and no expiry of theirs can bring one back.
CREATE OR REPLACE FUNCTION crowd_rules_mix(given_organization uuid, pool crowd_rules_pool, place crowd_rules_performerpool,
                                given_suite uuid, OUT page uuid[], OUT last_turn bigint, OUT lacks_known boolean,
                                OUT controls_exhausted_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz := clock_timestamp();
    real record;
    more record;
    controls record;
    trainings record;
    chosen uuid[] := '{}';
    known uuid[];
    looks boolean;
    lowest CONSTANT bigint := -9223372036854775808;
    highest CONSTANT bigint := 9223372036854775807;
BEGIN
    page := '{}'; lacks_known := false;
    IF place.exhausted_at IS NOT NULL THEN
        real := crowd_rules_choose(given_organization, pool.id, place.performer_id, pool.real_tasks_count, 0, 0,
                                   place.exhausted_at);
        chosen := real.chosen; last_turn := real.last_turn;
    ELSIF pool.real_tasks_count > 0 THEN
        -- Kept order begins at the head every time: a task there must be done before the next is begun.
        real := crowd_rules_choose(given_organization, pool.id, place.performer_id, pool.real_tasks_count,
                                   CASE WHEN pool.keep_task_order THEN lowest ELSE coalesce(place.cursor, lowest) END,
                                   highest, NULL);
        chosen := real.chosen; last_turn := real.last_turn;
        IF cardinality(chosen) < pool.real_tasks_count AND place.cursor IS NOT NULL AND NOT pool.keep_task_order THEN
            more := crowd_rules_choose(given_organization, pool.id, place.performer_id,
                                       pool.real_tasks_count - cardinality(chosen), lowest, place.cursor, NULL);
            chosen := chosen || more.chosen; last_turn := coalesce(more.last_turn, last_turn);
        END IF;
    END IF;
    IF cardinality(chosen) < least(pool.min_real_tasks_count, pool.real_tasks_count)
       OR cardinality(chosen) = 0 AND pool.real_tasks_count > 0 THEN RETURN; END IF;
    -- Who has had them all is looked at for new ones once in a second, unless the suite cannot do without.
    looks := place.controls_exhausted_at IS NULL OR pool.min_golden_tasks_count > 0 OR pool.real_tasks_count = 0
        OR place.controls_exhausted_at < began - interval '5 minutes 1 second';
    controls := crowd_rules_choose_known(given_organization, pool, place.performer_id, 'CONTROL',
                                         CASE WHEN looks THEN pool.golden_tasks_count ELSE 0 END,
                                         place.controls_exhausted_at);
    trainings := crowd_rules_choose_known(given_organization, pool, place.performer_id, 'TRAINING',
                                          pool.training_tasks_count, NULL);
    IF NOT looks THEN
        controls_exhausted_at := place.controls_exhausted_at;
    ELSIF NOT controls.saw_any AND pool.golden_tasks_count > 0 THEN
        -- Who releases a task writes the time before the commit: five minutes are left for that.
        controls_exhausted_at := greatest(began - interval '5 minutes', place.controls_exhausted_at);
    END IF;
    known := controls.chosen || trainings.chosen;
    lacks_known := cardinality(controls.chosen) < least(pool.min_golden_tasks_count, pool.golden_tasks_count)
        OR cardinality(trainings.chosen) < least(pool.min_training_tasks_count, pool.training_tasks_count)
        OR cardinality(chosen || known) = 0;
    IF cardinality(chosen || known) = 1 OR cardinality(known) = 0 AND NOT pool.shuffle_tasks_in_task_suite THEN
        page := chosen || known;
    ELSE
        page := crowd_rules_arrange(pool, given_suite, chosen, known);
    END IF;
END $$;
"""
HAND_OUT = """
-- The next suite of this pool for this performer. `outcome`: ISSUED, AGAIN (the one in hand), or why not: UNKNOWN, CLOSED,
-- RESTRICTED (until `ends_at`; null: no end is set), SKILL, EMPTY, BUSY (others hold all that is left: ask again).
-- `exhausted_at`, of EMPTY: from here on only what is released later can be new to this performer. `may_wait`: false where
-- the transaction holds counters or tasks already, so that nobody may be waited for: no expiry of others' suites, one look.
CREATE OR REPLACE FUNCTION crowd_rules_hand_out(given_organization uuid, given_pool uuid, given_performer uuid,
                                     given_assignment uuid, given_suite uuid, given_place uuid, may_wait boolean,
                                     OUT outcome text, OUT ends_at timestamptz, OUT assignment crowd_rules_assignment,
                                     OUT exhausted_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    pool crowd_rules_pool;
    place crowd_rules_performerpool;
    suite crowd_rules_tasksuite;
    seen record;
    admission record;
    mixed record;
    chosen uuid[];
    began timestamptz;
    overdue uuid;
    expired integer;
BEGIN
    began := clock_timestamp();
    IF may_wait THEN
        SELECT p AS pool, (SELECT a.id FROM crowd_rules_assignment a
                            WHERE a.organization_id = given_organization AND a.pool_id = given_pool
                              AND a.performer_id = given_performer AND a.status = 'ACTIVE'
                              AND a.expires_at <= clock_timestamp()) AS overdue INTO seen
          FROM crowd_rules_pool p
         WHERE p.organization_id = given_organization AND p.id = given_pool;
        IF NOT FOUND THEN
            outcome := 'UNKNOWN'; RETURN;
        END IF;
        pool := seen.pool;
        IF seen.overdue IS NOT NULL THEN
            overdue := crowd_rules_hold_overdue(given_organization, seen.overdue);
        END IF;
        place := crowd_rules_hold_place(given_organization, given_pool, given_performer, given_place);
        began := clock_timestamp();
        -- Whatever may stand in the way, in one look; what does is seen into below.
        SELECT (SELECT a FROM crowd_rules_assignment a
                 WHERE a.organization_id = given_organization AND a.pool_id = given_pool
                   AND a.performer_id = given_performer AND a.status = 'ACTIVE') AS in_hand,
               EXISTS (SELECT FROM crowd_rules_restriction r
                        WHERE r.organization_id = given_organization AND r.performer_id = given_performer
                          AND r.lifted_at IS NULL) AS may_be_restricted,
               EXISTS (SELECT FROM crowd_rules_assignment a
                        WHERE a.organization_id = given_organization AND a.pool_id = given_pool AND a.status = 'ACTIVE'
                          AND a.expires_at <= began) AS has_overdue INTO seen;
    ELSE
        -- The transaction has held the place since it ended a suite of theirs.
        SELECT p AS pool, l AS place, false AS has_overdue,
               (SELECT a FROM crowd_rules_assignment a
                 WHERE a.organization_id = given_organization AND a.pool_id = given_pool
                   AND a.performer_id = given_performer AND a.status = 'ACTIVE') AS in_hand,
               EXISTS (SELECT FROM crowd_rules_restriction r
                        WHERE r.organization_id = given_organization AND r.performer_id = given_performer
                          AND r.lifted_at IS NULL) AS may_be_restricted INTO seen
          FROM crowd_rules_pool p
          JOIN crowd_rules_performerpool l
            ON l.organization_id = given_organization AND l.pool_id = given_pool AND l.performer_id = given_performer
         WHERE p.organization_id = given_organization AND p.id = given_pool;
        IF NOT FOUND THEN
            outcome := 'UNKNOWN'; RETURN;
        END IF;
        pool := seen.pool;
        place := seen.place;
    END IF;
    assignment := seen.in_hand;
    IF assignment.id IS NOT NULL THEN
        outcome := 'AGAIN';
        IF assignment.expires_at > began THEN RETURN; END IF;
        -- The overdue one that is held is expired, whatever else waits for that; else it was not over when it could be
        -- waited for.
        outcome := 'BUSY';
        IF overdue IS DISTINCT FROM assignment.id THEN
            assignment := NULL; RETURN;
        END IF;
        PERFORM crowd_rules_release(given_organization, ARRAY[overdue], 'EXPIRED', began);
        assignment := NULL;
    END IF;
    IF pool.status <> 'OPEN' OR pool.will_expire <= clock_timestamp() THEN
        outcome := 'CLOSED'; RETURN;
    END IF;
    IF seen.may_be_restricted OR pool.filter ? 'and' OR pool.training_pool_id IS NOT NULL THEN
        admission := crowd_rules_admission(given_organization, given_performer, pool);
        outcome := admission.refusal; ends_at := admission.ends_at;
        IF outcome <> '' THEN RETURN; END IF;
    END IF;
    -- One expiry in one transaction: each takes its tasks in their order, two would not.
    IF may_wait AND overdue IS NULL AND seen.has_overdue THEN
        expired := crowd_rules_expire(given_organization, given_pool, 20);
    END IF;

    FOR attempt IN 1..40 LOOP
        began := clock_timestamp();
        outcome := '';
        IF NOT pool.mixing THEN
            SELECT s.* INTO suite FROM crowd_rules_next_suite(given_organization, pool, given_performer) s;
            IF FOUND THEN
                SELECT array_agg(id ORDER BY number) INTO chosen FROM (
                    SELECT task AS id, CASE WHEN pool.shuffle_tasks_in_task_suite
                                            THEN hashtextextended(task::text || given_assignment::text, pool.seed)
                                            ELSE nth END AS number
                      FROM unnest(suite.task_ids) WITH ORDINALITY AS page (task, nth)) shuffled;
                assignment := crowd_rules_issue(given_organization, pool, place, given_assignment, suite.id, chosen,
                                                false, NULL, NULL);
                outcome := 'ISSUED';
            ELSIF NOT crowd_rules_has_suite(pool, given_performer) THEN
                outcome := 'EMPTY';
            END IF;
        ELSE
            mixed := crowd_rules_mix(given_organization, pool, place, given_suite);
            IF mixed.lacks_known THEN
                outcome := 'EMPTY';
            ELSIF cardinality(mixed.page) > 0 THEN
                assignment := crowd_rules_issue(given_organization, pool, place, given_assignment, given_suite, mixed.page,
                                                true, mixed.last_turn, mixed.controls_exhausted_at);
                outcome := 'ISSUED';
            ELSIF NOT crowd_rules_may_mix(given_organization, given_pool, given_performer, place.exhausted_at) THEN
                outcome := 'EMPTY';
                -- Who releases a task writes the time before the commit: five minutes are left for that.
                IF NOT pool.keep_task_order THEN
                    exhausted_at := greatest(began - interval '5 minutes', place.exhausted_at);
                END IF;
            ELSIF attempt > 5 AND pool.min_real_tasks_count > 1 THEN
                -- Fewer than the least number of real tasks, and nobody to wait for.
                outcome := 'EMPTY';
            END IF;
        END IF;
        EXIT WHEN outcome <> '' OR NOT may_wait;
        PERFORM pg_sleep(0.002 * attempt);
    END LOOP;
    IF outcome = '' THEN outcome := 'BUSY'; END IF;
END $$;
"""
TAKE = """
-- What `crowd_rules_hand_out` does: {outcome, ends_at, exhausted_at}, or {outcome, assignment, tasks} with the page.
CREATE FUNCTION crowd_rules_take(given_organization uuid, given_pool uuid, given_performer uuid,
                                 given_assignment uuid, given_suite uuid, given_place uuid, may_wait boolean)
RETURNS json LANGUAGE plpgsql BY_INDEX AS $$
DECLARE
    handed record;
    assignment crowd_rules_assignment;
BEGIN
    handed := crowd_rules_hand_out(given_organization, given_pool, given_performer, given_assignment, given_suite,
                                   given_place, may_wait);
    assignment := handed.assignment;
    IF assignment.id IS NULL THEN
        RETURN json_build_object('outcome', handed.outcome, 'ends_at', handed.ends_at,
                                 'exhausted_at', handed.exhausted_at);
    END IF;
    RETURN json_build_object('outcome', handed.outcome, 'assignment', row_to_json(assignment),
                             'tasks', crowd_rules_page(given_organization, assignment.id));
END $$;
"""
FINISH = """
-- {assignment, completed, next}: a submit with what follows from it, where Python has nothing to decide in between: the
-- task that it completes, and the next suite. `tells`: off where that task is known; `completed` is null then.
-- `completion`: as `audits_complete_tasks` takes it, or null; `takes`: the ids of a hand-out, or null.
CREATE FUNCTION crowd_rules_finish(given_organization uuid, given_assignment uuid, solutions uuid[], outputs jsonb[],
                                   corrects boolean[], instant timestamptz, given_accept_by timestamptz,
                                   given_reward uuid, states jsonb, events jsonb, counters jsonb, completion jsonb,
                                   takes uuid[], tells boolean)
RETURNS json LANGUAGE plpgsql BY_INDEX AS $$
DECLARE
    assignment crowd_rules_assignment;
    completed json;
    next json;
BEGIN
    assignment := crowd_rules_submit(given_organization, given_assignment, solutions, outputs, corrects, instant,
                                     given_accept_by, given_reward, states, events, counters);
    IF completion IS NOT NULL AND NOT tells THEN
        PERFORM FROM audits_complete_tasks(given_organization, completion, instant);
    ELSIF completion IS NOT NULL THEN
        SELECT json_agg(c) INTO completed FROM audits_complete_tasks(given_organization, completion, instant) c;
    END IF;
    IF takes IS NOT NULL THEN
        next := crowd_rules_take(given_organization, assignment.pool_id, assignment.performer_id, takes[1], takes[2],
                                 takes[3], false);
    END IF;
    RETURN json_build_object('assignment', row_to_json(assignment), 'completed', completed, 'next', next);
END $$;
"""
COUNTERS = """
-- [{performer, key, state, fresh_from}, …]: these counters, made where there are none, held in the order of their keys.
CREATE FUNCTION crowd_rules_hold_counters(given_organization uuid, performers uuid[], keys text[])
RETURNS json LANGUAGE plpgsql BY_INDEX AS $$
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
    RETURN (
        SELECT json_agg(held) FROM (
            SELECT c.performer_id AS performer, c.key, c.state, c.fresh_from FROM crowd_rules_counter c
             WHERE c.organization_id = given_organization AND c.performer_id = ANY (performers) AND c.key = ANY (keys)
             ORDER BY c.performer_id, c.key FOR UPDATE) held);
END $$;
"""
CHANGED = [
    "crowd_rules_hold_counters",
    "crowd_rules_finish",
    "crowd_rules_take",
    "crowd_rules_hold",
    "crowd_rules_enter",
]
DROP = "".join(f"DROP FUNCTION IF EXISTS {name};" for name in CHANGED)
# The others of these names stand in 0012.
NOW = DROP + KNOWN + MIX + HAND_OUT + TAKE + FINISH + COUNTERS
# The choice runs under its callers' settings but for the one that only it has.
NOW += "ALTER FUNCTION crowd_rules_choose RESET ALL; ALTER FUNCTION crowd_rules_choose SET enable_sort = off;"


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0010_submit_by_index"), ("audits", "0021_complete_in_two_steps")]

    operations = [migrations.RunSQL(NOW.replace("BY_INDEX", BEFORE.BY_INDEX), migrations.RunSQL.noop)]
