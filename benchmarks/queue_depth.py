"""Claims must not grow dearer with what is done, and no task may be handed out twice."""

import random
import threading
import time
from collections import Counter

from django.db import connection, connections
from django.utils import timezone

from audits.models import Audit, AuditSession, TaskLock
from audits.services.audits import Judgement, record_verdict
from audits.services.locks import LockLost
from audits.services.sessions import claim_next
from benchmarks.goals import Goals
from benchmarks.stage import Stage
from labelops.tenancy.models import Membership
from labelops.tenancy.scope import organization_scope

CLAIMS = 1000
# Of the last ones some are still held by those who have been measured before.
HELD = 50


def measure(goals: Goals, stage: Stage, *, depth: int) -> None:
    """Median cost of the first and of the last claims of a queue; what lies between is marked done by SQL.

    Of two queues of the same tasks by turns: a machine's speed may change within seconds.
    """
    auditor, queues = stage.auditors[0], [stage.open_session(), stage.open_session()]
    _end(stage, queues[1])
    costs: list[list[float]] = [[], []]
    for _ in range(CLAIMS):
        for session, found in zip(queues, costs, strict=True):
            found.append(_claim(stage, session, auditor))
    first, last = (sorted(found)[CLAIMS // 2] for found in costs)
    print(f"claim at the head {1000 * first:.2f} ms, at the end of {depth:,} items {1000 * last:.2f} ms (medians)")
    goals.at_most("last_claims_to_first_claims", last / first, 1.2)


def _end(stage: Stage, session: AuditSession) -> None:
    with organization_scope(stage.organization.pk), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE audits_sessionitem SET state = 1 WHERE organization_id = %s AND session_id = %s AND state = 0
               AND position <= (SELECT max(position) - %s FROM audits_sessionitem
                                WHERE organization_id = %s AND session_id = %s)""",
            [stage.organization.pk, session.pk, CLAIMS + HELD, stage.organization.pk, session.pk],
        )


def _claim(stage: Stage, session: AuditSession, auditor: Membership) -> float:
    with organization_scope(stage.organization.pk):
        start = time.perf_counter()
        claimed = claim_next(auditor=auditor, session=session)
        seconds = time.perf_counter() - start
        _finish(stage, session, claimed.task.pk)
    return seconds


def _finish(stage: Stage, session, task_id) -> None:
    with connection.cursor() as cursor:
        place = [stage.organization.pk, task_id]
        cursor.execute("DELETE FROM audits_tasklock WHERE organization_id = %s AND task_id = %s", place)
        cursor.execute(
            "UPDATE audits_sessionitem SET state = 1 WHERE organization_id = %s AND task_id = %s AND session_id = %s",
            [*place, session.pk],
        )


def hand_out_all(goals: Goals, stage: Stage, *, tasks: int) -> None:
    """Sixteen auditors empty a queue while one lease in twenty expires under its holder's hands."""
    session = stage.open_session()
    tally: Counter[str] = Counter()
    threads = [threading.Thread(target=_empty, args=(stage, session, one, tally)) for one in stage.auditors]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with organization_scope(stage.organization.pk):
        audits = Audit.objects.for_organization(stage.organization).filter(session=session)
        total, distinct = audits.count(), audits.values("task").distinct().count()
        left = TaskLock.objects.for_organization(stage.organization).of_session(session.pk).count()
    print(f"{tally['claims']:,} claims, {tally['expired']:,} expired, {tally['refused']:,} late submits refused,"
          f" {time.perf_counter() - start:.0f} s")  # fmt: skip
    goals.at_most("tasks_with_two_verdicts", total - distinct, 0)
    goals.at_most("tasks_never_judged", tasks - distinct, 0)
    goals.at_most("locks_left", left, 0)


def _empty(stage: Stage, session, auditor, tally: Counter[str]) -> None:
    scope = stage.organization.pk
    while True:
        with organization_scope(scope):
            claimed = claim_next(auditor=auditor, session=session)
        if claimed is None:
            break
        tally["claims"] += 1
        if random.random() < 0.05:
            tally["expired"] += 1
            with organization_scope(scope):
                TaskLock.objects.filter(pk=claimed.task.pk).update(expires_at=timezone.now())
            time.sleep(0.01)
        try:
            with organization_scope(scope):
                record_verdict(auditor=auditor, task_id=claimed.task.pk, judgement=Judgement("accepted"),
                               session_id=session.pk, lock_token=claimed.lease.token, version=claimed.task.version,
                               now=timezone.now())  # fmt: skip
        except LockLost:
            tally["refused"] += 1
    connections.close_all()
