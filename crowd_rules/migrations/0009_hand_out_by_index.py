"""The hand-out by its indexes, whatever the planner knows of a pool that was just made, and in fewer statements.

Plans are made once per connection, often while the tables are small or were never analyzed: left to itself PostgreSQL
then reads whole tables, and goes on doing so when they have grown. So what is called from outside switches everything
but index scans and nested loops off; what it calls runs, and is planned, under that.

Lock order, as everywhere in `crowd_rules.services`: assignment, the performer's place in the pool, suites, pool tasks by
id, counters by id, audits tasks by batch and id. A hand-out begins at the place and takes assignments and tasks only
where it need not wait for them, so that it stands in nobody's way.
"""

from django.db import migrations, models

BY_INDEX = """SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off"""
ENTER = """
-- Scopes the transaction to the organization of the performer with this token; no row, and no scope, for any other.
CREATE FUNCTION crowd_rules_enter(given_public_id text, given_hash bytea)
RETURNS TABLE (account crowd_rules_performeraccount, performer audits_performer, organization tenancy_organization)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found_row record;
    was_found boolean;
    setting text;
BEGIN
    setting := set_config('labelops.scope', 'system', true);
    SELECT a, p, o INTO found_row
      FROM crowd_rules_performeraccount a
      JOIN audits_performer p ON p.organization_id = a.organization_id AND p.id = a.performer_id
      JOIN tenancy_organization o ON o.id = a.organization_id
     WHERE a.token_public_id = given_public_id AND a.is_active;
    was_found := FOUND;
    setting := set_config('labelops.scope', '', true);
    IF was_found AND (found_row.a).token_hash = given_hash THEN
        account := found_row.a; performer := found_row.p; organization := found_row.o;
        setting := set_config('labelops.organization', organization.id::text, true);
        RETURN NEXT;
    END IF;
END $$;
"""
ADMISSION = """
-- '' where this performer may have work of this pool, else RESTRICTED (with its end; null: none is set) or SKILL.
CREATE OR REPLACE FUNCTION crowd_rules_admission(given_organization uuid, given_performer uuid, pool crowd_rules_pool,
                                                 OUT refusal text, OUT ends_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    found_any boolean;
    for_good boolean;
    passes boolean := true;
BEGIN
    SELECT count(*) > 0, coalesce(bool_or(r.until IS NULL), false), max(r.until) INTO found_any, for_good, ends_at
      FROM crowd_rules_restriction r
     WHERE r.organization_id = given_organization AND r.performer_id = given_performer AND r.lifted_at IS NULL
       AND (r.until IS NULL OR r.until > instant)
       AND (r.scope = 'ALL_PROJECTS' OR r.scope = 'PROJECT' AND r.project_id = pool.project_id
            OR r.scope = 'POOL' AND r.pool_id = pool.id);
    IF found_any THEN
        refusal := 'RESTRICTED';
        IF for_good THEN ends_at := NULL; END IF;
        RETURN;
    END IF;
    IF pool.filter ? 'and' THEN
        passes := NOT EXISTS (
            SELECT FROM jsonb_array_elements(coalesce(pool.filter->'and', '[]')) clause
             WHERE NOT EXISTS (
                SELECT FROM jsonb_array_elements(clause->'or') condition
                 WHERE crowd_rules_condition_holds(given_organization, given_performer, condition)));
    END IF;
    IF passes AND pool.training_pool_id IS NOT NULL THEN
        -- The training's skill is the one whose cause names it: kept in the training's settings.
        passes := EXISTS (
            SELECT FROM crowd_rules_pool t
              JOIN crowd_rules_performerskill v ON v.organization_id = given_organization
               AND v.performer_id = given_performer AND v.skill_id = (t.settings->>'training_skill')::uuid
             WHERE t.organization_id = given_organization AND t.id = pool.training_pool_id
               AND round(v.exact_value) >= pool.training_passing_skill_value);
    END IF;
    refusal := CASE WHEN passes THEN '' ELSE 'SKILL' END;
END $$;
"""
EXPIRE = """
-- Expire what the clock has ended in this pool (in all pools: null), as far as nobody is busy with it. How many.
CREATE OR REPLACE FUNCTION crowd_rules_expire(given_organization uuid, given_pool uuid, at_most integer)
RETURNS integer LANGUAGE plpgsql BY_INDEX AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    overdue uuid[];
BEGIN
    IF given_pool IS NULL THEN
        SELECT array_agg(id) INTO overdue FROM (
            SELECT a.id FROM crowd_rules_assignment a
             WHERE a.organization_id = given_organization AND a.status = 'ACTIVE' AND a.expires_at <= instant
             ORDER BY a.expires_at LIMIT at_most FOR UPDATE SKIP LOCKED) found;
    ELSE
        SELECT array_agg(id) INTO overdue FROM (
            SELECT a.id FROM crowd_rules_assignment a
             WHERE a.organization_id = given_organization AND a.pool_id = given_pool
               AND a.status = 'ACTIVE' AND a.expires_at <= instant
             ORDER BY a.expires_at LIMIT at_most FOR UPDATE SKIP LOCKED) found;
    END IF;
    IF overdue IS NULL THEN RETURN 0; END IF;
    PERFORM crowd_rules_release(given_organization, overdue, 'EXPIRED', instant);
    RETURN cardinality(overdue);
END $$;
"""
PLACE = """
-- The performer's place in the pool, held; made where there is none.
CREATE FUNCTION crowd_rules_hold_place(given_organization uuid, given_pool uuid, given_performer uuid, given_place uuid)
RETURNS crowd_rules_performerpool LANGUAGE plpgsql AS $$
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
CREATE FUNCTION crowd_rules_hold_overdue(given_organization uuid, given_assignment uuid)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    overdue uuid;
BEGIN
    SELECT a.id INTO overdue FROM crowd_rules_assignment a
     WHERE a.organization_id = given_organization AND a.id = given_assignment AND a.status = 'ACTIVE' FOR UPDATE;
    RETURN overdue;
END $$;
"""
CHOOSE = """
-- Real tasks for this performer, held: those with a free slot that they never had, in the pool's order, and the turn of
-- the last. Behind the last one they took first; then around once; who has seen everything looks only at what was
-- released since. The order of the index is the order of the tasks: nothing is sorted, and no more is read than is taken.
CREATE FUNCTION crowd_rules_choose(given_organization uuid, given_pool uuid, given_performer uuid, at_most integer,
                                   from_turn bigint, to_turn bigint, released_after timestamptz,
                                   OUT chosen uuid[], OUT last_turn bigint)
LANGUAGE plpgsql BY_INDEX SET enable_sort = off AS $$
#variable_conflict use_column
BEGIN
    IF released_after IS NOT NULL THEN
        SELECT array_agg(found.id), max(found.turn) INTO chosen, last_turn FROM (
            SELECT t.id, t.turn FROM crowd_rules_pooltask t
             WHERE t.organization_id = given_organization AND t.pool_id = given_pool AND t.kind = 'REAL'
               AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap)
               AND t.released_at > released_after
               AND (t.reserved_for IS NULL OR given_performer = ANY (t.reserved_for))
               AND (t.unavailable_for IS NULL OR given_performer <> ALL (t.unavailable_for))
               AND NOT EXISTS (SELECT FROM crowd_rules_solution s
                                WHERE s.organization_id = given_organization AND s.pool_task_id = t.id
                                  AND s.performer_id = given_performer AND NOT s.is_released OFFSET 0)
             ORDER BY t.released_at LIMIT at_most FOR UPDATE OF t SKIP LOCKED) found;
    ELSE
        SELECT array_agg(found.id), max(found.turn) INTO chosen, last_turn FROM (
            SELECT t.id, t.turn FROM crowd_rules_pooltask t
             WHERE t.organization_id = given_organization AND t.pool_id = given_pool AND t.kind = 'REAL'
               AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap)
               AND t.turn > from_turn AND t.turn <= to_turn
               AND (t.reserved_for IS NULL OR given_performer = ANY (t.reserved_for))
               AND (t.unavailable_for IS NULL OR given_performer <> ALL (t.unavailable_for))
               AND NOT EXISTS (SELECT FROM crowd_rules_solution s
                                WHERE s.organization_id = given_organization AND s.pool_task_id = t.id
                                  AND s.performer_id = given_performer AND NOT s.is_released OFFSET 0)
             ORDER BY t.turn LIMIT at_most FOR UPDATE OF t SKIP LOCKED) found;
    END IF;
    chosen := coalesce(chosen, '{}');
END $$;

-- Control or training tasks that this performer never had, by the pool's seeded shuffle, which is another one for each
-- performer. Only those with an end to their overlap are held. `saw_any`: there are some, though others may hold them.
CREATE FUNCTION crowd_rules_choose_known(given_organization uuid, pool crowd_rules_pool, given_performer uuid,
                                         given_kind text, at_most integer, released_after timestamptz,
                                         OUT chosen uuid[], OUT saw_any boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    candidate record;
BEGIN
    chosen := '{}'; saw_any := false;
    IF at_most = 0 THEN RETURN; END IF;
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
CREATE FUNCTION crowd_rules_mix(given_organization uuid, pool crowd_rules_pool, place crowd_rules_performerpool,
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
    controls := crowd_rules_choose_known(given_organization, pool, place.performer_id, 'CONTROL',
                                         pool.golden_tasks_count, place.controls_exhausted_at);
    trainings := crowd_rules_choose_known(given_organization, pool, place.performer_id, 'TRAINING',
                                          pool.training_tasks_count, NULL);
    IF NOT controls.saw_any AND pool.golden_tasks_count > 0 THEN
        -- Who releases a task writes the time before the commit: five minutes are left for that.
        controls_exhausted_at := greatest(began - interval '5 minutes', place.controls_exhausted_at);
    END IF;
    known := controls.chosen || trainings.chosen;
    lacks_known := cardinality(controls.chosen) < least(pool.min_golden_tasks_count, pool.golden_tasks_count)
        OR cardinality(trainings.chosen) < least(pool.min_training_tasks_count, pool.training_tasks_count)
        OR cardinality(chosen || known) = 0;
    IF cardinality(known) = 0 AND NOT pool.shuffle_tasks_in_task_suite THEN
        page := chosen;
    ELSE
        page := crowd_rules_arrange(pool, given_suite, chosen, known);
    END IF;
END $$;
"""
ISSUE = """
-- Write an assignment of these tasks down, count the slots, and note in the performer's place that it was taken; all of
-- them are held. `chosen` is the order of the page.
CREATE FUNCTION crowd_rules_issue(given_organization uuid, pool crowd_rules_pool, place crowd_rules_performerpool,
                                  given_assignment uuid, given_suite uuid, chosen uuid[], is_mixed boolean,
                                  last_turn bigint, no_controls_since timestamptz)
RETURNS crowd_rules_assignment LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    issued crowd_rules_assignment;
BEGIN
    IF NOT is_mixed THEN
        PERFORM FROM crowd_rules_pooltask t
         WHERE t.organization_id = given_organization AND t.id = ANY (chosen) AND NOT t.infinite_overlap
         ORDER BY t.id FOR UPDATE;
        UPDATE crowd_rules_tasksuite s SET issued = s.issued + 1
         WHERE s.organization_id = given_organization AND s.id = given_suite;
    END IF;
    WITH suite AS (
        INSERT INTO crowd_rules_tasksuite (id, organization_id, pool_id, task_ids, mixed, turn, issuing_order_override,
                                           overlap, infinite_overlap, issued, pending, accepted, rejected, settings,
                                           released_at, created_at)
        SELECT given_suite, given_organization, pool.id, chosen, true, 0, 0, 1, false, 1, 0, 0, 0, '{}', instant, instant
         WHERE is_mixed),
    page AS (
        INSERT INTO crowd_rules_solution (id, organization_id, assignment_id, pool_task_id, performer_id, position,
                                          audit_verdict, is_released)
        SELECT gen_random_uuid(), given_organization, given_assignment, one.task, place.performer_id, one.nth - 1, '',
               false
          FROM unnest(chosen) WITH ORDINALITY AS one (task, nth)),
    counted AS (
        UPDATE crowd_rules_pooltask t SET issued = t.issued + 1
         WHERE t.organization_id = given_organization AND t.id = ANY (chosen) AND NOT t.infinite_overlap),
    noted AS (
        UPDATE crowd_rules_performerpool l
           SET taken = l.taken + 1, cursor = coalesce(last_turn, l.cursor), controls_exhausted_at = no_controls_since
         WHERE l.organization_id = given_organization AND l.id = place.id)
    INSERT INTO crowd_rules_assignment (id, organization_id, pool_id, suite_id, performer_id, status, reward,
                                        public_comment, created_at, expires_at)
    VALUES (given_assignment, given_organization, pool.id, given_suite, place.performer_id, 'ACTIVE', pool.reward, '',
            instant, instant + pool.assignment_max_duration_seconds * interval '1 second')
    RETURNING * INTO issued;
    RETURN issued;
END $$;
"""
HAND_OUT = """
-- The next suite of this pool for this performer. `outcome`: ISSUED, AGAIN (the one in hand), or why not: UNKNOWN, CLOSED,
-- RESTRICTED (until `ends_at`; null: no end is set), SKILL, EMPTY, BUSY (others hold all that is left: ask again).
-- `exhausted_at`, of EMPTY: from here on only what is released later can be new to this performer. `may_wait`: false where
-- the transaction holds counters or tasks already, so that nobody may be waited for: no expiry of others' suites, one look.
CREATE FUNCTION crowd_rules_hand_out(given_organization uuid, given_pool uuid, given_performer uuid,
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
    IF may_wait AND seen.overdue IS NOT NULL THEN
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
-- What `crowd_rules_hand_out` does, with the assignment and its page in the answer.
CREATE FUNCTION crowd_rules_take(given_organization uuid, given_pool uuid, given_performer uuid,
                                 given_assignment uuid, given_suite uuid, given_place uuid, may_wait boolean)
RETURNS TABLE (outcome text, ends_at timestamptz, exhausted_at timestamptz, assignment crowd_rules_assignment,
               tasks jsonb)
LANGUAGE plpgsql BY_INDEX AS $$
DECLARE
    handed record;
BEGIN
    handed := crowd_rules_hand_out(given_organization, given_pool, given_performer, given_assignment, given_suite,
                                   given_place, may_wait);
    outcome := handed.outcome; ends_at := handed.ends_at; exhausted_at := handed.exhausted_at;
    assignment := handed.assignment;
    IF assignment.id IS NOT NULL THEN tasks := crowd_rules_page(given_organization, assignment.id); END IF;
    RETURN NEXT;
END $$;
"""
# `crowd_rules_may_mix` and `crowd_rules_has_task` ask as the choice does; `crowd_rules_next_suite` and
# `crowd_rules_has_suite` by the order of their index.
ONE_BY_ONE = "".join(
    f"ALTER FUNCTION {name} SET {setting} = off;"
    for name in ("crowd_rules_may_mix", "crowd_rules_has_task", "crowd_rules_has_suite", "crowd_rules_next_suite")
    for setting in ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")
)
NEW = ["crowd_rules_enter", "crowd_rules_admission", "crowd_rules_expire", "crowd_rules_hold_place",
       "crowd_rules_hold_overdue", "crowd_rules_choose", "crowd_rules_choose_known", "crowd_rules_mix",
       "crowd_rules_issue", "crowd_rules_hand_out", "crowd_rules_take"]  # fmt: skip
FUNCTIONS = ENTER + ADMISSION + EXPIRE + PLACE + CHOOSE + MIX + ISSUE + HAND_OUT + TAKE
DROP = "".join(f"DROP FUNCTION IF EXISTS {name};" for name in reversed(NEW))
# What an instance may have of earlier versions of these.
DROP_BEFORE = DROP + "DROP FUNCTION IF EXISTS crowd_rules_in_hand; DROP FUNCTION IF EXISTS crowd_rules_enter_by_token;"


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0008_pool_spending")]

    operations = [
        migrations.AddField("performerpool", "controls_exhausted_at", models.DateTimeField(null=True)),
        migrations.RunSQL(DROP_BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS.replace("BY_INDEX", BY_INDEX) + ONE_BY_ONE, DROP),
    ]
