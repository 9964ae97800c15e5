"""A lock is one by its primary key alone.

An upsert minds the conflicts in one index: of two sessions that claimed the same task at the same moment, one failed now
and then in the other index that said the same.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audits", "0026_people_are_kept")]

    operations = [migrations.RemoveConstraint("tasklock", "task_lock_once")]
