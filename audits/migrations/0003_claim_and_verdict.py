"""The audit loop's hot path: one function claims, one records a verdict. A function's plan is cached, a statement's is not.

Lock order, as everywhere in `audits.services`: session item, then task, then everything else.
"""

from django.db import migrations

LOCK_TASK = """
-- Take or renew the lease on one task. `granted` is false where somebody else holds it: then holder and expiry are theirs.
CREATE FUNCTION audits_lock_task(given_organization uuid, given_task uuid, given_session uuid, given_user uuid,
                                 lease interval, given_event uuid)
RETURNS TABLE (granted boolean, is_new boolean, holder uuid, token bigint, acquired_at timestamptz,
               expires_at timestamptz)
LANGUAGE plpgsql AS $$
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
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    candidate record;
    lock record;
    after bigint := -1;
    held uuid;
BEGIN
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
        SELECT * INTO lock
          FROM audits_lock_task(given_organization, (candidate.task).id, given_session, given_user, lease, given_event);
        CONTINUE WHEN NOT lock.granted;
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
LANGUAGE plpgsql STABLE AS $$
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

RECORD_VERDICT = """
-- One verdict, whole or not at all. `outcome` is 'recorded', 'replayed' (the same submit again: nothing happens twice)
-- or the reason why nothing was changed. A token comes from a lock; without one (an audit by the API) the task must not
-- be held by anybody else. `idle` caps what a gap between two signs of life adds to the active time.
CREATE FUNCTION audits_record_verdict(
    given_organization uuid, given_task uuid, given_session uuid, given_user uuid, given_token bigint,
    given_version integer, given_verdict text, given_comment text, given_response jsonb, given_digest bytea,
    given_source text, given_audit uuid, given_event uuid, given_slot integer, idle double precision)
RETURNS TABLE (outcome text, holder_email text, expires_at timestamptz, audit_id uuid,
               task audits_task, project audits_project, batch audits_batch, performer audits_performer)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz;
    item audits_sessionitem;
    before audits_task;
    judged audits_task;
    lock audits_tasklock;
    earlier audits_audit;
    doer audits_performer;
    used double precision;
