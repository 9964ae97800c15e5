"""Hand-outs at c = 16 with submits, skips, expiries and bans in between; afterwards everything is counted again.

    ./run python manage.py sandbox --durable -- python benchmarks/pool.py [--quick]

Goals are invariants first: no performer got a task twice, no task went to more performers than its overlap, nobody
got anything while shut out, everything handed out is accounted for. And costs that do not grow: a hand-out at the end
of the pool against one at its head, a judged submit after many against one of the first.
"""

import argparse
import os
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import django

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
django.setup()

from django.db import connection, connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from audits.models import Performer  # noqa: E402
from audits.services.projects import create_project  # noqa: E402
from benchmarks.goals import Goals, quantile  # noqa: E402
from crowd_rules.models import Pool  # noqa: E402
from crowd_rules.services.hand_out import (  # noqa: E402
    HeldByOthers,
    skip_assignment,
    submit_assignment,
    take_assignment,
)
from crowd_rules.services.performers import create_performer  # noqa: E402
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks  # noqa: E402
from crowd_rules.services.pools import PoolSettings, create_pool, open_pool  # noqa: E402
from crowd_rules.services.refusals import NothingLeft, Restricted  # noqa: E402
from crowd_rules.services.restrictions import lift, restrict  # noqa: E402
from crowd_rules.services.rules import set_rules  # noqa: E402
from labelops.tenancy.identifiers import uuid7  # noqa: E402
from labelops.tenancy.models import Organization  # noqa: E402
from labelops.tenancy.scope import organization_scope, system_scope  # noqa: E402

CLIENTS, OVERLAP, PAGE, CONTROLS = 16, 2, 1, 40
# Of a thousand hand-outs: what becomes of them when they are not submitted.
SKIPPED, EXPIRED, BANNED = 80, 40, 5
RULES = [
    {"collector_config": {"type": "SKIPPED_IN_ROW_ASSIGNMENTS", "parameters": {}},
     "rules": [{"conditions": [{"key": "skipped_in_row_count", "operator": "GTE", "value": 10}],
                "action": {"type": "RESTRICTION_V2", "parameters": {"scope": "POOL", "duration": 5,
                                                                    "duration_unit": "DAYS"}}}]},
    {"collector_config": {"type": "GOLDEN_SET", "parameters": {"history_size": 20}},
     "rules": [{"conditions": [{"key": "total_answers_count", "operator": "GTE", "value": 20},
                               {"key": "correct_answers_rate", "operator": "LT", "value": 5}],
                "action": {"type": "RESTRICTION_V2", "parameters": {"scope": "POOL", "duration": 5,
                                                                    "duration_unit": "DAYS"}}}]},
]  # fmt: skip


