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

CLAIM_NEXT = """
-- The next open task of a session's queue for this auditor: the one they hold already, or the first that nobody holds
-- and that they did not do themselves; `given_projects`, where not null, are all they may audit. No row: nothing is left for them now.
CREATE FUNCTION audits_claim_next(given_organization uuid, given_session uuid, given_user uuid, lease interval,
                                  given_projects uuid[], given_event uuid)
RETURNS TABLE (task audits_task, project audits_project, batch audits_batch, performer audits_performer,
               draft audits_draft, is_new boolean, token bigint, acquired_at timestamptz, expires_at timestamptz)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    candidate record;
    lock record;
    start bigint;
    after bigint;
    held uuid;
BEGIN
    SELECT s.first_open INTO start FROM audits_auditsession s
     WHERE s.organization_id = given_organization AND s.id = given_session;
    after := start - 1;
    SELECT l.task_id INTO held FROM audits_tasklock l
     WHERE l.organization_id = given_organization AND l.session_id = given_session AND l.holder_id = given_user;
    LOOP
        SELECT i.id, i.position, t AS task, p AS performer INTO candidate
          FROM audits_sessionitem i
          JOIN audits_task t ON t.id = i.task_id AND t.organization_id = given_organization
          LEFT JOIN audits_performer p ON p.id = t.completed_by_id AND p.organization_id = given_organization
         WHERE i.organization_id = given_organization AND i.session_id = given_session AND i.task_id = held
           AND i.state = 0
           FOR UPDATE OF i;
        held := NULL;
        IF NOT FOUND THEN
            SELECT i.id, i.position, t AS task, p AS performer INTO candidate
              FROM audits_sessionitem i
              JOIN audits_task t ON t.id = i.task_id AND t.organization_id = given_organization
              LEFT JOIN audits_performer p ON p.id = t.completed_by_id AND p.organization_id = given_organization
             WHERE i.organization_id = given_organization AND i.session_id = given_session AND i.state = 0
               AND i.position > after
               AND NOT EXISTS (SELECT FROM audits_tasklock l
                                WHERE l.task_id = i.task_id AND l.expires_at > clock_timestamp()
                                  AND l.holder_id <> given_user)
             ORDER BY i.position LIMIT 1
               FOR UPDATE OF i SKIP LOCKED;
            EXIT WHEN NOT FOUND;
            after := candidate.position;
        END IF;
        -- Gone meanwhile (recalled, canceled): out of the queue. Done by this auditor: left for the others.
        IF (candidate.task).status <> 'completed' THEN
            UPDATE audits_sessionitem SET state = 2 WHERE id = candidate.id;
            INSERT INTO audits_sessiontally AS s (id, organization_id, session_id, slot, accepted, fixed, rejected, withdrawn)
            VALUES (gen_random_uuid(), given_organization, given_session, 0, 0, 0, 0, 1)
            ON CONFLICT (organization_id, session_id, slot) DO UPDATE SET withdrawn = s.withdrawn + 1;
            CONTINUE;
        END IF;
        CONTINUE WHEN (candidate.performer).user_id = given_user;
        CONTINUE WHEN NOT coalesce((candidate.task).project_id = ANY (given_projects), given_projects IS NULL);
        -- Looked at only for those who need an assignment: for everybody else the claim costs what it did.
        CONTINUE WHEN given_projects IS NOT NULL
                  AND NOT audits_batch_is_open_to(given_organization, (candidate.task).batch_id, given_user);
        SELECT * INTO lock
          FROM audits_lock_task(given_organization, (candidate.task).id, given_session, given_user, lease, given_event);
        CONTINUE WHEN NOT lock.granted;
        -- Now and then the start moves up to the first item that is still open, held ones among them. It never moves
        -- back: an item that is done does not open again. Whoever would have to wait for the row leaves it.
        IF candidate.position > start + 200 THEN
            UPDATE audits_auditsession s SET first_open = (
                SELECT i.position FROM audits_sessionitem i
                 WHERE i.organization_id = given_organization AND i.session_id = given_session AND i.state = 0
                   AND i.position >= start
                 ORDER BY i.position LIMIT 1)
             WHERE s.id = (SELECT l.id FROM audits_auditsession l
                            WHERE l.organization_id = given_organization AND l.id = given_session
                              FOR UPDATE SKIP LOCKED);
        END IF;
        RETURN QUERY
            SELECT candidate.task, p, b, candidate.performer, d, lock.is_new, lock.token,
                   lock.acquired_at, lock.expires_at
              FROM (SELECT 1) one
              LEFT JOIN audits_project p
                ON p.id = (candidate.task).project_id AND p.organization_id = given_organization
              LEFT JOIN audits_batch b ON b.id = (candidate.task).batch_id AND b.organization_id = given_organization
              LEFT JOIN audits_draft d ON d.organization_id = given_organization
                    AND d.task_id = (candidate.task).id AND d.user_id = given_user;
        RETURN;
    END LOOP;
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
FUNCTIONS = ["audits_batch_is_open_to", "audits_lock_task", "audits_claim_next", "audits_find_session"]
DROP = "".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS))


class Migration(migrations.Migration):
    dependencies = [("audits", "0002_tenancy_and_locks")]

    operations = [migrations.RunSQL(OPEN_TO + LOCK_TASK + CLAIM_NEXT + FIND_SESSION, DROP)]
