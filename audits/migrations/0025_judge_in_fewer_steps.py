"""The audit loop's functions: one claims, one records a verdict, one does both.

A function's plan is cached, a statement's is not; and generic plans are forced: left to itself PostgreSQL plans the claim
anew each time, which costs six times its execution. Each returns one row and is called as an expression, and what does
not belong to a task is not looked up: as sets, joined to all that might be there, the same cost a fifth more.

Lock order, as everywhere in `audits.services`: session item, then task, then everything else.
"""

from django.db import migrations

LOCK_TASK = """
-- Take or renew the lease on one task. `granted` is false where somebody else holds it: then holder and expiry are theirs.
CREATE FUNCTION audits_lock_task(given_organization uuid, given_task uuid, given_session uuid, given_user uuid,
                                 lease interval, given_event uuid, OUT granted boolean, OUT is_new boolean,
                                 OUT holder uuid, OUT token bigint, OUT acquired_at timestamptz,
                                 OUT expires_at timestamptz)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz := clock_timestamp();
    fresh bigint := nextval('audits_lock_token');
    held audits_tasklock;
BEGIN
    -- The owner's own renewal succeeds, expired or not, while nobody else has taken the task; it keeps token and time.
    INSERT INTO audits_tasklock AS l (task_id, organization_id, holder_id, session_id, token, acquired_at, seen_at,
                                      active_seconds, expires_at)
    VALUES (given_task, given_organization, given_user, given_session, fresh, instant, instant, 0, instant + lease)
    ON CONFLICT (task_id) DO UPDATE
       SET seen_at = excluded.seen_at, expires_at = excluded.expires_at, holder_id = excluded.holder_id,
           session_id = CASE WHEN l.holder_id = excluded.holder_id THEN coalesce(excluded.session_id, l.session_id)
                             ELSE excluded.session_id END,
           token = CASE WHEN l.holder_id = excluded.holder_id THEN l.token ELSE excluded.token END,
           acquired_at = CASE WHEN l.holder_id = excluded.holder_id THEN l.acquired_at ELSE excluded.acquired_at END,
           active_seconds = CASE WHEN l.holder_id = excluded.holder_id THEN l.active_seconds ELSE 0 END
     WHERE l.holder_id = excluded.holder_id OR l.expires_at <= clock_timestamp()
    RETURNING l.* INTO held;
    granted := FOUND;
    IF NOT granted THEN
        SELECT l.* INTO held FROM audits_tasklock l
         WHERE l.organization_id = given_organization AND l.task_id = given_task;
    END IF;
    is_new := granted AND held.token = fresh;
    IF is_new THEN
        INSERT INTO audits_event (id, organization_id, type, at, actor_id, task_id, session_id, before, after)
        VALUES (given_event, given_organization, 'lock.acquired', instant, given_user, given_task, given_session, '{}',
                jsonb_build_object('token', fresh));
    END IF;
    holder := held.holder_id; token := held.token; acquired_at := held.acquired_at; expires_at := held.expires_at;
END $$;
"""

FIND_SESSION = """
-- A session that this person may join, with the sums of its tallies, or nulls: of those they opened, of all if they
-- lead, else of those that name them or, if they may audit, name nobody.
CREATE FUNCTION audits_find_session(given_organization uuid, given_session uuid, given_user uuid, may_lead boolean,
                                    may_audit boolean, OUT session audits_auditsession, OUT tallied jsonb)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    SELECT s.* INTO session FROM audits_auditsession s
     WHERE s.organization_id = given_organization AND s.id = given_session
       AND (may_lead OR s.created_by_id = given_user OR may_audit AND (
            SELECT count(*) = 0 OR bool_or(i.user_id = given_user) FROM audits_sessionauditor i
             WHERE i.organization_id = given_organization AND i.session_id = given_session));
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT jsonb_build_object('accepted', coalesce(sum(accepted), 0), 'fixed', coalesce(sum(fixed), 0),
                              'rejected', coalesce(sum(rejected), 0), 'withdrawn', coalesce(sum(withdrawn), 0))
      INTO tallied FROM audits_sessiontally t
     WHERE t.organization_id = given_organization AND t.session_id = given_session;
END $$;
"""

