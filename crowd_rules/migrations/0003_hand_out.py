"""Who gets which task: one function decides, whole or not at all, and gives back what was not done.

Generic plans are forced: left to itself PostgreSQL plans anew each time, which costs more than the execution.

Lock order, as everywhere in `crowd_rules.services`: assignment, the performer's place in the pool, suites, pool tasks by
id, counters by id, audits tasks by batch and id. A hand-out begins at the place and takes assignments and tasks only
where it need not wait for them, so that it stands in nobody's way.
"""

from django.db import migrations

FILTER = """
-- Whether this condition of a filter holds. A missing skill equals nothing but null; one older than its time is missing.
CREATE FUNCTION crowd_rules_condition_holds(given_organization uuid, given_performer uuid, condition jsonb)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    operator text := condition->>'operator';
    wanted jsonb := condition->'value';
    given text;
    actual text[];
    skill numeric;
BEGIN
    IF condition->>'category' = 'skill' THEN
        SELECT round(v.exact_value) INTO skill
          FROM crowd_rules_performerskill v
          JOIN crowd_rules_skill s ON s.organization_id = given_organization AND s.id = v.skill_id
         WHERE v.organization_id = given_organization AND v.performer_id = given_performer
           AND replace(s.id::text, '-', '') = lower(replace(condition->>'key', '-', ''))
           AND (s.skill_ttl_hours IS NULL
                OR v.modified_at + s.skill_ttl_hours * interval '1 hour' > clock_timestamp());
        IF jsonb_typeof(coalesce(wanted, 'null')) = 'null' THEN
            RETURN CASE operator WHEN 'EQ' THEN skill IS NULL WHEN 'NE' THEN skill IS NOT NULL ELSE false END;
        END IF;
        RETURN coalesce(crowd_rules_number_holds(skill, operator, (wanted #>> '{}')::numeric), false);
    END IF;
    SELECT CASE condition->>'key'
               WHEN 'country' THEN ARRAY[nullif(a.country, '')]
               WHEN 'city' THEN ARRAY[nullif(a.city, '')]
               WHEN 'languages' THEN a.languages::text[]
               ELSE CASE jsonb_typeof(a.profile->(condition->>'key'))
                        WHEN 'array' THEN ARRAY(SELECT jsonb_array_elements_text(a.profile->(condition->>'key')))
                        ELSE ARRAY[a.profile->>(condition->>'key')] END
           END INTO actual
      FROM crowd_rules_performeraccount a
     WHERE a.organization_id = given_organization AND a.performer_id = given_performer;
    actual := array_remove(coalesce(actual, '{}'), NULL);
    IF operator IN ('EQ', 'IN', 'NE', 'NOT_IN') THEN
        IF jsonb_typeof(coalesce(wanted, 'null')) = 'null' THEN
            RETURN (actual = '{}') = (operator IN ('EQ', 'IN'));
        END IF;
        RETURN (operator IN ('EQ', 'IN')) = EXISTS (
            SELECT FROM unnest(actual) one
             WHERE upper(one) IN (SELECT upper(value) FROM jsonb_array_elements_text(
                   CASE jsonb_typeof(wanted) WHEN 'array' THEN wanted ELSE jsonb_build_array(wanted) END) value));
    END IF;
    given := wanted #>> '{}';
    RETURN coalesce(actual[1] ~ '^-?[0-9]{1,18}([.][0-9]{1,9})?$' AND given ~ '^-?[0-9]{1,18}([.][0-9]{1,9})?$'
                    AND crowd_rules_number_holds(actual[1]::numeric, operator, given::numeric), false);
END $$;
"""
NUMBER = """
CREATE FUNCTION crowd_rules_number_holds(actual numeric, operator text, wanted numeric)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE operator WHEN 'EQ' THEN actual = wanted WHEN 'NE' THEN actual <> wanted WHEN 'GT' THEN actual > wanted
                         WHEN 'GTE' THEN actual >= wanted WHEN 'LT' THEN actual < wanted
                         WHEN 'LTE' THEN actual <= wanted END
$$;
"""
ADMISSION = """
-- '' where this performer may have work of this pool, else RESTRICTED (with its end; null: none is set) or SKILL.
CREATE FUNCTION crowd_rules_admission(given_organization uuid, given_performer uuid, pool crowd_rules_pool,
                                      OUT refusal text, OUT ends_at timestamptz)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    found_any boolean;
    for_good boolean;
    passes boolean;
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
    passes := NOT EXISTS (
        SELECT FROM jsonb_array_elements(coalesce(pool.filter->'and', '[]')) clause
         WHERE NOT EXISTS (
            SELECT FROM jsonb_array_elements(clause->'or') condition
             WHERE crowd_rules_condition_holds(given_organization, given_performer, condition)));
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
RELEASE = """
-- Give the slots of these assignments (their rows are held) back: skipped ones never return to their performer, expired
-- ones may. What is not active any more stays as it is. An event each.
CREATE FUNCTION crowd_rules_release(given_organization uuid, given_assignments uuid[], given_status text,
                                    instant timestamptz)
RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    freed uuid[];
BEGIN
    UPDATE crowd_rules_assignment a
       SET status = given_status,
           skipped_at = CASE given_status WHEN 'SKIPPED' THEN instant END,
           expired_at = CASE given_status WHEN 'EXPIRED' THEN instant END
     WHERE a.organization_id = given_organization AND a.id = ANY (given_assignments) AND a.status = 'ACTIVE';
    PERFORM FROM crowd_rules_tasksuite s
     WHERE s.organization_id = given_organization
       AND s.id IN (SELECT a.suite_id FROM crowd_rules_assignment a
                     WHERE a.organization_id = given_organization AND a.id = ANY (given_assignments))
     ORDER BY s.id FOR UPDATE;
    UPDATE crowd_rules_tasksuite s
       SET issued = s.issued - given.number, released_at = instant
      FROM (SELECT a.suite_id, count(*) AS number FROM crowd_rules_assignment a
             WHERE a.organization_id = given_organization AND a.id = ANY (given_assignments) GROUP BY 1) given
     WHERE s.organization_id = given_organization AND s.id = given.suite_id;
    SELECT array_agg(s.pool_task_id) INTO freed FROM crowd_rules_solution s
     WHERE s.organization_id = given_organization AND s.assignment_id = ANY (given_assignments);
    PERFORM FROM crowd_rules_pooltask t
     WHERE t.organization_id = given_organization AND t.id = ANY (freed) AND NOT t.infinite_overlap
     ORDER BY t.id FOR UPDATE;
    UPDATE crowd_rules_pooltask t
       SET issued = t.issued - given.number, released_at = instant
      FROM (SELECT one, count(*) AS number FROM unnest(freed) one GROUP BY 1) given
     WHERE t.organization_id = given_organization AND t.id = given.one AND NOT t.infinite_overlap;
    IF given_status = 'EXPIRED' THEN
        UPDATE crowd_rules_solution s SET is_released = true
         WHERE s.organization_id = given_organization AND s.assignment_id = ANY (given_assignments);
        INSERT INTO crowd_rules_crowdevent (id, organization_id, project_id, pool_id, performer_id, kind, at,
                                            responded_at, subject_id, cause_id, facts)
        SELECT gen_random_uuid(), given_organization, p.project_id, p.id, a.performer_id, 'assignment.expired', instant,
               instant, a.id, a.id, '{}'
          FROM crowd_rules_assignment a
          JOIN crowd_rules_pool p ON p.organization_id = given_organization AND p.id = a.pool_id
         WHERE a.organization_id = given_organization AND a.id = ANY (given_assignments)
        ON CONFLICT DO NOTHING;
    END IF;
END $$;

-- Expire what the clock has ended in this pool (in all pools: null), as far as nobody is busy with it. How many.
CREATE FUNCTION crowd_rules_expire(given_organization uuid, given_pool uuid, at_most integer)
RETURNS integer LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    overdue uuid[];
BEGIN
    SELECT array_agg(id) INTO overdue FROM (
        SELECT a.id FROM crowd_rules_assignment a
         WHERE a.organization_id = given_organization AND (a.pool_id = given_pool OR given_pool IS NULL)
           AND a.status = 'ACTIVE' AND a.expires_at <= instant
         ORDER BY a.expires_at LIMIT at_most FOR UPDATE SKIP LOCKED) found;
    IF overdue IS NULL THEN RETURN 0; END IF;
    PERFORM crowd_rules_release(given_organization, overdue, 'EXPIRED', instant);
    RETURN cardinality(overdue);
