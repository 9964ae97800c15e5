from django.db import migrations

# What such a task has itself stands.
FILL = """
SELECT set_config('labelops.scope', 'system', true);
UPDATE crowd_rules_pooltask t
   SET params = (v.params - ARRAY['input_spec', 'output_spec', 'view_spec']) || coalesce(t.params, '{}')
  FROM crowd_rules_pool p
  JOIN (SELECT DISTINCT ON (organization_id, project_id) organization_id, project_id, params
          FROM audits_projectversion ORDER BY organization_id, project_id, version DESC) v
    ON v.organization_id = p.organization_id AND v.project_id = p.project_id
 WHERE p.organization_id = t.organization_id AND p.id = t.pool_id AND t.task_id IS NULL AND t.kind <> 'REAL'
   AND NOT coalesce(t.params, '{}') ?& ARRAY(SELECT jsonb_object_keys(
           v.params - ARRAY['input_spec', 'output_spec', 'view_spec']));
SELECT set_config('labelops.scope', '', true);
"""


class Migration(migrations.Migration):
    """Control and training tasks made from their own input get what their project gives every task.

    Without its options a form could not be answered, and what a control task lacked told it from the others.
    """

    dependencies = [("crowd_rules", "0017_hidden_inputs_and_old_trainings"), ("audits", "0011_project_task_fields")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
