"""The performers' calls in few statements: the page, what judges, what is noted, giving back. The others: 0009, 0010.

The rules stay in Python: between holding and writing they see the counters, and what they decide is written along.
"""

from django.db import migrations

from labelops.tenancy.rls import DropForeignKey

# Every hand-out and submit writes here: no checks on rows that all performers share.
HOT = ("crowd_rules_assignment", "crowd_rules_solution", "crowd_rules_tasksuite", "crowd_rules_crowdevent",
       "crowd_rules_reward", "crowd_rules_counter", "crowd_rules_performerpool")  # fmt: skip
# Rows that are written again and again stay on their page, and the indexes need no new entries.
ROOMY = {"crowd_rules_performerpool": 50, "crowd_rules_counter": 50, "crowd_rules_pooltask": 80,
         "crowd_rules_assignment": 80, "crowd_rules_solution": 80, "crowd_rules_tasksuite": 80}  # fmt: skip

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
RULES = """
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
GIVE_BACK = """
-- Give a held assignment back: SKIPPED, counted, or EXPIRED; with the events and counters of its judgement. Its row.
CREATE OR REPLACE FUNCTION crowd_rules_give_back(given_organization uuid, given_assignment uuid, given_status text,
                                      instant timestamptz, events jsonb, counters jsonb)
RETURNS crowd_rules_assignment LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    given crowd_rules_assignment;
BEGIN
    PERFORM crowd_rules_release(given_organization, ARRAY[given_assignment], given_status, instant);
    SELECT a.* INTO given FROM crowd_rules_assignment a
     WHERE a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = given_assignment;
    IF given_status = 'SKIPPED' THEN
        UPDATE crowd_rules_performerpool l SET skipped = l.skipped + 1
         WHERE l.organization_id = given_organization AND l.pool_id = given.pool_id
           AND l.performer_id = given.performer_id;
    END IF;
    PERFORM crowd_rules_note(given_organization, events, counters);
    RETURN given;
END $$;
"""
FUNCTIONS = [
    "crowd_rules_page",
    "crowd_rules_in_force",
    "crowd_rules_ended",
    "crowd_rules_note",
    "crowd_rules_give_back",
]
DROP = "".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS))
ROOM = "".join(f"ALTER TABLE {table} SET (fillfactor = {share});" for table, share in ROOMY.items())
NO_ROOM = "".join(f"ALTER TABLE {table} RESET (fillfactor);" for table in ROOMY)


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0004_submit"), ("audits", "0008_complete_tasks")]

    operations = [
        migrations.RunSQL(PAGE + RULES + NOTE + GIVE_BACK, DROP),
        *[DropForeignKey(table) for table in HOT],
        migrations.RunSQL(ROOM, NO_ROOM),
    ]
