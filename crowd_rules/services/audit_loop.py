"""Audits' verdicts back to the performers: read from the event log, judged by the rules. Redone tasks back to work.

The log's ids are made before the commit, so that a row may appear behind one that was read already: the last seconds
are read again each time, and what was judged before is known by its audit.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from crowd_rules.engine.aggregation import canonical
from crowd_rules.services.consequences import observe
from crowd_rules.services.judging import NewEvent
from crowd_rules.services.recalls import reopen_recalled
from labelops.tenancy.models import EventType, Organization
from labelops.tenancy.rows import fetch
from labelops.tenancy.scope import organization_scope, system_scope

# A verdict's transaction is a fraction of a second; whatever commits later than this is never seen.
LATE = timedelta(seconds=20)
STEP = 500

BEHIND = """
SELECT f.organization_id FROM crowd_rules_auditfeed f
 WHERE EXISTS (SELECT FROM audits_event e WHERE e.organization_id = f.organization_id AND e.id > f.position
                  AND e.type IN ('task.audited', 'task.audit_reverted', 'task.recalled'))
"""
NEWS = """
SELECT e.id, e.type, e.task_id FROM audits_event e
 WHERE e.organization_id = %s AND e.id > %s AND e.type IN ('task.audited', 'task.audit_reverted', 'task.recalled')
 ORDER BY e.id LIMIT %s
"""
VERDICTS = """
SELECT e.id AS event, e.at, a.id AS cause, a.verdict, t.response, s.id AS solution, s.output_values AS output,
       s.performer_id AS performer, s.audit_verdict AS stood, p.id AS pool, p.project_id AS project, j.submitted_at,
       j.suite_id AS suite
  FROM audits_event e
  JOIN audits_audit a ON a.organization_id = e.organization_id AND a.id = e.subject_id AND a.reverted_at IS NULL
  JOIN audits_task t ON t.organization_id = e.organization_id AND t.id = a.task_id
  JOIN crowd_rules_pooltask w ON w.organization_id = e.organization_id AND w.task_id = t.id AND w.kind = 'REAL'
  JOIN crowd_rules_pool p ON p.organization_id = e.organization_id AND p.id = w.pool_id
  JOIN crowd_rules_solution s ON s.organization_id = e.organization_id AND s.pool_task_id = w.id
   AND s.output_values IS NOT NULL AND NOT s.is_released
  JOIN crowd_rules_assignment j ON j.organization_id = e.organization_id AND j.id = s.assignment_id
 WHERE e.organization_id = %s AND e.id = ANY(%s::uuid[])
   -- After a redo: what an earlier attempt was fixed to is not there any more, and its answers are not judged again.
   AND (t.attempt = 1 OR (a.verdict = 'rejected' OR a.task_version >= t.attempt_from) AND NOT EXISTS (
           SELECT FROM audits_event r
            WHERE r.organization_id = e.organization_id AND r.task_id = t.id AND r.type = 'task.recalled'
              AND r.at > j.submitted_at AND r.at < a.audited_at))
   AND NOT EXISTS (SELECT FROM crowd_rules_crowdevent c
                    WHERE c.organization_id = e.organization_id AND c.subject_id = s.id AND c.kind = 'audit.judged'
                      AND c.cause_id = a.id)
 ORDER BY e.id, s.performer_id
"""
# What an undone audit had said of answers, where that is the last that was said of them; `verdict` and `response`: of
# the audit before it that judged them, where there was one, which stands again.
UNDONE = """
SELECT e.id AS event, e.at, e.id AS cause, s.id AS solution, s.performer_id AS performer, s.audit_verdict AS stood,
       c.pool_id AS pool, c.project_id AS project, c.responded_at AS submitted_at, j.suite_id AS suite,
       t.response, s.output_values AS output,
       (SELECT b.verdict FROM crowd_rules_crowdevent o
          JOIN audits_audit b ON b.organization_id = e.organization_id AND b.id = o.cause_id AND b.reverted_at IS NULL
         WHERE o.organization_id = e.organization_id AND o.subject_id = c.subject_id AND o.kind = c.kind
         ORDER BY b.audited_at DESC LIMIT 1) AS verdict
  FROM audits_event e
  JOIN audits_task t ON t.organization_id = e.organization_id AND t.id = e.task_id
  JOIN crowd_rules_pooltask w ON w.organization_id = e.organization_id AND w.task_id = t.id AND w.kind = 'REAL'
  JOIN crowd_rules_solution s ON s.organization_id = e.organization_id AND s.pool_task_id = w.id
  JOIN crowd_rules_assignment j ON j.organization_id = e.organization_id AND j.id = s.assignment_id
  JOIN crowd_rules_crowdevent c ON c.organization_id = e.organization_id AND c.subject_id = s.id
   AND c.kind = 'audit.judged' AND c.cause_id = e.subject_id
 WHERE e.organization_id = %s AND e.id = ANY(%s::uuid[])
   AND NOT EXISTS (SELECT FROM crowd_rules_crowdevent l
                    WHERE l.organization_id = e.organization_id AND l.subject_id = s.id AND l.kind = 'audit.judged'
                      AND (l.cause_id = e.id OR (l.at, l.id) > (c.at, c.id)))
 ORDER BY e.id, s.performer_id
