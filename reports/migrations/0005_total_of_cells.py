from django.db import migrations

TOTAL = """
-- The sum of some cells, and whether it is known that every event of the organization is in them; above `most` nobody
-- looks. No row where nobody has looked at the events for a minute, or by another time zone. A function for its plan:
-- to make that took longer than to run it.
CREATE FUNCTION reports_total_of_cells(organization uuid, named_zone text, named_dimension text, named_values text[],
                                       grains text[], firsts date[], lasts date[], statuses text[],
                                       most bigint,
                                       OUT total bigint, OUT is_exact boolean)
RETURNS SETOF record LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT n.total, n.total <= coalesce(most, n.total) AND NOT EXISTS (
               SELECT FROM audits_event e
                WHERE e.organization_id = f.organization_id AND e.id > f.position AND e.type LIKE 'task.%'
                  AND ((e.xmin::text::bigint - f.oldest_transaction % 4294967296 + 4294967296) % 4294967296)
                      < 2147483648)
      FROM reports_feed f,
           (SELECT coalesce(sum(c.tasks), 0)::bigint AS total FROM unnest(grains, firsts, lasts) span (grain, first, last)
              JOIN reports_cell c ON c.organization_id = organization AND c.dimension = named_dimension
               AND c.grain = span.grain AND c.value = ANY (named_values) AND c.day BETWEEN span.first AND span.last
             WHERE statuses IS NULL OR c.status = ANY (statuses)) n
     WHERE f.organization_id = organization AND f.zone = named_zone
       AND f.read_at > clock_timestamp() - interval '1 minute';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_fact_paired")]

    operations = [migrations.RunSQL(TOTAL, "DROP FUNCTION reports_total_of_cells;")]
