"""Two deliverers may be the first to note the same endpoint's health.

With one constraint named, the other one of that table still refused the second.
"""

from django.db import migrations

COLUMNS = """endpoint_id, organization_id, last_error, last_detail, failures, window_attempts, window_failures, day_attempts,
        day_failures, prior_day_attempts, prior_day_failures, trips, tokens, alerted"""
ENSURE = f"""
CREATE OR REPLACE FUNCTION callbacks_ensure_health(given_endpoint uuid, given_organization uuid)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO callbacks_endpointhealth ({COLUMNS})
    VALUES (given_endpoint, given_organization, '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, '{{}}')
        ON CONFLICT {{target}} DO NOTHING
$$;
"""  # noqa: S608  (names of our own)


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0007_watch")]

    operations = [
        migrations.RunSQL(
            ENSURE.replace("{target} ", ""),
            ENSURE.replace("{target}", "(endpoint_id)"),
        )
    ]
