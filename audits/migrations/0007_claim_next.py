"""The claim looks at no more than the item it takes, whatever the planner knows of a queue that was just made."""

from django.db import migrations

CLAIM_NEXT = """
-- The next open task of a session's queue for this auditor: the one they hold already, or the first that nobody holds
-- and that they did not do themselves; `given_projects`, where not null, are all they may audit. No row: nothing is left for them now.
CREATE OR REPLACE FUNCTION audits_claim_next(
    given_organization uuid, given_session uuid, given_user uuid, lease interval, given_projects uuid[],
    given_event uuid)
RETURNS TABLE (task audits_task, project audits_project, batch audits_batch, performer audits_performer,
               draft audits_draft, is_new boolean, token bigint, acquired_at timestamptz, expires_at timestamptz)
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
         WHERE t.organization_id = given_organization AND t.id = candidate.task_id;
        SELECT p.* INTO doer FROM audits_performer p
         WHERE p.organization_id = given_organization AND p.id = wanted.completed_by_id;
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
        SELECT * INTO lock
          FROM audits_lock_task(given_organization, wanted.id, given_session, given_user, lease, given_event);
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
            SELECT wanted, p, b, doer, d, lock.is_new, lock.token,
                   lock.acquired_at, lock.expires_at
              FROM (SELECT 1) one
              LEFT JOIN audits_project p
                ON p.id = wanted.project_id AND p.organization_id = given_organization
              LEFT JOIN audits_batch b ON b.id = wanted.batch_id AND b.organization_id = given_organization
              LEFT JOIN audits_draft d ON d.organization_id = given_organization
                    AND d.task_id = wanted.id AND d.user_id = given_user;
        RETURN;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0006_counting")]

    operations = [migrations.RunSQL(CLAIM_NEXT, "DROP FUNCTION audits_claim_next;")]