END $$;
"""
CHOOSE = """
-- Real tasks for this performer, held: those with a free slot that they never had, in the pool's order. Behind the last
-- one they took first; then around once; who has seen everything looks only at what was released since.
CREATE FUNCTION crowd_rules_choose(given_organization uuid, given_pool uuid, given_performer uuid, at_most integer,
                                   from_turn bigint, to_turn bigint, released_after timestamptz)
RETURNS TABLE (id uuid, turn bigint) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    IF released_after IS NOT NULL THEN
        RETURN QUERY
        SELECT t.id, t.turn FROM crowd_rules_pooltask t
         WHERE t.organization_id = given_organization AND t.pool_id = given_pool AND t.kind = 'REAL'
           AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap) AND t.released_at > released_after
           AND (t.reserved_for IS NULL OR given_performer = ANY (t.reserved_for))
           AND (t.unavailable_for IS NULL OR given_performer <> ALL (t.unavailable_for))
           AND NOT EXISTS (SELECT FROM crowd_rules_solution s
                            WHERE s.organization_id = given_organization AND s.pool_task_id = t.id
                              AND s.performer_id = given_performer AND NOT s.is_released)
         ORDER BY t.released_at LIMIT at_most FOR UPDATE OF t SKIP LOCKED;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT t.id, t.turn FROM crowd_rules_pooltask t
     WHERE t.organization_id = given_organization AND t.pool_id = given_pool AND t.kind = 'REAL'
       AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap)
       AND t.turn > from_turn AND t.turn <= to_turn
       AND (t.reserved_for IS NULL OR given_performer = ANY (t.reserved_for))
       AND (t.unavailable_for IS NULL OR given_performer <> ALL (t.unavailable_for))
       AND NOT EXISTS (SELECT FROM crowd_rules_solution s
                        WHERE s.organization_id = given_organization AND s.pool_task_id = t.id
                          AND s.performer_id = given_performer AND NOT s.is_released)
     ORDER BY t.turn LIMIT at_most FOR UPDATE OF t SKIP LOCKED;
END $$;

-- Control or training tasks that this performer never had, by the pool's seeded shuffle, which is another one for each
-- performer. Only those with an end to their overlap are held.
CREATE FUNCTION crowd_rules_choose_known(given_organization uuid, pool crowd_rules_pool, given_performer uuid,
                                         given_kind text, at_most integer)
RETURNS uuid[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    chosen uuid[] := '{}';
    candidate record;
BEGIN
    IF at_most = 0 THEN RETURN chosen; END IF;
    FOR candidate IN
        SELECT t.id, t.infinite_overlap FROM crowd_rules_pooltask t
         WHERE t.organization_id = given_organization AND t.pool_id = pool.id AND t.kind = given_kind
           AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap)
           AND (t.reserved_for IS NULL OR given_performer = ANY (t.reserved_for))
           AND (t.unavailable_for IS NULL OR given_performer <> ALL (t.unavailable_for))
           AND NOT EXISTS (SELECT FROM crowd_rules_solution s
                            WHERE s.organization_id = given_organization AND s.pool_task_id = t.id
                              AND s.performer_id = given_performer AND NOT s.is_released)
         ORDER BY CASE WHEN pool.keep_task_order AND given_kind = 'TRAINING' THEN t.turn END NULLS LAST,
                  hashtextextended(t.id::text || given_performer::text, pool.seed)
    LOOP
        IF NOT candidate.infinite_overlap THEN
            PERFORM FROM crowd_rules_pooltask t
             WHERE t.id = candidate.id AND t.issued < t.overlap FOR UPDATE SKIP LOCKED;
            CONTINUE WHEN NOT FOUND;
        END IF;
        chosen := chosen || candidate.id;
        EXIT WHEN cardinality(chosen) = at_most;
    END LOOP;
    RETURN chosen;
END $$;
"""
ISSUE = """
-- Write an assignment of these tasks down and count the slots; the tasks are held. `chosen` is the order of the page.
CREATE FUNCTION crowd_rules_issue(given_organization uuid, pool crowd_rules_pool, given_performer uuid,
                                  given_assignment uuid, given_suite uuid, chosen uuid[], is_mixed boolean)
RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
BEGIN
    IF is_mixed THEN
        INSERT INTO crowd_rules_tasksuite (id, organization_id, pool_id, task_ids, mixed, turn, issuing_order_override,
                                           overlap, infinite_overlap, issued, pending, accepted, rejected, settings,
                                           released_at, created_at)
        VALUES (given_suite, given_organization, pool.id, chosen, true, 0, 0, 1, false, 1, 0, 0, 0, '{}', instant,
                instant);
    ELSE
        UPDATE crowd_rules_tasksuite s SET issued = s.issued + 1
         WHERE s.organization_id = given_organization AND s.id = given_suite;
    END IF;
    INSERT INTO crowd_rules_assignment (id, organization_id, pool_id, suite_id, performer_id, status, reward,
                                        public_comment, created_at, expires_at)
    VALUES (given_assignment, given_organization, pool.id, given_suite, given_performer, 'ACTIVE', pool.reward, '',
            instant, instant + pool.assignment_max_duration_seconds * interval '1 second');
    INSERT INTO crowd_rules_solution (id, organization_id, assignment_id, pool_task_id, performer_id, position,
                                      audit_verdict, is_released)
    SELECT gen_random_uuid(), given_organization, given_assignment, task, given_performer, place - 1, '', false
      FROM unnest(chosen) WITH ORDINALITY AS page (task, place);
    PERFORM FROM crowd_rules_pooltask t
     WHERE t.organization_id = given_organization AND t.id = ANY (chosen) AND NOT t.infinite_overlap
     ORDER BY t.id FOR UPDATE;
    UPDATE crowd_rules_pooltask t SET issued = t.issued + 1
     WHERE t.organization_id = given_organization AND t.id = ANY (chosen) AND NOT t.infinite_overlap;
END $$;
"""
HAND_OUT = """
-- The next suite of this pool for this performer. `outcome`: ISSUED, AGAIN (the one in hand), or why not: UNKNOWN, CLOSED,
-- RESTRICTED (until `ends_at`; null: no end is set), SKILL, EMPTY, BUSY (others hold all that is left: ask again).
CREATE FUNCTION crowd_rules_hand_out(given_organization uuid, given_pool uuid, given_performer uuid,
                                     given_assignment uuid, given_suite uuid, given_place uuid,
                                     OUT outcome text, OUT ends_at timestamptz, OUT assignment uuid)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    pool crowd_rules_pool;
    place crowd_rules_performerpool;
    began timestamptz;
    found_tasks record;
    chosen uuid[];
    last_turn bigint;
    suite crowd_rules_tasksuite;
    controls uuid[];
    trainings uuid[];
    lowest CONSTANT bigint := -9223372036854775808;
    highest CONSTANT bigint := 9223372036854775807;
