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
              JOIN crowd_rules_skill k ON k.organization_id IS NOT DISTINCT FROM given_organization AND k.id = v.skill_id
               AND (k.skill_ttl_hours IS NULL
                    OR v.modified_at + k.skill_ttl_hours * interval '1 hour' > clock_timestamp())
             WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = pool.training_pool_id
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
     WHERE a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = given_assignment AND a.status = 'ACTIVE' FOR UPDATE;
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
         WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = ANY (chosen) AND NOT t.infinite_overlap
         ORDER BY t.id FOR UPDATE;
        UPDATE crowd_rules_tasksuite s SET issued = s.issued + 1
         WHERE s.organization_id IS NOT DISTINCT FROM given_organization AND s.id = given_suite;
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
         WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = ANY (chosen) AND NOT t.infinite_overlap),
    noted AS (
        UPDATE crowd_rules_performerpool l
           SET taken = l.taken + 1, cursor = coalesce(last_turn, l.cursor), controls_exhausted_at = no_controls_since
         WHERE l.organization_id IS NOT DISTINCT FROM given_organization AND l.id = place.id)
    INSERT INTO crowd_rules_assignment (id, organization_id, pool_id, suite_id, performer_id, status, reward,
                                        public_comment, created_at, expires_at)
    VALUES (given_assignment, given_organization, pool.id, given_suite, place.performer_id, 'ACTIVE', pool.reward, '',
            instant, instant + pool.assignment_max_duration_seconds * interval '1 second')
    RETURNING * INTO issued;
    RETURN issued;
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
# The others of these names stand in 0011.
FUNCTIONS = ADMISSION + EXPIRE + PLACE + CHOOSE + ISSUE
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