RECORD_VERDICT = """
-- One verdict, whole or not at all. `outcome` is 'recorded', 'replayed' (the same submit again: nothing happens twice)
-- or the reason why nothing was changed. A token comes from a lock; without one (an audit by the API) the task must not
-- be held by anybody else. `is_first`: no audit stood on the task before. `idle` caps what a gap between two signs of life adds to the active time.
CREATE FUNCTION audits_record_verdict(
    given_organization uuid, given_task uuid, given_session uuid, given_user uuid, given_token bigint,
    given_version integer, given_verdict text, given_comment text, given_response jsonb, given_digest bytea,
    given_source text, given_audit uuid, given_event uuid, given_slot integer, idle double precision,
    OUT outcome text, OUT holder_email text, OUT expires_at timestamptz, OUT audit audits_audit, OUT is_first boolean,
    OUT task audits_task, OUT project audits_project, OUT batch audits_batch, OUT performer audits_performer)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    instant timestamptz;
    item audits_sessionitem;
    before audits_task;
    lock audits_tasklock;
    earlier audits_audit;
    used double precision;
BEGIN
    IF given_session IS NOT NULL THEN
        SELECT i.* INTO item FROM audits_sessionitem i
         WHERE i.organization_id = given_organization AND i.session_id = given_session AND i.task_id = given_task
           FOR UPDATE;
    END IF;
    SELECT t.* INTO before FROM audits_task t
     WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = given_task FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown_task'; RETURN;
    END IF;
    IF before.completed_by_id IS NOT NULL THEN
        SELECT p.* INTO performer FROM audits_performer p
         WHERE p.organization_id = given_organization AND p.id = before.completed_by_id;
    END IF;
    SELECT l.* INTO lock FROM audits_tasklock l
     WHERE l.organization_id = given_organization AND l.task_id = given_task FOR UPDATE;
    -- Read only now: whoever waited for the row comes later in the history too.
    instant := clock_timestamp();

    task := before; expires_at := lock.expires_at;
    IF given_token IS NOT NULL THEN
        -- A verdict takes its lock away, and no token is given twice: one that is still there was not used.
        IF lock.token IS DISTINCT FROM given_token OR lock.holder_id <> given_user THEN
            SELECT a.* INTO earlier FROM audits_audit a
             WHERE a.organization_id = given_organization AND a.lock_token = given_token;
            IF FOUND THEN
                outcome := CASE WHEN earlier.body_digest = given_digest AND earlier.task_id = given_task
                                 AND earlier.auditor_id = given_user THEN 'replayed' ELSE 'token_used' END;
                audit := earlier;
            ELSE
                outcome := 'lock_lost';
            END IF;
        END IF;
    ELSIF lock.task_id IS NOT NULL AND lock.holder_id <> given_user AND lock.expires_at > instant THEN
        outcome := 'locked';
    END IF;
    outcome := coalesce(outcome, CASE
        WHEN before.status <> 'completed' THEN 'not_completed'
        WHEN performer.user_id = given_user THEN 'own_work'
        WHEN given_version IS NOT NULL AND before.version <> given_version THEN 'version_moved'
        WHEN given_verdict = 'fixed'
             AND before.response - 'is_customer_fix' = given_response - 'is_customer_fix' THEN 'nothing_changed'
        END, 'recorded');

    IF outcome = 'recorded' THEN
        -- The last gap counts too, up to the cut-off; an audit by the API without a lock has no time.
        used := lock.active_seconds + least(extract(epoch FROM instant - lock.seen_at), idle);
        is_first := before.review_status = '';
        UPDATE audits_task t
           SET review_status = given_verdict, version = t.version + 1, callback_sequence = t.callback_sequence + 1,
               updated_at = instant, response = coalesce(given_response, t.response),
               prior_responses = CASE WHEN given_verdict = 'fixed'
                                      THEN t.prior_responses || jsonb_build_array(t.response)
                                      ELSE t.prior_responses END
         WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = given_task
        RETURNING t.* INTO task;
        INSERT INTO audits_audit (id, organization_id, task_id, session_id, auditor_id, verdict, comment,
                                  prior_response, response, task_version, lock_token, body_digest, source, opened_at,
                                  audited_at, seconds, active_seconds)
        VALUES (given_audit, given_organization, given_task, item.session_id, given_user, given_verdict, given_comment,
                CASE WHEN given_verdict = 'fixed' THEN before.response END, given_response, before.version,
                given_token, given_digest, given_source, lock.acquired_at, instant,
                coalesce(extract(epoch FROM instant - lock.acquired_at), 0), used)
        RETURNING audits_audit.* INTO audit;
        DELETE FROM audits_tasklock l WHERE l.task_id = given_task AND l.organization_id = given_organization;
        DELETE FROM audits_draft d
         WHERE d.organization_id = given_organization AND d.task_id = given_task AND d.user_id = given_user;
        IF item.id IS NOT NULL AND item.state = 0 THEN
            UPDATE audits_sessionitem SET state = 1, audit_id = given_audit WHERE id = item.id;
            UPDATE audits_sessiontally s
               SET accepted = s.accepted + (given_verdict = 'accepted')::int,
                   fixed = s.fixed + (given_verdict = 'fixed')::int,
                   rejected = s.rejected + (given_verdict = 'rejected')::int
             WHERE s.organization_id = given_organization AND s.session_id = given_session AND s.slot = given_slot;
            IF NOT FOUND THEN
                INSERT INTO audits_sessiontally AS s (id, organization_id, session_id, slot, accepted, fixed, rejected,
                                                      withdrawn)
                VALUES (given_event, given_organization, given_session, given_slot, (given_verdict = 'accepted')::int,
                        (given_verdict = 'fixed')::int, (given_verdict = 'rejected')::int, 0)
                ON CONFLICT (organization_id, session_id, slot) DO UPDATE
                   SET accepted = s.accepted + excluded.accepted, fixed = s.fixed + excluded.fixed,
                       rejected = s.rejected + excluded.rejected;
            END IF;
        END IF;
        INSERT INTO audits_event (id, organization_id, type, at, actor_id, task_id, session_id, subject_id, before, after)
        VALUES (given_event, given_organization, 'task.audited', instant, given_user, given_task, item.session_id,
                given_audit,
                jsonb_build_object('review_status', before.review_status, 'version', before.version),
                jsonb_build_object('review_status', given_verdict, 'version', task.version,
                                   'comment', given_comment));
    END IF;

    IF outcome IN ('locked', 'lock_lost') THEN
        SELECT u.email INTO holder_email FROM tenancy_user u WHERE u.id = lock.holder_id;
    END IF;
    IF task.project_id IS NOT NULL THEN
        SELECT p.* INTO project FROM audits_project p
         WHERE p.organization_id = given_organization AND p.id = task.project_id;
    END IF;
    IF task.batch_id IS NOT NULL THEN
        SELECT b.* INTO batch FROM audits_batch b
         WHERE b.organization_id = given_organization AND b.id = task.batch_id;
    END IF;
END $$;
"""

