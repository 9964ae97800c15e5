"""A pool keeps the rules in force in it, with the counters that its events move; and a take is one step with the way in.

Reading the rules together was an eighth of what a submit cost, and asking for its counters a step of its own. Where a
pool has no rulebook yet, both go on as before.
"""

from importlib import import_module

from django.db import migrations, models

BY_INDEX = import_module("crowd_rules.migrations.0009_hand_out_by_index").BY_INDEX

HOLD = """
-- {assignment, pool, tasks, instant, live, complete, rules, ended, counters, work}, or null where there is none.
-- The performer's assignment with its pool and its tasks in the order of the page, all held. `live`: by the clock. And,
-- where it is live, what an event in it is judged by: the rules in force and the restrictions that are over.
-- `complete`, for a submit: the real tasks that will have their whole overlap with it, each with its answers so far.
-- `counters`: those of the performer that the submit moves, held, where the pool's rulebook names them and no answers of
-- others are judged along with it; else null, and to be asked for: they are held in one order, whoever's they are.
-- `work`: {task, project, batch, listens} of the one pending task that it may complete, held, as far as a callback
-- tells of them; null where there is more to hold before, or several tasks, which have an order of their own.
-- `listens`: whether any endpoint of the organization may want to hear of it at once.
CREATE FUNCTION crowd_rules_hold(given_organization uuid, given_assignment uuid, given_performer uuid,
                                 for_submit boolean)
RETURNS json LANGUAGE plpgsql BY_INDEX AS $$
#variable_conflict use_column
DECLARE
    held crowd_rules_assignment;
    pool json;
    tasks jsonb;
    instant timestamptz;
    live boolean;
    complete jsonb;
    rules jsonb;
    ended jsonb;
    concerned uuid[];
    rulebook jsonb;
    keys text[];
    counters json;
    may_have_ended boolean;
    work json;
BEGIN
    SELECT a.* INTO held FROM crowd_rules_assignment a
     WHERE a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = given_assignment
       AND (a.performer_id = given_performer OR given_performer IS NULL) FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    PERFORM FROM crowd_rules_performerpool l
     WHERE l.organization_id = given_organization AND l.pool_id = held.pool_id AND l.performer_id = held.performer_id
       FOR UPDATE;
    PERFORM FROM crowd_rules_tasksuite s
     WHERE s.organization_id IS NOT DISTINCT FROM given_organization AND s.id = held.suite_id FOR UPDATE;
    -- Rows of infinite overlap are shared by all and written by nobody.
    PERFORM FROM crowd_rules_pooltask t
     WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND NOT t.infinite_overlap
       AND t.id = ANY (ARRAY(SELECT s.pool_task_id FROM crowd_rules_solution s
                              WHERE s.organization_id = given_organization AND s.assignment_id = held.id))
     ORDER BY t.id FOR UPDATE;
    instant := clock_timestamp();
    live := held.status = 'ACTIVE' AND held.expires_at > instant;
    SELECT json_build_object(
               'id', p.id, 'project_id', p.project_id, 'status', p.status, 'type', p.type, 'settings', p.settings,
               'allow_skip', p.allow_skip, 'auto_accept_solutions', p.auto_accept_solutions,
               'auto_accept_period_day', p.auto_accept_period_day, 'aggregation', p.aggregation,
               'aggregation_threshold', p.aggregation_threshold, 'task_type', j.type, 'output_spec', (
               SELECT v.params->'output_spec' FROM audits_projectversion v
                WHERE v.organization_id = given_organization AND v.project_id = p.project_id
                ORDER BY v.version DESC LIMIT 1)),
           page.tasks, page.concerned, p.rulebook,
           CASE WHEN live THEN coalesce(p.rulebook->'rules', crowd_rules_in_force(
               given_organization, ARRAY[p.project_id], ARRAY[p.id])) END,
           (SELECT array_agg(DISTINCT key ORDER BY key)
              FROM jsonb_array_elements_text(
                   p.rulebook->'counters'->'assignment.submitted'
                   || CASE WHEN p.auto_accept_solutions THEN p.rulebook->'counters'->'assignment.accepted' ELSE '[]' END
                   || CASE WHEN page.has_known THEN p.rulebook->'counters'->'control.answered' ELSE '[]' END) key),
           EXISTS (SELECT FROM crowd_rules_restriction r
                    WHERE r.organization_id = given_organization AND r.performer_id = held.performer_id)
      INTO pool, tasks, concerned, rulebook, rules, keys, may_have_ended
      FROM crowd_rules_pool p
      JOIN audits_project j ON j.organization_id IS NOT DISTINCT FROM given_organization AND j.id = p.project_id
      CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object(
                   'solution', s.id, 'id', t.id, 'kind', t.kind, 'params', coalesce(t.params, a.params),
                   'shown', CASE WHEN t.task_id IS NULL THEN t.params ELSE a.params END - ARRAY(
                       SELECT field.key FROM jsonb_each(j.task_fields->'input_spec') field
                        WHERE field.value->>'hidden' = 'true'),
                   'known', t.known_solutions, 'hint', t.message_on_unknown_solution, 'given', s.output_values,
                   'correct', s.is_correct, 'type', a.type, 'task', t.task_id) ORDER BY s.position) AS tasks,
               array_agg(t.id) FILTER (WHERE for_submit AND t.kind = 'REAL' AND NOT t.infinite_overlap
                                         AND t.answered + 1 >= t.overlap) AS concerned,
               bool_or(t.kind <> 'REAL') AS has_known
          FROM crowd_rules_solution s
          JOIN crowd_rules_pooltask t
            ON t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = s.pool_task_id
          LEFT JOIN audits_task a ON a.organization_id IS NOT DISTINCT FROM given_organization AND a.id = t.task_id
         WHERE s.organization_id = given_organization AND s.assignment_id = held.id) page
     WHERE p.organization_id IS NOT DISTINCT FROM given_organization AND p.id = held.pool_id;
    IF live AND for_submit THEN
        complete := '[]';
        IF concerned IS NOT NULL THEN complete := crowd_rules_answers(given_organization, concerned); END IF;
    END IF;
    IF live AND rules <> '[]' THEN
        concerned := '{}';
        IF complete <> '[]' THEN
            SELECT array_agg((answer->>'performer')::uuid) INTO concerned
              FROM jsonb_array_elements(complete) task
              CROSS JOIN LATERAL jsonb_array_elements(coalesce(nullif(task->'answers', 'null'), '[]')) answer;
        END IF;
        IF may_have_ended OR concerned <> '{}' THEN
            ended := crowd_rules_ended(given_organization, array_append(concerned, held.performer_id), instant);
        END IF;
    END IF;
    IF live AND for_submit AND keys IS NOT NULL
       AND (complete = '[]' OR rulebook->'counters'->'majority.judged' = '[]') THEN
        counters := crowd_rules_hold_counters(given_organization,
                                              array_fill(held.performer_id, ARRAY[cardinality(keys)]), keys);
    END IF;
    IF jsonb_array_length(complete) = 1 AND (pool->>'auto_accept_solutions')::boolean
       AND pool->>'aggregation' = 'MAJORITY' AND rulebook->'counters'->'majority.judged' = '[]' THEN
        SELECT json_build_object(
                   'listens', EXISTS (SELECT FROM callbacks_endpoint e
                                       WHERE e.organization_id = given_organization AND e.status = 'active'),
                   'task', row_to_json(t), 'batch', row_to_json(b), 'project', json_build_object(
                   'id', j.id, 'organization_id', given_organization, 'name', j.name, 'callback_url', j.callback_url))
          INTO work
          FROM audits_task t
          LEFT JOIN audits_project j
            ON j.organization_id IS NOT DISTINCT FROM given_organization AND j.id = t.project_id
          LEFT JOIN audits_batch b ON b.organization_id IS NOT DISTINCT FROM given_organization AND b.id = t.batch_id
         WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = (complete->0->>'task')::uuid
           AND t.status = 'pending' FOR UPDATE OF t;
    END IF;
    RETURN json_build_object('assignment', row_to_json(held), 'pool', pool, 'tasks', tasks, 'instant', instant,
                             'live', live, 'complete', complete, 'rules', rules, 'ended', ended,
                             'counters', counters, 'work', work);
END $$;
"""
ENTER = """
-- {account, performer, organization}, as far as the calls read them, of the performer with this token; the transaction is
-- scoped to their organization. Null, and no scope, for any other. With `given_assignment` also `held`, as
-- `crowd_rules_hold` has it for a submit; with `given_pool` also `taken`, as `crowd_rules_take` has it (`takes`: its ids).
CREATE FUNCTION crowd_rules_enter(given_public_id text, given_hash bytea, given_assignment uuid, given_pool uuid,
                                  takes uuid[])
RETURNS json LANGUAGE plpgsql BY_INDEX AS $$
DECLARE
    found_row record;
    account crowd_rules_performeraccount;
    organization tenancy_organization;
    was_found boolean;
    setting text;
BEGIN
    setting := set_config('labelops.scope', 'system', true);
    -- One after the other by their keys, whatever the planner knows of the tables.
    SELECT a, (SELECT p.external_id FROM audits_performer p
                WHERE p.organization_id IS NOT DISTINCT FROM a.organization_id AND p.id = a.performer_id) AS external_id,
           (SELECT o FROM tenancy_organization o WHERE o.id = a.organization_id) AS o INTO found_row
      FROM crowd_rules_performeraccount a
     WHERE a.token_public_id = given_public_id AND a.is_active AND a.token_hash = given_hash;
    was_found := FOUND;
    setting := set_config('labelops.scope', '', true);
    IF NOT was_found THEN RETURN NULL; END IF;
    account := found_row.a; organization := found_row.o;
    setting := set_config('labelops.organization', organization.id::text, true);
    RETURN json_build_object(
        'account', json_build_object('id', account.id, 'name', account.name, 'performer_id', account.performer_id,
                                     'organization_id', organization.id),
        'performer', json_build_object('id', account.performer_id, 'organization_id', organization.id,
                                       'external_id', found_row.external_id),
        'organization', json_build_object('id', organization.id, 'slug', organization.slug, 'live_id', organization.live_id,
                                          'callback_url', organization.callback_url,
                                          'hold_callbacks', organization.hold_callbacks),
        'held', CASE WHEN given_assignment IS NOT NULL
                     THEN crowd_rules_hold(organization.id, given_assignment, account.performer_id, true)
                END,
        'taken', CASE WHEN given_pool IS NOT NULL
                      THEN crowd_rules_take(organization.id, given_pool, account.performer_id, takes[1], takes[2], takes[3],
                                            true)
                 END);
END $$;
"""
DROP = "DROP FUNCTION IF EXISTS crowd_rules_hold; DROP FUNCTION IF EXISTS crowd_rules_enter;"
NOW = DROP + (HOLD + ENTER).replace("BY_INDEX", BY_INDEX)


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0011_hand_out_in_fewer_steps")]

    operations = [
        migrations.AddField("pool", "rulebook", models.JSONField(editable=False, null=True)),
        migrations.RunSQL(NOW, migrations.RunSQL.noop),
    ]
