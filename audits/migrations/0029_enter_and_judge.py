"""Who comes in with a verdict is let in by the statement that records it: a way of their own cost as much as the claim.

What is known of the session is compared with its row; whether its password is still the person's, and whether they may
audit, is asked of the answer, before the commit.
"""

from django.db import migrations

ENTER_AND_JUDGE = """
-- Nulls: the session is not as it is known, or nobody of the organization. `judged` as audits_judge_and_claim returns it;
-- `listens`: whether any endpoint of the organization may want to hear of it at once.
CREATE FUNCTION audits_enter_and_judge(
    given_key text, given_data text, given_user uuid, given_slug text, leads text[], auditors text[],
    given_task uuid, given_session uuid, given_token bigint, given_version integer, given_verdict text,
    given_comment text, given_digest bytea, given_source text, given_audit uuid, given_event uuid, given_slot integer,
    idle double precision, given_claim uuid,
    OUT person tenancy_user, OUT membership tenancy_membership, OUT organization tenancy_organization,
    OUT judged json, OUT listens boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    entry record;
BEGIN
    PERFORM FROM django_session s
      WHERE s.session_key = given_key AND s.session_data = given_data AND s.expire_date > clock_timestamp();
    IF NOT FOUND THEN
        RETURN;
    END IF;
    entry := tenancy_enter_by_membership(given_user, given_slug);
    person := entry.person; membership := entry.membership; organization := entry.organization;
    IF organization.id IS NULL THEN
        RETURN;
    END IF;
    judged := row_to_json(audits_judge_and_claim(
        organization.id, given_task, given_session, given_user, given_token, given_version, given_verdict,
        given_comment, NULL, given_digest, given_source, given_audit, given_event, given_slot, idle,
        membership.role = ANY (leads), membership.role = ANY (auditors),
        make_interval(mins => organization.lock_minutes), NULL, given_claim));
    listens := EXISTS (SELECT FROM callbacks_endpoint e WHERE e.organization_id = organization.id AND e.status = 'active');
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audits", "0028_items_looked_up_by_key"),
        ("tenancy", "0006_enter_in_fewer_steps"),
        ("callbacks", "0001_initial"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunSQL(ENTER_AND_JUDGE, "DROP FUNCTION audits_enter_and_judge")]
