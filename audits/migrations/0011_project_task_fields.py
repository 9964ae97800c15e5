"""A project's fields beside its name, so that a form is made without asking for the newest version."""

from django.db import migrations, models

# Of each project the newest version's specifications, where it has such.
FILL = """
SELECT set_config('labelops.scope', 'system', true);
UPDATE audits_project p
   SET task_fields = CASE WHEN jsonb_typeof(v.params->'input_spec') = 'object' AND v.params->'input_spec' <> '{}'
                          THEN jsonb_build_object('input_spec', v.params->'input_spec') ELSE '{}' END
                  || CASE WHEN jsonb_typeof(v.params->'output_spec') = 'object' AND v.params->'output_spec' <> '{}'
                          THEN jsonb_build_object('output_spec', v.params->'output_spec') ELSE '{}' END
  FROM (SELECT DISTINCT ON (organization_id, project_id) organization_id, project_id, params
          FROM audits_projectversion ORDER BY organization_id, project_id, version DESC) v
 WHERE v.organization_id = p.organization_id AND v.project_id = p.id
   AND v.params ?| ARRAY['input_spec', 'output_spec'];
SELECT set_config('labelops.scope', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0010_project_hold_callbacks")]

    operations = [
        migrations.AddField(
            "project",
            "task_fields",
            models.JSONField(blank=True, default=dict, db_default=models.Value({}, models.JSONField())),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