BEGIN
    IF given_session IS NOT NULL THEN
        SELECT i.* INTO item FROM audits_sessionitem i
         WHERE i.organization_id = given_organization AND i.session_id = given_session AND i.task_id = given_task
           FOR UPDATE;
    END IF;
    SELECT t.* INTO before FROM audits_task t
     WHERE t.organization_id = given_organization AND t.id = given_task FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown_task'; RETURN NEXT; RETURN;
    END IF;
    SELECT p.* INTO doer FROM audits_performer p
     WHERE p.organization_id = given_organization AND p.id = before.completed_by_id;
    SELECT l.* INTO lock FROM audits_tasklock l
     WHERE l.organization_id = given_organization AND l.task_id = given_task FOR UPDATE;
    -- Read only now: whoever waited for the row comes later in the history too.
    instant := clock_timestamp();

    judged := before;
    IF given_token IS NOT NULL THEN
        SELECT a.* INTO earlier FROM audits_audit a
         WHERE a.organization_id = given_organization AND a.lock_token = given_token;
        IF FOUND THEN
            outcome := CASE WHEN earlier.body_digest = given_digest AND earlier.task_id = given_task
                             AND earlier.auditor_id = given_user THEN 'replayed' ELSE 'token_used' END;
            audit_id := earlier.id;
        ELSIF lock.task_id IS NULL OR lock.token <> given_token OR lock.holder_id <> given_user THEN
            outcome := 'lock_lost';
        END IF;
    ELSIF lock.task_id IS NOT NULL AND lock.holder_id <> given_user AND lock.expires_at > instant THEN
        outcome := 'locked';
    END IF;
    outcome := coalesce(outcome, CASE
        WHEN before.status <> 'completed' THEN 'not_completed'
        WHEN doer.user_id = given_user THEN 'own_work'
        WHEN given_version IS NOT NULL AND before.version <> given_version THEN 'version_moved'
        WHEN given_verdict = 'fixed'
             AND before.response - 'is_customer_fix' = given_response - 'is_customer_fix' THEN 'nothing_changed'
        END, 'recorded');

    IF outcome = 'recorded' THEN
        -- The last gap counts too, up to the cut-off; an audit by the API without a lock has no time.
        used := lock.active_seconds + least(extract(epoch FROM instant - lock.seen_at), idle);
        audit_id := given_audit;
        UPDATE audits_task t
           SET review_status = given_verdict, version = t.version + 1, callback_sequence = t.callback_sequence + 1,
               updated_at = instant, response = coalesce(given_response, t.response),
               prior_responses = CASE WHEN given_verdict = 'fixed'
                                      THEN t.prior_responses || jsonb_build_array(t.response)
                                      ELSE t.prior_responses END
         WHERE t.organization_id = given_organization AND t.id = given_task
        RETURNING t.* INTO judged;
        INSERT INTO audits_audit (id, organization_id, task_id, session_id, auditor_id, verdict, comment,
                                  prior_response, response, task_version, lock_token, body_digest, source, opened_at,
                                  audited_at, seconds, active_seconds)
        VALUES (given_audit, given_organization, given_task, item.session_id, given_user, given_verdict, given_comment,
                CASE WHEN given_verdict = 'fixed' THEN before.response END, given_response, before.version,
                given_token, given_digest, given_source, lock.acquired_at, instant,
                coalesce(extract(epoch FROM instant - lock.acquired_at), 0), used);
        DELETE FROM audits_tasklock l WHERE l.task_id = given_task AND l.organization_id = given_organization;
        DELETE FROM audits_draft d
         WHERE d.organization_id = given_organization AND d.task_id = given_task AND d.user_id = given_user;
        IF item.id IS NOT NULL AND item.state = 0 THEN
            UPDATE audits_sessionitem SET state = 1, audit_id = given_audit WHERE id = item.id;
            INSERT INTO audits_sessiontally AS s (id, organization_id, session_id, slot, accepted, fixed, rejected, withdrawn)
            VALUES (given_event, given_organization, given_session, given_slot, (given_verdict = 'accepted')::int,
                    (given_verdict = 'fixed')::int, (given_verdict = 'rejected')::int, 0)
            ON CONFLICT (organization_id, session_id, slot) DO UPDATE
               SET accepted = s.accepted + excluded.accepted, fixed = s.fixed + excluded.fixed,
                   rejected = s.rejected + excluded.rejected;
        END IF;
        INSERT INTO audits_event (id, organization_id, type, at, actor_id, task_id, session_id, subject_id, before, after)
        VALUES (given_event, given_organization, 'task.audited', instant, given_user, given_task, item.session_id,
                given_audit,
                jsonb_build_object('review_status', before.review_status, 'version', before.version),
                jsonb_build_object('review_status', given_verdict, 'version', judged.version,
                                   'comment', given_comment));
    END IF;

    RETURN QUERY
        SELECT outcome, u.email::text, lock.expires_at, audit_id, judged, p, b, doer
          FROM (SELECT 1) one
          LEFT JOIN tenancy_user u ON u.id = lock.holder_id
          LEFT JOIN audits_project p ON p.id = judged.project_id AND p.organization_id = given_organization
          LEFT JOIN audits_batch b ON b.id = judged.batch_id AND b.organization_id = given_organization;
END $$;
"""

DROP = """
DROP FUNCTION audits_record_verdict;
DROP FUNCTION audits_find_session;
DROP FUNCTION audits_claim_next;
DROP FUNCTION audits_lock_task;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0002_tenancy_and_locks")]

    operations = [migrations.RunSQL(LOCK_TASK + CLAIM_NEXT + FIND_SESSION + RECORD_VERDICT, DROP)]
