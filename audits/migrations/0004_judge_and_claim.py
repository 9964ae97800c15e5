"""The workspace's submit in one step: one function records the verdict and claims the next task of the session.

Each statement costs a way to the server and back, and its plan; the function's plans are kept.
"""

from django.db import migrations

RECORD_VERDICT = """
-- One verdict, whole or not at all. `outcome` is 'recorded', 'replayed' (the same submit again: nothing happens twice)
-- or the reason why nothing was changed. A token comes from a lock; without one (an audit by the API) the task must not
-- be held by anybody else. `is_first`: no audit stood on the task before. `idle` caps what a gap between two signs of life adds to the active time.
CREATE FUNCTION audits_record_verdict(
    given_organization uuid, given_task uuid, given_session uuid, given_user uuid, given_token bigint,
    given_version integer, given_verdict text, given_comment text, given_response jsonb, given_digest bytea,
    given_source text, given_audit uuid, given_event uuid, given_slot integer, idle double precision)
RETURNS TABLE (outcome text, holder_email text, expires_at timestamptz, audit audits_audit, is_first boolean,
               task audits_task, project audits_project, batch audits_batch, performer audits_performer)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
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
            audit := earlier;
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
        is_first := before.review_status = '';
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
                coalesce(extract(epoch FROM instant - lock.acquired_at), 0), used)
        RETURNING audits_audit.* INTO audit;
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
        SELECT outcome, u.email::text, lock.expires_at, audit, is_first, judged, p, b, doer
          FROM (SELECT 1) one
          LEFT JOIN tenancy_user u ON u.id = lock.holder_id
          LEFT JOIN audits_project p ON p.id = judged.project_id AND p.organization_id = given_organization
          LEFT JOIN audits_batch b ON b.id = judged.batch_id AND b.organization_id = given_organization;
END $$;
"""

JUDGE_AND_CLAIM = """
-- A verdict under a session's lock and, where it was recorded (now, or by the same submit before) and the session is
-- open, the next task. `outcome` is 'unknown_session' for a session that this person may not join.
CREATE FUNCTION audits_judge_and_claim(
    given_organization uuid, given_task uuid, given_session uuid, given_user uuid, given_token bigint,
    given_version integer, given_verdict text, given_comment text, given_response jsonb, given_digest bytea,
    given_source text, given_audit uuid, given_event uuid, given_slot integer, idle double precision,
    may_lead boolean, may_audit boolean, lease interval, given_projects uuid[], given_claim uuid)
RETURNS TABLE (outcome text, holder_email text, expires_at timestamptz, audit audits_audit, is_first boolean,
               task audits_task, project audits_project, batch audits_batch, performer audits_performer,
               session audits_auditsession, tallied jsonb, claim json)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    place record;
    judged record;
BEGIN
    SELECT f.session, f.tallied INTO place
      FROM audits_find_session(given_organization, given_session, given_user, may_lead, may_audit) f;
    IF NOT FOUND THEN
        outcome := 'unknown_session'; RETURN NEXT; RETURN;
    END IF;
    SELECT r.* INTO judged
      FROM audits_record_verdict(given_organization, given_task, given_session, given_user, given_token, given_version,
                                 given_verdict, given_comment, given_response, given_digest, given_source, given_audit,
                                 given_event, given_slot, idle) r;
    outcome := judged.outcome; holder_email := judged.holder_email; expires_at := judged.expires_at;
    audit := judged.audit; is_first := judged.is_first; task := judged.task; project := judged.project;
    batch := judged.batch; performer := judged.performer; session := place.session; tallied := place.tallied;
    IF outcome IN ('recorded', 'replayed') AND session.status = 'open' THEN
        SELECT row_to_json(c) INTO claim
          FROM audits_claim_next(given_organization, given_session, given_user, lease, given_projects, given_claim) c;
    END IF;
    RETURN NEXT;
END $$;
"""

DROP = """
DROP FUNCTION audits_judge_and_claim;
DROP FUNCTION audits_record_verdict;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0003_claim_and_verdict")]

    operations = [
        migrations.RunSQL(RECORD_VERDICT + JUDGE_AND_CLAIM, DROP),
    ]