@dataclass
class Scene:
    organization: Organization
    pool: Pool
    performers: list[Performer]
    wanted: int
    tally: Counter[str] = field(default_factory=Counter)
    takes: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    # (performer, from, to) in the database's time: nothing may have been handed out in between
    bans: list[tuple[Any, datetime, datetime]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def prepare(hand_outs: int) -> Scene:
    with system_scope("command line"):
        organization = Organization.objects.get(slug=os.environ["LABELOPS_ORGANIZATION"])
    now, mark = timezone.now(), uuid7().hex[-6:]
    with organization_scope(organization.pk):
        project = create_project(organization=organization, actor=None, name=f"crowd {mark}", type="custom", params={},
                                 now=now)  # fmt: skip
        project.organization = organization
        settings = PoolSettings("benchmark", reward=Decimal("0.01"), default_overlap=OVERLAP, real_tasks_count=PAGE,
                                golden_tasks_count=1)  # fmt: skip
        pool = create_pool(project=project, actor=None, settings=settings, now=now)
        pool.organization = organization
    # Every slot is one hand-out; what is skipped or expires is handed out again.
    tasks = hand_outs // (OVERLAP * PAGE) + 1
    for start in range(0, tasks, 5000):
        with organization_scope(organization.pk):
            portion = [NewPoolTask({"n": number}) for number in range(start, min(tasks, start + 5000))]
            add_tasks(pool=pool, actor=None, tasks=portion, now=timezone.now())
    known = [{"output_values": {"result": "OK"}}]
    with organization_scope(organization.pk):
        controls = [NewPoolTask({"control": number}, known_solutions=known) for number in range(CONTROLS)]
        add_tasks(pool=pool, actor=None, tasks=controls, now=timezone.now())
        set_rules(project=project, pool=pool, actor=None, configs=RULES, now=now)
        open_pool(pool=pool, actor=None, now=now)
        people = [create_performer(organization=organization, actor=None, name=f"{mark} {number}", now=now)[0]
                  for number in range(CLIENTS * 2)]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crowd_rules_pooltask")
    return Scene(organization, pool, [one.performer for one in people], hand_outs)


def work(scene: Scene, number: int, until: float) -> None:
    """One client plays two performers in turn, so that a ban does not stop it."""
    chance, mine = random.Random(number), scene.performers[number * 2 : number * 2 + 2]
    out: set[Any] = set()
    try:
        while len(out) < 2 and time.perf_counter() < until:
            performer = mine[chance.randrange(2)]
            if performer.pk in out or not _unit(scene, performer, chance):
                out.add(performer.pk)
                mine = [one for one in mine if one.pk not in out] * 2 or mine
    except Exception as error:
        with scene.lock:
            scene.errors.append(f"{type(error).__name__}: {error}"[:200])
    finally:
        connections.close_all()


def _unit(scene: Scene, performer: Performer, chance: random.Random) -> bool:
    place = {"organization": scene.organization, "performer": performer}
    start = time.perf_counter()
    try:
        with organization_scope(scene.organization.pk):
            issued = take_assignment(**place, pool_id=scene.pool.pk)
    except HeldByOthers:
        scene.tally["busy"] += 1
        return True
    except Restricted:
        return False
    except NothingLeft:
        return False
    taken = time.perf_counter()
    scene.takes.append(taken - start)
    scene.tally["handed out"] += 1
    what, assignment_id = chance.randrange(1000), issued.assignment.pk
    with organization_scope(scene.organization.pk):
        if what < SKIPPED:
            skip_assignment(**place, assignment_id=assignment_id, now=timezone.now())
        elif what < SKIPPED + EXPIRED:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE crowd_rules_assignment SET expires_at = clock_timestamp() WHERE "
                               "organization_id = %s AND id = %s", [scene.organization.pk, assignment_id])  # fmt: skip
        else:
            answers = [{"output_values": {"result": "OK"}} for _ in issued.tasks]
            submit_assignment(**place, assignment_id=assignment_id, solutions=answers, now=timezone.now())
    if what >= SKIPPED + EXPIRED:
        scene.submits.append(time.perf_counter() - taken)
    scene.tally["skipped" if what < SKIPPED else "expired" if what < SKIPPED + EXPIRED else "submitted"] += 1
    if what >= 1000 - BANNED:
        _ban_and_lift(scene, performer)
    return True


def _ban_and_lift(scene: Scene, performer: Performer) -> None:
    """Between the two readings of the clock, each after or before a commit, nothing may be handed out."""
    with organization_scope(scene.organization.pk):
        made = restrict(organization=scene.organization, actor=None, performer=performer, scope="POOL",
                        pool=scene.pool, until=None, now=timezone.now())  # fmt: skip
    since, attempts = _clock(), 3
    for _ in range(attempts):
        try:
            with organization_scope(scene.organization.pk):
                take_assignment(organization=scene.organization, performer=performer, pool_id=scene.pool.pk)
            scene.tally["handed out to the banned"] += 1
        except Restricted:
            scene.tally["refused"] += 1
    scene.bans.append((performer.pk, since, _clock()))
    with organization_scope(scene.organization.pk):
        lift(organization=scene.organization, actor=None, restriction_id=made.pk, now=timezone.now(), reason="over")
    scene.tally["banned"] += 1


def _clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


