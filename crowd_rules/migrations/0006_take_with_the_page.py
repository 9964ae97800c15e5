"""The hand-out with the page in its answer: it writes a performer's place once, expires the performer's own suite first.

It tells when a look was in vain: a refusal undoes the transaction, so the caller writes that down behind it. And it can
follow a submit in the same transaction: then it waits for nobody.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("crowd_rules.migrations.0003_hand_out")

PLACE = """
-- The performer's place in the pool, held; made where there is none.
CREATE FUNCTION crowd_rules_hold_place(given_organization uuid, given_pool uuid, given_performer uuid, given_place uuid)
RETURNS crowd_rules_performerpool LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    place crowd_rules_performerpool;
BEGIN
    LOOP
        SELECT l.* INTO place FROM crowd_rules_performerpool l
         WHERE l.organization_id = given_organization AND l.pool_id = given_pool AND l.performer_id = given_performer
           FOR UPDATE;
        IF FOUND THEN RETURN place; END IF;
        INSERT INTO crowd_rules_performerpool (id, organization_id, performer_id, pool_id, taken, submitted, skipped,
                                               control_answers, control_correct)
        VALUES (given_place, given_organization, given_performer, given_pool, 0, 0, 0, 0, 0)
        ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

-- The performer's assignment in hand in this pool that is over by the clock, held; whoever is at work on it is waited for.
-- To be asked for before the place is held: that is the order of locks.
CREATE FUNCTION crowd_rules_hold_overdue(given_organization uuid, given_pool uuid, given_performer uuid)
RETURNS uuid LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    overdue uuid;
BEGIN
    SELECT a.id INTO overdue FROM crowd_rules_assignment a
     WHERE a.organization_id = given_organization AND a.pool_id = given_pool AND a.performer_id = given_performer
       AND a.status = 'ACTIVE' AND a.expires_at <= clock_timestamp() FOR UPDATE;
    RETURN overdue;
END $$;

-- The performer's assignment in hand in this pool; the overdue one that is held is expired, whatever else waits for that.
-- `busy`: it is over by now, and was not when it could be waited for.
CREATE FUNCTION crowd_rules_in_hand(given_organization uuid, given_pool uuid, given_performer uuid, overdue uuid,
                                    OUT assignment uuid, OUT busy boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    instant timestamptz := clock_timestamp();
    ends timestamptz;
BEGIN
    busy := false;
    SELECT a.id, a.expires_at INTO assignment, ends FROM crowd_rules_assignment a
     WHERE a.organization_id = given_organization AND a.pool_id = given_pool AND a.performer_id = given_performer
       AND a.status = 'ACTIVE';
    IF NOT FOUND OR ends > instant THEN RETURN; END IF;
    IF assignment = overdue THEN
        PERFORM crowd_rules_release(given_organization, ARRAY[overdue], 'EXPIRED', instant);
    ELSE
        busy := true;
    END IF;
    assignment := NULL;
END $$;
"""
MIX = """
-- A page for this performer out of a mixing pool: its tasks, held, in their order; the turn of the last real one; and
-- whether the kinds that the pool asks for are there. Empty: no real tasks that nobody else holds.
CREATE FUNCTION crowd_rules_mix(given_organization uuid, pool crowd_rules_pool, place crowd_rules_performerpool,
                                given_suite uuid, OUT page uuid[], OUT last_turn bigint, OUT lacks_known boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    chosen uuid[] := '{}';
    controls uuid[];
    trainings uuid[];
    more record;
    lowest CONSTANT bigint := -9223372036854775808;
    highest CONSTANT bigint := 9223372036854775807;
BEGIN
    page := '{}'; lacks_known := false;
    IF place.exhausted_at IS NOT NULL THEN
        SELECT coalesce(array_agg(c.id), '{}'), max(c.turn) INTO chosen, last_turn
          FROM crowd_rules_choose(given_organization, pool.id, place.performer_id, pool.real_tasks_count, 0, 0,
                                  place.exhausted_at) c;
    ELSIF pool.real_tasks_count > 0 THEN
        -- Kept order begins at the head every time: a task there must be done before the next is begun.
        SELECT coalesce(array_agg(c.id), '{}'), max(c.turn) INTO chosen, last_turn
          FROM crowd_rules_choose(given_organization, pool.id, place.performer_id, pool.real_tasks_count,
                                  CASE WHEN pool.keep_task_order THEN lowest ELSE coalesce(place.cursor, lowest) END,
                                  highest, NULL) c;
        IF cardinality(chosen) < pool.real_tasks_count AND place.cursor IS NOT NULL AND NOT pool.keep_task_order THEN
            FOR more IN
                SELECT c.id, c.turn
                  FROM crowd_rules_choose(given_organization, pool.id, place.performer_id,
                                          pool.real_tasks_count - cardinality(chosen), lowest, place.cursor, NULL) c
            LOOP
                chosen := chosen || more.id;
                last_turn := more.turn;
            END LOOP;
        END IF;
    END IF;
    IF cardinality(chosen) < least(pool.min_real_tasks_count, pool.real_tasks_count)
       OR cardinality(chosen) = 0 AND pool.real_tasks_count > 0 THEN RETURN; END IF;
    controls := crowd_rules_choose_known(given_organization, pool, place.performer_id, 'CONTROL',
                                         pool.golden_tasks_count);
    trainings := crowd_rules_choose_known(given_organization, pool, place.performer_id, 'TRAINING',
                                          pool.training_tasks_count);
    lacks_known := cardinality(controls) < least(pool.min_golden_tasks_count, pool.golden_tasks_count)
        OR cardinality(trainings) < least(pool.min_training_tasks_count, pool.training_tasks_count)
        OR cardinality(chosen || controls || trainings) = 0;
    page := crowd_rules_arrange(pool, given_suite, chosen, controls || trainings);
END $$;

-- Whether a mixing pool has a real task for this performer, though others may hold it at this moment.
CREATE FUNCTION crowd_rules_may_mix(given_organization uuid, given_pool uuid, given_performer uuid,
                                    released_after timestamptz)
RETURNS boolean LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM crowd_rules_pooltask t
         WHERE t.organization_id = given_organization AND t.pool_id = given_pool AND t.kind = 'REAL'
           AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap)
           AND (released_after IS NULL OR t.released_at > released_after)
           AND (t.reserved_for IS NULL OR given_performer = ANY (t.reserved_for))
           AND (t.unavailable_for IS NULL OR given_performer <> ALL (t.unavailable_for))
           AND NOT EXISTS (SELECT FROM crowd_rules_solution s
                            WHERE s.organization_id = given_organization AND s.pool_task_id = t.id
                              AND s.performer_id = given_performer AND NOT s.is_released));