JUDGE_AND_CLAIM = """
-- A verdict under a session's lock and, where it was recorded (now, or by the same submit before) and the session is
-- open, the next task. `outcome` is 'unknown_session' for a session that this person may not join.
CREATE FUNCTION audits_judge_and_claim(
    given_organization uuid, given_task uuid, given_session uuid, given_user uuid, given_token bigint,
    given_version integer, given_verdict text, given_comment text, given_response jsonb, given_digest bytea,
    given_source text, given_audit uuid, given_event uuid, given_slot integer, idle double precision,
    may_lead boolean, may_audit boolean, lease interval, given_projects uuid[], given_claim uuid,
    OUT outcome text, OUT holder_email text, OUT expires_at timestamptz, OUT audit audits_audit, OUT is_first boolean,
    OUT task audits_task, OUT project audits_project, OUT batch audits_batch, OUT performer audits_performer,
    OUT session audits_auditsession, OUT tallied jsonb, OUT claim json)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    place record;
    judged record;
BEGIN
    place := audits_find_session(given_organization, given_session, given_user, may_lead, may_audit);
    IF (place.session).id IS NULL THEN
        outcome := 'unknown_session'; RETURN;
    END IF;
    judged := audits_record_verdict(given_organization, given_task, given_session, given_user, given_token,
                                    given_version, given_verdict, given_comment, given_response, given_digest,
                                    given_source, given_audit, given_event, given_slot, idle);
    outcome := judged.outcome; holder_email := judged.holder_email; expires_at := judged.expires_at;
    audit := judged.audit; is_first := judged.is_first; task := judged.task; project := judged.project;
    batch := judged.batch; performer := judged.performer; session := place.session; tallied := place.tallied;
    IF outcome IN ('recorded', 'replayed') AND session.status = 'open' THEN
        claim := row_to_json(audits_claim_next(given_organization, given_session, given_user, lease, given_projects,
                                               given_claim));
    END IF;
END $$;
"""

