"""`task.error` has no cause: nothing ever sent it. Whoever listens to it alone goes on hearing nothing, not everything."""

from django.db import migrations

FORGET = """
SELECT set_config('labelops.scope', 'system', true);
UPDATE callbacks_endpoint SET event_types = array_remove(event_types, 'task.error')
 WHERE 'task.error' = ANY (event_types) AND cardinality(event_types) > 1;
SELECT set_config('labelops.scope', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0008_health_by_many")]

    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
