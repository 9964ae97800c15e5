"""What must be true of the database whatever was killed; every statement names the rows that break a rule."""

from tests.faults.instance import Instance
from tests.faults.load import Journal

RULES = {
    "an audit is not in its session's tallies, or a tally counts what is not there": """
        SELECT s.id FROM audits_auditsession s
        WHERE (SELECT (count(*) FILTER (WHERE verdict = 'accepted'), count(*) FILTER (WHERE verdict = 'fixed'),
                       count(*) FILTER (WHERE verdict = 'rejected'))::text
                 FROM audits_audit a WHERE a.session_id = s.id)
           <> (SELECT (coalesce(sum(accepted), 0), coalesce(sum(fixed), 0), coalesce(sum(rejected), 0))::text
                 FROM audits_sessiontally t WHERE t.session_id = s.id)""",
    "an item is done without its audit, or audited and not done": """
        SELECT i.id FROM audits_sessionitem i
          LEFT JOIN audits_audit a ON a.session_id = i.session_id AND a.task_id = i.task_id
         WHERE (i.state = 1) <> (a.id IS NOT NULL) OR i.audit_id IS DISTINCT FROM a.id""",
    "audits, events, callbacks and deliveries of a task differ in number": """
        SELECT t.id FROM audits_task t,
               LATERAL (SELECT count(*) n FROM audits_audit WHERE task_id = t.id) audits,
               LATERAL (SELECT count(*) n FROM audits_event WHERE task_id = t.id AND type = 'task.audited') events,
               LATERAL (SELECT count(*) n FROM callbacks_callbackevent
                         WHERE subject_id = t.id AND type = 'task.audited') callbacks,
               LATERAL (SELECT count(*) n FROM callbacks_delivery d JOIN callbacks_callbackevent e ON e.id = d.event_id
                         WHERE d.subject_id = t.id AND e.type = 'task.audited') deliveries
         WHERE t.callback_url <> '' AND (events.n, callbacks.n, deliveries.n) <> (audits.n, audits.n, audits.n)""",
    "an audit has no event of its own": """
        SELECT a.id FROM audits_audit a WHERE 1 <> (SELECT count(*) FROM audits_event e
            WHERE e.type = 'task.audited' AND e.subject_id = a.id AND e.task_id = a.task_id
              AND e.after ->> 'review_status' = a.verdict)""",
    "a task's status is not its newest verdict": """
        SELECT t.id FROM audits_task t
         WHERE t.review_status <> coalesce((SELECT verdict FROM audits_audit a WHERE a.task_id = t.id
                                             ORDER BY task_version DESC LIMIT 1), '')""",
    "a task's earlier responses are not those that audits replaced": """
        SELECT t.id FROM audits_task t WHERE jsonb_array_length(t.prior_responses)
            <> (SELECT count(*) FROM audits_audit a WHERE a.task_id = t.id AND a.verdict = 'fixed')""",
    "a lock outlived its verdict": """
        SELECT l.task_id FROM audits_tasklock l JOIN audits_audit a ON a.lock_token = l.token""",
    "a verdict counts twice": """
        SELECT lock_token FROM audits_audit WHERE lock_token IS NOT NULL GROUP BY 1 HAVING count(*) > 1""",
}
STORED = "SELECT lock_token, replace(task_id::text, '-', ''), verdict FROM audits_audit WHERE lock_token >= %s"


def check_no_half_state(instance: Instance) -> None:
    broken = {rule: instance.rows(query) for rule, query in RULES.items()}
    assert {rule: rows[:5] for rule, rows in broken.items() if rows} == {}


def check_journal(instance: Instance, journal: Journal, *, auditors: int) -> None:
    """Every acknowledged verdict is there once and as given; beyond them at most what was on its way at the end."""
    since = min(journal.acknowledged)
    stored = instance.rows(STORED, since)
    found = {token: (task, verdict) for token, task, verdict in stored}
    assert len(found) == len(stored)
    lost = {token: said for token, said in journal.acknowledged.items() if found.get(token) != said}
    assert lost == {}
    assert len(found) - len(journal.acknowledged) <= auditors
    assert journal.strange == []