CLAIM_NEXT = """
-- The next open task of a session's queue for this auditor: the one they hold already, or the first that nobody holds
-- and that they did not do themselves; `given_projects`, where not null, are all they may audit. Nulls: nothing is left for them now.
CREATE FUNCTION audits_claim_next(
    given_organization uuid, given_session uuid, given_user uuid, lease interval, given_projects uuid[],
    given_event uuid, OUT task audits_task, OUT project audits_project, OUT batch audits_batch,
    OUT performer audits_performer, OUT draft audits_draft, OUT is_new boolean, OUT token bigint,
    OUT acquired_at timestamptz, OUT expires_at timestamptz)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    candidate audits_sessionitem;
    wanted audits_task;
    doer audits_performer;
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
        -- One key, one row: whether it is open is asked afterwards, or PostgreSQL may walk all that is open instead.
        IF held IS NOT NULL THEN
            SELECT i.* INTO candidate FROM audits_sessionitem i
             WHERE i.organization_id = given_organization AND i.session_id = given_session AND i.task_id = held
               FOR UPDATE;
        END IF;
        IF held IS NULL OR candidate.state IS DISTINCT FROM 0 THEN
            SELECT i.* INTO candidate FROM audits_sessionitem i
             WHERE i.organization_id = given_organization AND i.session_id = given_session AND i.state = 0
               AND i.position > after
               AND NOT EXISTS (SELECT FROM audits_tasklock l
                                WHERE l.task_id = i.task_id AND l.expires_at > clock_timestamp()
                                  AND l.holder_id <> given_user)
             ORDER BY i.position LIMIT 1
               FOR UPDATE SKIP LOCKED;
            EXIT WHEN NOT FOUND;
            after := candidate.position;
        END IF;
        held := NULL;
        SELECT t.* INTO wanted FROM audits_task t
         WHERE t.organization_id IS NOT DISTINCT FROM given_organization AND t.id = candidate.task_id;
        doer := NULL;
        IF wanted.completed_by_id IS NOT NULL THEN
            SELECT p.* INTO doer FROM audits_performer p
             WHERE p.organization_id = given_organization AND p.id = wanted.completed_by_id;
        END IF;
        -- Gone meanwhile (recalled, canceled): out of the queue. Done by this auditor: left for the others.
        IF wanted.status <> 'completed' THEN
            UPDATE audits_sessionitem SET state = 2 WHERE id = candidate.id;
            INSERT INTO audits_sessiontally AS s (id, organization_id, session_id, slot, accepted, fixed, rejected, withdrawn)
            VALUES (gen_random_uuid(), given_organization, given_session, 0, 0, 0, 0, 1)
            ON CONFLICT (organization_id, session_id, slot) DO UPDATE SET withdrawn = s.withdrawn + 1;
            CONTINUE;
        END IF;
        CONTINUE WHEN doer.user_id = given_user;
        CONTINUE WHEN NOT coalesce(wanted.project_id = ANY (given_projects), given_projects IS NULL);
        -- Looked at only for those who need an assignment: for everybody else the claim costs what it did.
        CONTINUE WHEN given_projects IS NOT NULL
                  AND NOT audits_batch_is_open_to(given_organization, wanted.batch_id, given_user);
        lock := audits_lock_task(given_organization, wanted.id, given_session, given_user, lease, given_event);
        CONTINUE WHEN NOT lock.granted;
        -- Now and then the start moves up to the first item that is still open, held ones among them. It never moves
        -- back: an item that is done does not open again. Whoever would have to wait for the row leaves it; but each
        -- verdict under way holds its key, and this does not wait for those.
        IF candidate.position > start + 200 THEN
            UPDATE audits_auditsession s SET first_open = (
                SELECT i.position FROM audits_sessionitem i
                 WHERE i.organization_id = given_organization AND i.session_id = given_session AND i.state = 0
                   AND i.position >= start
                 ORDER BY i.position LIMIT 1)
             WHERE s.id = (SELECT l.id FROM audits_auditsession l
                            WHERE l.organization_id = given_organization AND l.id = given_session
                              FOR NO KEY UPDATE SKIP LOCKED);
        END IF;
        task := wanted; performer := doer; is_new := lock.is_new; token := lock.token;
        acquired_at := lock.acquired_at; expires_at := lock.expires_at;
        IF wanted.project_id IS NOT NULL THEN
            SELECT p.* INTO project FROM audits_project p
             WHERE p.organization_id = given_organization AND p.id = wanted.project_id;
        END IF;
        IF wanted.batch_id IS NOT NULL THEN
            SELECT b.* INTO batch FROM audits_batch b
             WHERE b.organization_id = given_organization AND b.id = wanted.batch_id;
        END IF;
        SELECT d.* INTO draft FROM audits_draft d
         WHERE d.organization_id = given_organization AND d.task_id = wanted.id AND d.user_id = given_user;
        RETURN;
    END LOOP;
END $$;
"""


FUNCTIONS = ["audits_judge_and_claim", "audits_claim_next", "audits_record_verdict", "audits_find_session",
             "audits_lock_task"]  # fmt: skip
# What an instance may have of earlier versions of these.
DROP = "".join(f"DROP FUNCTION IF EXISTS {name};" for name in FUNCTIONS)


class Migration(migrations.Migration):
    dependencies = [("audits", "0024_tasks_in_ascending_indexes")]

    operations = [
        migrations.RunSQL(DROP + LOCK_TASK + FIND_SESSION + RECORD_VERDICT + CLAIM_NEXT + JUDGE_AND_CLAIM, DROP)
    ]
