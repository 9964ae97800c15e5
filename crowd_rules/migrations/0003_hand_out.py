"""Who gets which task: filters, what is given back, the order of a page. The hand-out itself stands in 0009.

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
RELEASE = """
-- Give the slots of these assignments (their rows are held) back: skipped ones never return to their performer, expired
-- ones may. What is not active any more stays as it is. An event each.
CREATE OR REPLACE FUNCTION crowd_rules_release(given_organization uuid, given_assignments uuid[], given_status text,
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
     WHERE a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = ANY (given_assignments)
       AND a.status = 'ACTIVE';
    PERFORM FROM crowd_rules_tasksuite s
     WHERE s.organization_id IS NOT DISTINCT FROM given_organization
       AND s.id IN (SELECT a.suite_id FROM crowd_rules_assignment a
                     WHERE a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = ANY (given_assignments))
     ORDER BY s.id FOR UPDATE;
    UPDATE crowd_rules_tasksuite s
       SET issued = s.issued - given.number, released_at = instant
      FROM (SELECT a.suite_id, count(*) AS number FROM crowd_rules_assignment a
             WHERE a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = ANY (given_assignments)
             GROUP BY 1) given
     WHERE s.organization_id IS NOT DISTINCT FROM given_organization AND s.id = given.suite_id;
    SELECT array_agg(s.pool_task_id) INTO freed FROM crowd_rules_solution s
     WHERE s.organization_id = given_organization AND s.assignment_id = ANY (given_assignments);
    PERFORM FROM crowd_rules_pooltask t
     WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = ANY (freed) AND NOT t.infinite_overlap
     ORDER BY t.id FOR UPDATE;
    UPDATE crowd_rules_pooltask t
       SET issued = t.issued - given.number, released_at = instant
      FROM (SELECT one, count(*) AS number FROM unnest(freed) one GROUP BY 1) given
     WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = given.one AND NOT t.infinite_overlap;
    IF given_status = 'EXPIRED' THEN
        UPDATE crowd_rules_solution s SET is_released = true
         WHERE s.organization_id = given_organization AND s.assignment_id = ANY (given_assignments);
        INSERT INTO crowd_rules_crowdevent (id, organization_id, project_id, pool_id, performer_id, kind, at,
                                            responded_at, subject_id, cause_id, facts)
        SELECT gen_random_uuid(), given_organization, p.project_id, p.id, a.performer_id, 'assignment.expired', instant,
               instant, a.id, a.id, '{}'
          FROM crowd_rules_assignment a
          JOIN crowd_rules_pool p ON p.organization_id IS NOT DISTINCT FROM given_organization AND p.id = a.pool_id
         WHERE a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = ANY (given_assignments)
        ON CONFLICT DO NOTHING;
    END IF;
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
FUNCTIONS = ["crowd_rules_number_holds", "crowd_rules_condition_holds", "crowd_rules_release", "crowd_rules_arrange"]
DROP = "".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS))


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0002_tenancy_and_locks")]

    operations = [migrations.RunSQL(NUMBER + FILTER + RELEASE + ARRANGE, DROP)]
