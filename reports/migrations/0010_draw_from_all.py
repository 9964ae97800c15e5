"""A draw from all tasks is one function: planned once per connection, where the statement was planned for each draw."""

# ruff: noqa: S608  (all parts are written here)
from django.db import migrations

TAIL = "('x' || right({id}::text, 8))::bit(32)::bigint"
DIGEST = "('x' || left(encode(sha256(replace({id}::text, '-', '')::bytea), 'hex'), 15))::bit(60)::bigint"
# STABLE: all that it asks is of one moment, that of the statement which calls it. OFFSET 0: else what stands in a place
# is looked for twice, to be told from nothing and to be answered.
FUNCTION = f"""
CREATE FUNCTION reports_draw_from_all(
    whose uuid, in_zone text, wanted bigint, seed text, more integer, large bigint,
    OUT population bigint, OUT digest numeric, OUT by_place boolean, OUT task_ids uuid[], OUT size bigint)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    feed reports_feed;
    news uuid[];
    moved uuid[] := '{{}}';
    tails bigint[] := '{{}}';
    stale bigint;
    stale_digest numeric;
    buckets bigint;
    tasks double precision;
    draws double precision;
BEGIN
    SELECT f.* INTO feed FROM reports_feed f WHERE f.organization_id = whose AND f.zone = in_zone;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- What the figures may not know yet. With many of these the rows themselves are the shorter way.
    news := ARRAY(SELECT DISTINCT e.task_id FROM audits_event e
                   WHERE e.organization_id = whose AND e.id > feed.position AND e.task_id IS NOT NULL
                     AND (e.type LIKE 'task.%' OR e.type LIKE 'batch.%' OR e.type LIKE 'project.%'
                          OR e.type LIKE 'member.%')
                     AND (e.xmin::text::bigint - feed.oldest_transaction % 4294967296 + 4294967296) % 4294967296
                         < 2147483648
                   LIMIT 501);
    IF cardinality(news) > 500 THEN
        RETURN;
    END IF;
    SELECT coalesce(sum(c.tasks), 0), coalesce(sum(c.digest), 0) INTO population, digest FROM reports_cell c
     WHERE c.organization_id = whose AND c.dimension = 'all' AND c.grain = 'a' AND c.value = '';
    IF news <> '{{}}' THEN
        -- By their keys alone: an index that begins with the organization may have been planned while there were few.
        SELECT coalesce(array_agg(t.id), '{{}}'), coalesce(array_agg({TAIL.format(id="t.id")}), '{{}}'),
               population + count(*), digest + coalesce(sum({DIGEST.format(id="t.id")}), 0)
          INTO moved, tails, population, digest
          FROM audits_task t
         WHERE t.id = ANY (news) AND t.organization_id IS NOT DISTINCT FROM whose AND t.status = 'completed';
        SELECT count(*), coalesce(sum({DIGEST.format(id="k.id")}), 0) INTO stale, stale_digest FROM reports_taskfact k
         WHERE k.id = ANY (news) AND k.organization_id IS NOT DISTINCT FROM whose;
        population := population - stale;
        digest := digest - stale_digest;
    END IF;
    digest := mod(digest, 18446744073709551616);
    size := least(wanted, population);
    by_place := population >= large AND size * 8 <= population;
    IF NOT by_place THEN
        size := 0;
        task_ids := '{{}}';
        RETURN;
    END IF;
    buckets := (population + 15) / 16;
    -- As many numbers as are needed on average, and four times the deviation; of the tasks too, some come twice.
    tasks := -ln(1 - size::double precision / population) * population;
    draws := tasks / population * buckets * 64;
    task_ids := ARRAY(
        SELECT d.id FROM (
            SELECT h.id, min(h.i) AS i FROM (
                SELECT f.i, f.id FROM (
                    SELECT p.i, CASE WHEN p.bucket IN (SELECT {TAIL.format(id="n.id")} * buckets / 4294967296
                                                         FROM unnest(news) n (id))
                        THEN (SELECT x.id
                                FROM (SELECT k.id, k.tail FROM reports_taskfact k
                                       WHERE k.organization_id = whose AND k.tail BETWEEN p.low AND p.high
                                         AND k.id <> ALL (news)
                                      UNION ALL
                                      SELECT m.id, m.tail FROM unnest(moved, tails) m (id, tail)
                                       WHERE m.tail BETWEEN p.low AND p.high) x
                               ORDER BY x.tail, x.id OFFSET p.slot LIMIT 1)
                        ELSE (SELECT k.id FROM reports_taskfact k
                               WHERE k.organization_id = whose AND k.tail BETWEEN p.low AND p.high
                               ORDER BY k.tail, k.id OFFSET p.slot LIMIT 1) END AS id
                      FROM (SELECT b.i, b.slot, b.bucket, (b.bucket * 4294967296 + buckets - 1) / buckets AS low,
                                   ((b.bucket + 1) * 4294967296 + buckets - 1) / buckets - 1 AS high
                              FROM (SELECT v.i, (v.v >> 6) % buckets AS bucket, v.v & 63 AS slot
                                      FROM (SELECT 4 * j + k AS i,
                                                   ('x' || encode(substr(s, 8 * k + 1, 8), 'hex'))::bit(64)::bigint
                                                       >> 4 & 1152921504606846975 AS v
                                              FROM generate_series(
                                                  0, more * (draws + 4 * sqrt(4 * draws) + 40)::bigint / 4) j
                                             CROSS JOIN LATERAL sha256((seed || ':' || j)::bytea) s
                                             CROSS JOIN generate_series(0, 3) k
                                             ORDER BY 1) v
                                    OFFSET 0) b
                            OFFSET 0) p
                    OFFSET 0) f
                 WHERE f.id IS NOT NULL
                 LIMIT more * (tasks + 4 * tasks / sqrt(2 * population) + 8)::bigint) h
             GROUP BY h.id) d
         ORDER BY d.i LIMIT size);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0009_facts_without_organization_check"), ("audits", "0028_items_looked_up_by_key")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION reports_draw_from_all(uuid, text, bigint, text, integer, bigint);")
    ]
