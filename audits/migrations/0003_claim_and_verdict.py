"""The audit loop's hot path: one function claims, one records a verdict. A function's plan is cached, a statement's is not.

Generic plans are forced: left to itself PostgreSQL plans the claim anew each time, which costs six times its execution.

Lock order, as everywhere in `audits.services`: session item, then task, then everything else.
"""

from django.db import migrations

OPEN_TO = """
-- Whether this person may work on the batch: it is given to nobody, or to a group of theirs. No batch is everybody's.
CREATE FUNCTION audits_batch_is_open_to(given_organization uuid, given_batch uuid, given_user uuid)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (SELECT FROM audits_batchgroup b
                        WHERE b.organization_id = given_organization AND b.batch_id = given_batch)
        OR EXISTS (SELECT FROM audits_batchgroup b
                     JOIN audits_projectgroupmember m
                       ON m.organization_id = given_organization AND m.group_id = b.group_id AND m.user_id = given_user
                    WHERE b.organization_id = given_organization AND b.batch_id = given_batch)
$$;
"""

LOCK_TASK = """
-- Take or renew the lease on one task. `granted` is false where somebody else holds it: then holder and expiry are theirs.
CREATE FUNCTION audits_lock_task(given_organization uuid, given_task uuid, given_session uuid, given_user uuid,
                                 lease interval, given_event uuid)
RETURNS TABLE (granted boolean, is_new boolean, holder uuid, token bigint, acquired_at timestamptz,
               expires_at timestamptz)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    held audits_tasklock;
BEGIN
    -- The owner's own renewal succeeds, expired or not, while nobody else has taken the task.
    UPDATE audits_tasklock l
       SET expires_at = instant + lease, seen_at = instant, session_id = coalesce(given_session, l.session_id)
     WHERE l.organization_id = given_organization AND l.task_id = given_task AND l.holder_id = given_user
    RETURNING l.* INTO held;
    IF FOUND THEN
        RETURN QUERY SELECT true, false, held.holder_id, held.token, held.acquired_at, held.expires_at;
        RETURN;
    END IF;
    INSERT INTO audits_tasklock AS l (task_id, organization_id, holder_id, session_id, token, acquired_at, seen_at,
                                      active_seconds, expires_at)
    VALUES (given_task, given_organization, given_user, given_session, nextval('audits_lock_token'), instant, instant,
            0, instant + lease)
    ON CONFLICT (task_id) DO UPDATE
       SET holder_id = excluded.holder_id, session_id = excluded.session_id, token = excluded.token,
           acquired_at = excluded.acquired_at, seen_at = excluded.seen_at, active_seconds = 0,
           expires_at = excluded.expires_at
     WHERE l.expires_at <= clock_timestamp()
    RETURNING l.* INTO held;
    IF FOUND THEN
        INSERT INTO audits_event (id, organization_id, type, at, actor_id, task_id, session_id, before, after)
        VALUES (given_event, given_organization, 'lock.acquired', instant, given_user, given_task, given_session, '{}',
                jsonb_build_object('token', held.token));
        RETURN QUERY SELECT true, true, held.holder_id, held.token, held.acquired_at, held.expires_at;
        RETURN;
    END IF;
    SELECT l.* INTO held FROM audits_tasklock l
     WHERE l.organization_id = given_organization AND l.task_id = given_task;
    RETURN QUERY SELECT false, false, held.holder_id, held.token, held.acquired_at, held.expires_at;
END $$;
"""

FIND_SESSION = """
-- A session that this person may join, with its opener and the sums of its tallies: of those they opened, of all if they
-- lead, else of those that name them or, if they may audit, name nobody.
CREATE FUNCTION audits_find_session(given_organization uuid, given_session uuid, given_user uuid, may_lead boolean,
                                    may_audit boolean)
RETURNS TABLE (session audits_auditsession, opener tenancy_user, tallied jsonb)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s, u, (SELECT jsonb_build_object('accepted', coalesce(sum(accepted), 0), 'fixed', coalesce(sum(fixed), 0),
                                            'rejected', coalesce(sum(rejected), 0),
                                            'withdrawn', coalesce(sum(withdrawn), 0))
                    FROM audits_sessiontally t
                   WHERE t.organization_id = given_organization AND t.session_id = given_session)
      FROM audits_auditsession s JOIN tenancy_user u ON u.id = s.created_by_id
     WHERE s.organization_id = given_organization AND s.id = given_session
       AND (may_lead OR s.created_by_id = given_user OR may_audit AND (
            EXISTS (SELECT FROM audits_sessionauditor i WHERE i.organization_id = given_organization
                       AND i.session_id = given_session AND i.user_id = given_user)
            OR NOT EXISTS (SELECT FROM audits_sessionauditor i WHERE i.organization_id = given_organization
                              AND i.session_id = given_session)));
END $$;
"""
FUNCTIONS = ["audits_batch_is_open_to", "audits_lock_task", "audits_find_session"]
DROP = "".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS))


class Migration(migrations.Migration):
    dependencies = [("audits", "0002_tenancy_and_locks")]

    operations = [migrations.RunSQL(OPEN_TO + LOCK_TASK + FIND_SESSION, DROP)]