END $$;
"""
SUITE = """
-- The next suite made by hand for this performer, held; no row: none that nobody else holds.
CREATE FUNCTION crowd_rules_next_suite(given_organization uuid, pool crowd_rules_pool, given_performer uuid)
RETURNS SETOF crowd_rules_tasksuite LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT s.* FROM crowd_rules_tasksuite s
     WHERE s.organization_id = given_organization AND s.pool_id = pool.id AND NOT s.mixed
       AND (s.infinite_overlap OR s.issued < s.overlap)
       AND (s.reserved_for IS NULL OR given_performer = ANY (s.reserved_for))
       AND (s.unavailable_for IS NULL OR given_performer <> ALL (s.unavailable_for))
       AND NOT EXISTS (SELECT FROM crowd_rules_assignment a
                        WHERE a.organization_id = given_organization AND a.suite_id = s.id
                          AND a.performer_id = given_performer AND a.status <> 'EXPIRED')
     ORDER BY s.issuing_order_override DESC, s.turn LIMIT 1 FOR UPDATE SKIP LOCKED;
END $$;
"""
HAND_OUT = """
-- The next suite of this pool for this performer. `outcome`: ISSUED, AGAIN (the one in hand), or why not: UNKNOWN, CLOSED,
-- RESTRICTED (until `ends_at`; null: no end is set), SKILL, EMPTY, BUSY (others hold all that is left: ask again).
-- `exhausted_at`, of EMPTY: from here on only what is released later can be new to this performer. `may_wait`: false where
-- the transaction holds counters or tasks already, so that nobody may be waited for: no expiry of others' suites, one look.
CREATE FUNCTION crowd_rules_hand_out(given_organization uuid, given_pool uuid, given_performer uuid,
                                     given_assignment uuid, given_suite uuid, given_place uuid, may_wait boolean,
                                     OUT outcome text, OUT ends_at timestamptz, OUT assignment uuid,
                                     OUT exhausted_at timestamptz)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    pool crowd_rules_pool;
    place crowd_rules_performerpool;
    suite crowd_rules_tasksuite;
    mixed record;
    chosen uuid[];
    last_turn bigint;
    began timestamptz;
    is_busy boolean;
    overdue uuid;