"""


def follow_audits() -> int:
    """Judge what audits found since the last look, in all organizations; how many answers."""
    with system_scope("sweep"), connection.cursor() as cursor:
        cursor.execute(BEHIND)
        behind = [row[0] for row in cursor.fetchall()]
    return sum(_follow(organization_id) for organization_id in behind)


def _follow(organization_id: UUID) -> int:
    judged = 0
    while True:
        with organization_scope(organization_id):
            number, more = _step(Organization.objects.get(pk=organization_id))
        judged += number
        if not more:
            return judged


def _step(organization: Organization) -> tuple[int, bool]:
    """One portion of the log in the caller's transaction: how many answers, and whether there may be more."""
    with connection.cursor() as cursor:
        # Whoever reads this organization's log already will read on by itself.
        cursor.execute(
            "SELECT position FROM crowd_rules_auditfeed WHERE organization_id = %s FOR UPDATE SKIP LOCKED",
            [organization.pk],
        )
        row = cursor.fetchone()
        if row is None:
            return 0, False
        cursor.execute(NEWS, [organization.pk, row[0], STEP])
        news = cursor.fetchall()
    audited = [event for event, type, _ in news if type == EventType.TASK_AUDITED]
    number = _judge(organization, audited) if audited else 0
    if undone := [event for event, type, _ in news if type == EventType.TASK_AUDIT_REVERTED]:
        number += _take_back(organization, undone)
    reopen_recalled(organization, [task for _, type, task in news if type == EventType.TASK_RECALLED])
    full = len(news) == STEP
    _advance(organization, row[0], news[-1][0] if full else None)
    return number, full


def _judge(organization: Organization, events: list[UUID]) -> int:
    rows = fetch(VERDICTS, [organization.pk, events])
    stood: dict[str, str] = {row["solution"]: row["stood"] for row in rows}
    news, steps = [], []
    for row in rows:
        verdict = audit_outcome(row["verdict"], row["response"], row["output"])
        news.append(_event_about(row, {"verdict": verdict, "replaces": stood[row["solution"]]}))
        steps += [(row["pool"], row["performer"], verdict, 1)]
        steps += [(row["pool"], row["performer"], before, -1) for before in [stood[row["solution"]]] if before]
        stood[row["solution"]] = verdict
    _count_verdicts(organization, steps)
    observe(organization, news)
    _write_verdicts(organization, stood)
    return len(rows)


def _take_back(organization: Organization, events: list[UUID]) -> int:
    """A verdict that was undone counts no more; one before it, where there was one, stands again. No rule fires."""
    rows = fetch(UNDONE, [organization.pk, events])
    for row in rows:
        row["again"] = audit_outcome(row["verdict"], row["response"], row["output"]) if row["verdict"] else ""
    _count_verdicts(organization, [
        (row["pool"], row["performer"], verdict, change)
        for row in rows for verdict, change in ((row["stood"], -1), (row["again"], 1)) if verdict
    ])  # fmt: skip
    news = [_event_about(row, {"verdict": row["again"], "replaces": row["stood"], "undone": True}) for row in rows]
    observe(organization, news)
    _write_verdicts(organization, {row["solution"]: row["again"] for row in rows})
    return len(rows)


def audit_outcome(verdict: str, response: dict[str, Any], output: dict[str, Any]) -> str:
    """What an audit says about one answer: equal to the response after the audit it is accepted, else fixed.

    A rejected task has no response that an answer could be equal to: all its answers are rejected.
    """
    if verdict == "rejected":
        return "rejected"
    return "accepted" if canonical(response) == canonical(output) else "fixed"


def _event_about(row: dict[str, Any], facts: dict[str, Any]) -> NewEvent:
    return NewEvent(
        "audit.judged", UUID(row["performer"]), UUID(row["pool"]), UUID(row["project"]),
        datetime.fromisoformat(row["at"]), datetime.fromisoformat(row["submitted_at"]), UUID(row["solution"]), facts,
        UUID(row["cause"]), UUID(row["suite"]),
    )  # fmt: skip


def _count_verdicts(organization: Organization, steps: list[tuple[str, str, str, int]]) -> None:
    """Add these (pool, performer, verdict, change) to what is counted in each performer's place."""
    if not steps:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE crowd_rules_performerpool l SET audits_accepted = l.audits_accepted + r.accepted,
                      audits_fixed = l.audits_fixed + r.fixed, audits_rejected = l.audits_rejected + r.rejected
                 FROM (SELECT pool, performer, coalesce(sum(change) FILTER (WHERE verdict = 'accepted'), 0) AS accepted,
                              coalesce(sum(change) FILTER (WHERE verdict = 'fixed'), 0) AS fixed,
                              coalesce(sum(change) FILTER (WHERE verdict = 'rejected'), 0) AS rejected
                         FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::int[])
                              AS given (pool, performer, verdict, change) GROUP BY 1, 2) r
                WHERE l.organization_id = %s AND l.pool_id = r.pool AND l.performer_id = r.performer""",
            [*map(list, zip(*steps, strict=True)), organization.pk],
        )


def _write_verdicts(organization: Organization, verdicts: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE crowd_rules_solution s SET audit_verdict = r.verdict
                 FROM unnest(%s::uuid[], %s::text[]) AS r (id, verdict)
                WHERE s.organization_id = %s AND s.id = r.id""",
            [list(verdicts), list(verdicts.values()), organization.pk],
        )


def _advance(organization: Organization, position: UUID, read_to: UUID | None) -> None:
    """Up to what was read if there is more, else up to what can have come late; never back."""
    floor = first_id_of(datetime.now(UTC) - LATE)
    to = max(position, floor if read_to is None else min(read_to, floor) if read_to > floor else read_to)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crowd_rules_auditfeed SET position = %s, read_at = clock_timestamp() WHERE organization_id = %s",
            [to, organization.pk],
        )


def first_id_of(moment: datetime) -> UUID:
    """The smallest id that could have been made then."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
