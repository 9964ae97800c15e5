"""What a mixing pool may have for a performer, and the next suite made by hand. The hand-out stands in 0009."""

from django.db import migrations

MIX = """
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
NEW = ["crowd_rules_may_mix", "crowd_rules_next_suite"]
DROP = "".join(f"DROP FUNCTION {name};" for name in reversed(NEW))


class Migration(migrations.Migration):
    dependencies = [("crowd_rules", "0005_hand_out_in_few_statements")]

    operations = [
        migrations.RunSQL(MIX + SUITE, DROP),
    ]
