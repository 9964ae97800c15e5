"""A performer's way in by a login, and what their list of pools asks. Submitting stands in 0010."""

from django.db import migrations

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
FUNCTIONS = ["crowd_rules_enter_by_login", "crowd_rules_has_task", "crowd_rules_has_suite"]
DROP = "".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS))


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0003_hand_out")]

    operations = [migrations.RunSQL(ENTER_BY_LOGIN + OFFER, DROP)]
