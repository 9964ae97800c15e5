"""Claims must not grow dearer with what is done, and no task may be handed out twice."""

import random
import threading
import time
from collections import Counter

from django.db import connection, connections
from django.utils import timezone

from audits.models import Audit, TaskLock
from audits.services.audits import Judgement, record_verdict
from audits.services.locks import LockLost
from audits.services.sessions import claim_next
from benchmarks.goals import Goals
from benchmarks.stage import Stage
from labelops.tenancy.scope import organization_scope


def measure(goals: Goals, stage: Stage, *, depth: int) -> None:
    """Median cost of the first and of the last 1,000 claims of a queue; what lies between is marked done by SQL."""
    session, auditor = stage.open_session(), stage.auditors[0]
    first = _claims(stage, session, auditor, 1000)
    with organization_scope(stage.organization.pk), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE audits_sessionitem SET state = 1 WHERE organization_id = %s AND session_id = %s AND state = 0
               AND position <= (SELECT max(position) - 1000 FROM audits_sessionitem
                                WHERE organization_id = %s AND session_id = %s)""",
            [stage.organization.pk, session.pk] * 2,
        )
    last = _claims(stage, session, auditor, 1000)
    print(f"claim at the head {1000 * first:.2f} ms, at the end of {depth:,} items {1000 * last:.2f} ms (medians)")
    goals.at_most("last_claims_to_first_claims", last / first, 1.2)


def _claims(stage: Stage, session, auditor, number: int) -> float:
    costs = []
    for _ in range(number):
        with organization_scope(stage.organization.pk):
            start = time.perf_counter()
            claimed = claim_next(auditor=auditor, session=session)
            costs.append(time.perf_counter() - start)
            if claimed is None:
                break
            _finish(stage, session, claimed.task.pk)
    return sorted(costs)[len(costs) // 2]


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