BEGIN
    SELECT p.* INTO pool FROM crowd_rules_pool p
     WHERE p.organization_id = given_organization AND p.id = given_pool;
    IF NOT FOUND THEN
        outcome := 'UNKNOWN'; RETURN;
    END IF;
    IF may_wait THEN overdue := crowd_rules_hold_overdue(given_organization, given_pool, given_performer); END IF;
    place := crowd_rules_hold_place(given_organization, given_pool, given_performer, given_place);
    SELECT h.assignment, h.busy INTO assignment, is_busy
      FROM crowd_rules_in_hand(given_organization, given_pool, given_performer, overdue) h;
    IF is_busy OR assignment IS NOT NULL THEN
        outcome := CASE WHEN is_busy THEN 'BUSY' ELSE 'AGAIN' END; RETURN;
    END IF;
    IF pool.status <> 'OPEN' OR pool.will_expire <= clock_timestamp() THEN
        outcome := 'CLOSED'; RETURN;
    END IF;
    SELECT a.refusal, a.ends_at INTO outcome, ends_at
      FROM crowd_rules_admission(given_organization, given_performer, pool) a;
    IF outcome <> '' THEN RETURN; END IF;
    -- One expiry in one transaction: each takes its tasks in their order, two would not.
    IF may_wait AND overdue IS NULL THEN PERFORM crowd_rules_expire(given_organization, given_pool, 20); END IF;

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
                PERFORM crowd_rules_issue(given_organization, pool, given_performer, given_assignment, suite.id, chosen,
                                          false);
                outcome := 'ISSUED';
            ELSIF NOT crowd_rules_has_suite(pool, given_performer) THEN
                outcome := 'EMPTY';
            END IF;
        ELSE
            SELECT m.* INTO mixed FROM crowd_rules_mix(given_organization, pool, place, given_suite) m;
            last_turn := mixed.last_turn;
            IF mixed.lacks_known THEN
                outcome := 'EMPTY';
            ELSIF cardinality(mixed.page) > 0 THEN
                PERFORM crowd_rules_issue(given_organization, pool, given_performer, given_assignment, given_suite,
                                          mixed.page, true);
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
    IF outcome = 'ISSUED' THEN
        assignment := given_assignment;
        UPDATE crowd_rules_performerpool l SET taken = l.taken + 1, cursor = coalesce(last_turn, l.cursor)
         WHERE l.organization_id = given_organization AND l.id = place.id;
    ELSIF outcome = '' THEN
        outcome := 'BUSY';
    END IF;
END $$;
"""
TAKE = """
-- What `crowd_rules_hand_out` does, with the assignment and its page in the answer.
CREATE FUNCTION crowd_rules_take(given_organization uuid, given_pool uuid, given_performer uuid,
                                 given_assignment uuid, given_suite uuid, given_place uuid, may_wait boolean)
RETURNS TABLE (outcome text, ends_at timestamptz, exhausted_at timestamptz, assignment crowd_rules_assignment,
               tasks jsonb)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    handed record;
BEGIN
    SELECT h.* INTO handed
      FROM crowd_rules_hand_out(given_organization, given_pool, given_performer, given_assignment, given_suite,
                                given_place, may_wait) h;
    outcome := handed.outcome; ends_at := handed.ends_at; exhausted_at := handed.exhausted_at;
    IF handed.assignment IS NOT NULL THEN
        SELECT a.* INTO assignment FROM crowd_rules_assignment a
         WHERE a.organization_id = given_organization AND a.id = handed.assignment;
        tasks := crowd_rules_page(given_organization, handed.assignment);
    END IF;
    RETURN NEXT;
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
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
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
NEW = ["crowd_rules_hold_place", "crowd_rules_hold_overdue", "crowd_rules_in_hand", "crowd_rules_mix", "crowd_rules_may_mix",
       "crowd_rules_next_suite", "crowd_rules_hand_out", "crowd_rules_take", "crowd_rules_finish"]  # fmt: skip
DROP = "".join(f"DROP FUNCTION {name};" for name in reversed(NEW))


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0005_hand_out_in_few_statements")]

    operations = [
        migrations.RunSQL("DROP FUNCTION crowd_rules_hand_out;", BEFORE.HAND_OUT),
        migrations.RunSQL(PLACE + MIX + SUITE + HAND_OUT + TAKE + FINISH, DROP),
    ]
