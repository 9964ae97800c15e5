"""Counts that stop in time, for the lists of a million tasks."""

from django.db import migrations

COUNT = """
-- How many rows a query has: exact up to `most`; beyond that, or where the planner is sure that there are many times
-- more, its estimate. `query` is made by us, with its values written in.
CREATE OR REPLACE FUNCTION audits_count_up_to(query text, most bigint, OUT counted bigint, OUT is_estimate boolean)
LANGUAGE plpgsql AS $$  -- volatile: EXPLAIN wants it
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
    counted := (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric::bigint;
    is_estimate := counted > 5 * most;
    IF is_estimate THEN
        RETURN;
    END IF;
    DECLARE
        guess bigint := counted;
    BEGIN
        EXECUTE format('SELECT count(*) FROM (%s LIMIT %s) one', query, most + 1) INTO counted;
        IF counted > most THEN
            counted := greatest(counted, guess);
            is_estimate := true;
        END IF;
    END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0005_hot_tables")]

    operations = [migrations.RunSQL(COUNT, "DROP FUNCTION audits_count_up_to;")]