BEGIN
    SELECT p.* INTO pool FROM crowd_rules_pool p
     WHERE p.organization_id = given_organization AND p.id = given_pool;
    IF NOT FOUND THEN
        outcome := 'UNKNOWN'; RETURN;
    END IF;
    INSERT INTO crowd_rules_performerpool AS l (id, organization_id, performer_id, pool_id, taken, submitted, skipped,
                                                control_answers, control_correct)
    VALUES (given_place, given_organization, given_performer, given_pool, 0, 0, 0, 0, 0)
    ON CONFLICT (organization_id, pool_id, performer_id) DO UPDATE SET taken = l.taken
    RETURNING l.* INTO place;
    PERFORM crowd_rules_expire(given_organization, given_pool, 20);
    SELECT a.id, a.expires_at INTO assignment, ends_at FROM crowd_rules_assignment a
     WHERE a.organization_id = given_organization AND a.pool_id = given_pool AND a.performer_id = given_performer
       AND a.status = 'ACTIVE';
    IF FOUND THEN
        -- Over, and yet not expired: somebody is busy with it at this moment, or many are overdue.
        IF ends_at <= clock_timestamp() THEN
            outcome := 'BUSY'; assignment := NULL;
        ELSE
            outcome := 'AGAIN';
        END IF;
        ends_at := NULL;
        RETURN;
    END IF;
    IF pool.status <> 'OPEN' OR pool.will_expire <= clock_timestamp() THEN
        outcome := 'CLOSED'; RETURN;
    END IF;
    SELECT a.refusal, a.ends_at INTO outcome, ends_at FROM crowd_rules_admission(given_organization, given_performer, pool) a;
    IF outcome <> '' THEN RETURN; END IF;

    FOR attempt IN 1..40 LOOP
        began := clock_timestamp();
        chosen := '{}';
        IF NOT pool.mixing THEN
            SELECT s.* INTO suite FROM crowd_rules_tasksuite s
             WHERE s.organization_id = given_organization AND s.pool_id = given_pool AND NOT s.mixed
               AND (s.infinite_overlap OR s.issued < s.overlap)
               AND (s.reserved_for IS NULL OR given_performer = ANY (s.reserved_for))
               AND (s.unavailable_for IS NULL OR given_performer <> ALL (s.unavailable_for))
               AND NOT EXISTS (SELECT FROM crowd_rules_assignment a
                                WHERE a.organization_id = given_organization AND a.suite_id = s.id
                                  AND a.performer_id = given_performer AND a.status <> 'EXPIRED')
             ORDER BY s.issuing_order_override DESC, s.turn LIMIT 1 FOR UPDATE SKIP LOCKED;
            IF FOUND THEN
                SELECT array_agg(id ORDER BY number) INTO chosen FROM (
                    SELECT task AS id, CASE WHEN pool.shuffle_tasks_in_task_suite
                                            THEN hashtextextended(task::text || given_assignment::text, pool.seed)
                                            ELSE place END AS number
                      FROM unnest(suite.task_ids) WITH ORDINALITY AS page (task, place)) shuffled;
                PERFORM crowd_rules_issue(given_organization, pool, given_performer, given_assignment, suite.id, chosen,
                                          false);
                EXIT;
            END IF;
            EXIT WHEN NOT EXISTS (
                SELECT FROM crowd_rules_tasksuite s
                 WHERE s.organization_id = given_organization AND s.pool_id = given_pool AND NOT s.mixed
                   AND (s.infinite_overlap OR s.issued < s.overlap)
                   AND (s.reserved_for IS NULL OR given_performer = ANY (s.reserved_for))
                   AND (s.unavailable_for IS NULL OR given_performer <> ALL (s.unavailable_for))
                   AND NOT EXISTS (SELECT FROM crowd_rules_assignment a
                                    WHERE a.organization_id = given_organization AND a.suite_id = s.id
                                      AND a.performer_id = given_performer AND a.status <> 'EXPIRED'));
        ELSE
            IF place.exhausted_at IS NOT NULL THEN
                SELECT coalesce(array_agg(c.id), '{}'), max(c.turn) INTO chosen, last_turn
                  FROM crowd_rules_choose(given_organization, given_pool, given_performer, pool.real_tasks_count, 0, 0,
                                          place.exhausted_at) c;
            ELSIF pool.real_tasks_count > 0 THEN
                -- Kept order begins at the head every time: a task there must be done before the next is begun.
                SELECT coalesce(array_agg(c.id), '{}'), max(c.turn) INTO chosen, last_turn
                  FROM crowd_rules_choose(given_organization, given_pool, given_performer, pool.real_tasks_count,
                                          CASE WHEN pool.keep_task_order THEN lowest ELSE coalesce(place.cursor, lowest) END,
                                          highest, NULL) c;
                IF cardinality(chosen) < pool.real_tasks_count AND place.cursor IS NOT NULL AND NOT pool.keep_task_order THEN
                    FOR found_tasks IN
                        SELECT c.id, c.turn
                          FROM crowd_rules_choose(given_organization, given_pool, given_performer,
                                                  pool.real_tasks_count - cardinality(chosen), lowest, place.cursor,
                                                  NULL) c
                    LOOP
                        chosen := chosen || found_tasks.id;
                        last_turn := found_tasks.turn;
                    END LOOP;
                END IF;
            END IF;
            IF cardinality(chosen) >= least(pool.min_real_tasks_count, pool.real_tasks_count)
               AND (cardinality(chosen) > 0 OR pool.real_tasks_count = 0) THEN
                controls := crowd_rules_choose_known(given_organization, pool, given_performer, 'CONTROL',
                                                     pool.golden_tasks_count);
                trainings := crowd_rules_choose_known(given_organization, pool, given_performer, 'TRAINING',
                                                      pool.training_tasks_count);
                IF cardinality(controls) < least(pool.min_golden_tasks_count, pool.golden_tasks_count)
                   OR cardinality(trainings) < least(pool.min_training_tasks_count, pool.training_tasks_count)
                   OR cardinality(chosen || controls || trainings) = 0 THEN
                    outcome := 'EMPTY'; RETURN;
                END IF;
                chosen := crowd_rules_arrange(pool, given_suite, chosen, controls || trainings);
                PERFORM crowd_rules_issue(given_organization, pool, given_performer, given_assignment, given_suite,
                                          chosen, true);
                EXIT;
            END IF;
            chosen := '{}';
            -- Is there really nothing, or do others hold it at this moment?
            IF NOT EXISTS (
                SELECT FROM crowd_rules_pooltask t
                 WHERE t.organization_id = given_organization AND t.pool_id = given_pool AND t.kind = 'REAL'
                   AND t.suite_id IS NULL AND (t.infinite_overlap OR t.issued < t.overlap)
                   AND (place.exhausted_at IS NULL OR t.released_at > place.exhausted_at)
                   AND (t.reserved_for IS NULL OR given_performer = ANY (t.reserved_for))
                   AND (t.unavailable_for IS NULL OR given_performer <> ALL (t.unavailable_for))
                   AND NOT EXISTS (SELECT FROM crowd_rules_solution s
                                    WHERE s.organization_id = given_organization AND s.pool_task_id = t.id
                                      AND s.performer_id = given_performer AND NOT s.is_released)) THEN
                -- Who releases a task writes the time before the commit: five minutes are left for that.
                UPDATE crowd_rules_performerpool l
                   SET exhausted_at = greatest(began - interval '5 minutes', l.exhausted_at)
                 WHERE l.organization_id = given_organization AND l.id = place.id AND NOT pool.keep_task_order;
                EXIT;
            END IF;
            -- Fewer than the least number of real tasks, and nobody to wait for.
            EXIT WHEN attempt > 5 AND pool.min_real_tasks_count > 1;
        END IF;
        PERFORM pg_sleep(0.002 * attempt);
        IF attempt = 40 THEN
            outcome := 'BUSY'; RETURN;
        END IF;
    END LOOP;
    IF cardinality(chosen) = 0 THEN
        outcome := 'EMPTY'; RETURN;
    END IF;
    UPDATE crowd_rules_performerpool l SET taken = l.taken + 1, cursor = coalesce(last_turn, l.cursor)
     WHERE l.organization_id = given_organization AND l.id = place.id;
    outcome := 'ISSUED'; assignment := given_assignment; ends_at := NULL;
