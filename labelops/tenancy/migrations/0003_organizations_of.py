from django.db import migrations

# In the frame of every page: one statement in place of a savepoint, two settings and the query between them.
ORGANIZATIONS = """
CREATE FUNCTION tenancy_organizations_of(given_user uuid) RETURNS SETOF tenancy_organization
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    scope_before text := coalesce(current_setting('labelops.scope', true), '');
BEGIN
    PERFORM set_config('labelops.scope', 'system', true);
    RETURN QUERY SELECT o.* FROM tenancy_membership m JOIN tenancy_organization o ON o.id = m.organization_id
                  WHERE m.user_id = given_user AND m.is_active;
    PERFORM set_config('labelops.scope', scope_before, true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_scope")]

    operations = [migrations.RunSQL(ORGANIZATIONS, "DROP FUNCTION tenancy_organizations_of(uuid);")]
