"""A whole pool handed out over HTTP by sixteen clients, with skips, expiries, bans and lifts in between."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from benchmarks.pool_client import Line, Refused
from benchmarks.pool_stage import PoolStage, Worker
from crowd_rules.services.restrictions import lift, restrict

# Of a thousand hand-outs: what becomes of them when they are not submitted; and how many performers are banned then.
SKIPPED, EXPIRED, BANNED = 80, 40, 5
ATTEMPTS = 3
EXPIRE = "UPDATE crowd_rules_assignment SET expires_at = clock_timestamp() WHERE organization_id = %s AND id = %s"


@dataclass
class Run:
    stage: PoolStage
    until: float
    seconds: float = 0.0
    tally: Counter[str] = field(default_factory=Counter)
    # Seconds, in the order in which they were answered.
    takes: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    # A submit and the next take in one call.
    both: list[float] = field(default_factory=list)
    # (performer, from, to) in the database's time: nothing may have been handed out in between.
    bans: list[tuple[Any, datetime, datetime]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.tally[what] += 1


def hand_out_all(stage: PoolStage, *, clients: int, seconds: float) -> Run:
    """Until nothing is left for anybody, or the time is over. Each client plays its share of the performers."""
    start = time.perf_counter()
    run = Run(stage, start + seconds)
    threads = [threading.Thread(target=_work, args=(run, number, stage.workers[number::clients]))
               for number in range(clients)]  # fmt: skip
    for thread in threads:
        thread.start()
    while alive := [thread for thread in threads if thread.is_alive()]:
        alive[0].join(30)
        print(f"   {run.tally['handed out']:,} handed out after {time.perf_counter() - start:.0f} s", flush=True)
    run.seconds = time.perf_counter() - start
    return run


def _work(run: Run, number: int, workers: list[Worker]) -> None:
    chance, line, workers = random.Random(number), Line(), list(workers)
    # What came along with a submit.
    in_hand: dict[Worker, dict[str, Any]] = {}
    try:
        while workers and time.perf_counter() < run.until:
            worker = chance.choice(workers)
            page = in_hand.pop(worker, None) or _take(run, line, worker)
            if page is None:
                workers.remove(worker)
            elif page and (following := _finish(run, line, worker, page, chance)):
                in_hand[worker] = following
    except Exception as error:
        with run.lock:
            run.errors.append(f"{type(error).__name__}: {error}"[:300])
    finally:
        connections.close_all()


def _take(run: Run, line: Line, worker: Worker) -> dict[str, Any] | None:
    """The next page; empty where others hold what is left, None where there will be no other for this performer."""
    start = time.perf_counter()
    try:
        page = line.take(worker, run.stage.pool.public_id)
    except Refused as refusal:
        busy = refusal.code == "THERE_IS_ACTIVE_ASSIGNMENT"
        run.count("busy" if busy else "performers who found nothing left")
        return {} if busy else None
    run.takes.append(time.perf_counter() - start)
    run.count("handed out")
    return page


def _finish(run: Run, line: Line, worker: Worker, page: dict[str, Any], chance: random.Random) -> dict[str, Any] | None:
    """What becomes of a suite; the next one where it came along."""
    what, following, start = chance.randrange(1000), None, time.perf_counter()
    if what < SKIPPED:
        line.skip(worker, page)
    elif what < SKIPPED + EXPIRED:
        with run.stage.scope(), connection.cursor() as cursor:
            cursor.execute(EXPIRE, [run.stage.organization.pk, page["id"]])
    elif what >= 1000 - BANNED:
        line.submit(worker, page)
        _ban_and_lift(run, line, worker)
    elif what % 2:
        line.submit(worker, page)
        run.submits.append(time.perf_counter() - start)
    elif following := line.submit_and_take(worker, page):
        run.both.append(time.perf_counter() - start)
        run.count("handed out")
    run.count("skipped" if what < SKIPPED else "expired" if what < SKIPPED + EXPIRED else "submitted")
    return following


def _ban_and_lift(run: Run, line: Line, worker: Worker) -> None:
    """Between the two readings of the clock, each after or before a commit, nothing may be handed out."""
    stage, place = run.stage, {"organization": run.stage.organization, "actor": None}
    with stage.scope():
        made = restrict(**place, performer=worker.performer, scope="POOL", pool=stage.pool, until=None,
                        now=timezone.now())  # fmt: skip
    since = _clock()
    for _ in range(ATTEMPTS):
        try:
            line.take(worker, stage.pool.public_id)
            run.count("handed out to the banned")
        except Refused as refusal:
            run.count("refused" if refusal.code == "ACCESS_DENIED" else f"{refusal.code} to the banned")
    run.bans.append((worker.performer.pk, since, _clock()))
    with stage.scope():
        lift(**place, restriction_id=made.pk, now=timezone.now(), reason="over")
    run.count("bans")


def _clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