END $$;
"""
ARRANGE = """
-- The order of a page: all shuffled, or the real tasks in their order and the known ones at shuffled places among them.
-- Anybody who knows the pool's seed and the ids of suite and tasks can repeat it.
CREATE FUNCTION crowd_rules_arrange(pool crowd_rules_pool, given_suite uuid, real_tasks uuid[], known_tasks uuid[])
RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(task ORDER BY CASE WHEN pool.shuffle_tasks_in_task_suite THEN 0 ELSE place END, drawn)
      FROM (SELECT task, number::numeric AS place, hashtextextended(task::text || given_suite::text, pool.seed) AS drawn
              FROM unnest(real_tasks) WITH ORDINALITY AS page (task, number)
            UNION ALL
            SELECT task, 0.5 + mod(abs(hashtextextended(given_suite::text || task::text, pool.seed)::numeric),
                                   cardinality(real_tasks) + 1),
                   hashtextextended(task::text || given_suite::text, pool.seed)
              FROM unnest(known_tasks) task) placed
$$;
"""
FUNCTIONS = ["crowd_rules_number_holds", "crowd_rules_condition_holds", "crowd_rules_admission", "crowd_rules_release",
             "crowd_rules_expire", "crowd_rules_choose", "crowd_rules_choose_known", "crowd_rules_issue",
             "crowd_rules_arrange", "crowd_rules_hand_out"]  # fmt: skip
DROP = "".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS))


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0002_tenancy_and_locks")]

    operations = [migrations.RunSQL(NUMBER + FILTER + ADMISSION + RELEASE + CHOOSE + ISSUE + ARRANGE + HAND_OUT, DROP)]