COUNTS = {
    "tasks_twice_to_one_performer": """
        SELECT count(*) FROM (SELECT FROM crowd_rules_solution s JOIN crowd_rules_pooltask t ON t.id = s.pool_task_id
         WHERE t.pool_id = %(pool)s AND NOT s.is_released
         GROUP BY s.pool_task_id, s.performer_id HAVING count(*) > 1) x""",
    "tasks_over_their_overlap": """
        SELECT count(*) FROM (SELECT FROM crowd_rules_solution s JOIN crowd_rules_pooltask t ON t.id = s.pool_task_id
          JOIN crowd_rules_assignment a ON a.id = s.assignment_id
         WHERE t.pool_id = %(pool)s AND t.kind = 'REAL' AND NOT s.is_released AND a.status <> 'SKIPPED'
         GROUP BY t.id HAVING count(*) > t.overlap) x""",
    "counts_that_differ_from_a_recount": """
        SELECT count(*) FROM crowd_rules_pooltask t WHERE t.pool_id = %(pool)s AND t.kind = 'REAL' AND t.issued <> (
            SELECT count(*) FROM crowd_rules_solution s JOIN crowd_rules_assignment a ON a.id = s.assignment_id
             WHERE s.organization_id = t.organization_id AND s.pool_task_id = t.id AND NOT s.is_released
               AND a.status <> 'SKIPPED')""",
    "submitted_without_pay": """
        SELECT count(*) FROM crowd_rules_assignment a WHERE a.pool_id = %(pool)s AND a.status = 'ACCEPTED'
           AND NOT EXISTS (SELECT FROM crowd_rules_reward r
                            WHERE r.organization_id = a.organization_id AND r.assignment_id = a.id)""",
    "complete_tasks_without_response": """
        SELECT count(*) FROM crowd_rules_pooltask t JOIN audits_task a ON a.id = t.task_id
         WHERE t.pool_id = %(pool)s AND t.answered >= t.overlap AND a.status <> 'completed'""",
}  # fmt: skip


def check(goals: Goals, scene: Scene) -> None:
    with organization_scope(scene.organization.pk), connection.cursor() as cursor:
        for name, sql in COUNTS.items():
            cursor.execute(sql, {"pool": scene.pool.pk})
            goals.at_most(name, cursor.fetchone()[0], 0)
        late = 0
        for performer, since, to in scene.bans:
            cursor.execute("SELECT count(*) FROM crowd_rules_assignment WHERE organization_id = %s "
                           "AND performer_id = %s AND created_at > %s AND created_at < %s",
                           [scene.organization.pk, performer, since, to])  # fmt: skip
            late += cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM crowd_rules_assignment WHERE pool_id = %s", [scene.pool.pk])
        assignments = cursor.fetchone()[0]
    goals.at_most("hand_outs_while_banned", late + scene.tally["handed out to the banned"], 0)
    goals.at_most("assignments_unaccounted_for", abs(assignments - scene.tally["handed out"]), 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="at most 45 s: 20 s of hand-outs out of 6,000")
    quick = parser.parse_args().quick
    goals, hand_outs = Goals(), 6_000 if quick else 100_000
    print("preparing", flush=True)
    scene = prepare(hand_outs)
    start = time.perf_counter()
    until = start + (20 if quick else 3600)
    threads = [threading.Thread(target=work, args=(scene, number, until)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, tally = time.perf_counter() - start, scene.tally
    print(", ".join(f"{number:,} {what}" for what, number in sorted(tally.items())), f"in {seconds:.0f} s")
    for name, values in (("take", scene.takes), ("submit", scene.submits)):
        marks = " ".join(f"p{int(100 * share)} {1000 * quantile(values, share):.1f} ms" for share in (0.5, 0.95, 0.99))
        print(f"{name:8} {len(values) / seconds:7.0f}/s  {marks}")
    for error in scene.errors[:5]:
        print("   error:", error)
    goals.at_most("errors", len(scene.errors), 0)
    check(goals, scene)
    for name, values in (("take", scene.takes), ("submit", scene.submits)):
        tenth = max(1, len(values) // 10)
        growth = quantile(values[-tenth:], 0.5) / quantile(values[tenth : 2 * tenth], 0.5)
        goals.at_most(f"last_{name}s_to_early_ones", growth, 1.5)
    if not quick:
        goals.at_least("hand_outs", tally["handed out"], 100_000)
    return 1 if goals.short else 0


if __name__ == "__main__":
    sys.exit(main())
