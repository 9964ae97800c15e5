"""How far behind the figures are: after many events at once, and while a new session's chance is told to the tasks."""

import time

from django.db import connection
from django.utils import timezone

from audits.services.audits import Judgement, record_verdict
from audits.services.sampling import SampleSize
from audits.services.sessions import claim_next, open_session
from benchmarks.goals import Goals
from benchmarks.quality_stage import Stage
from labelops.tenancy.scope import organization_scope
from reports.models import Feed, Frame
from reports.services.following import follow_events


def measure_behind(stage: Stage, goals: Goals, name: str) -> None:
    """How long a look of the reader takes after ten thousand verdicts at once, and what it leaves behind."""
    with organization_scope(stage.organization.pk), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO audits_event (id, organization_id, type, at, task_id, before, after)
               SELECT overlay(md5(n.id::text || random()) placing %s from 1 for 12)::uuid, n.organization_id,
                      'task.changed', now(), n.id, '{}', '{}'
                 FROM (SELECT * FROM audits_task WHERE organization_id = %s ORDER BY id DESC LIMIT 10000) n""",
            [f"{int(time.time() * 1000):012x}", stage.organization.pk],
        )
    start = time.perf_counter()
    follow_events()
    goals.at_most(f"{name}_10000_events_counted", time.perf_counter() - start, 2, "s")
    start = time.perf_counter()
    follow_events()
    goals.at_most(f"{name}_look_at_nothing_new", 1000 * (time.perf_counter() - start), 20, "ms")


def measure_new_session(stage: Stage, goals: Goals, name: str) -> None:
    """The first verdict of an unfiltered session gives all sampled tasks another chance: the worker tells them."""
    with organization_scope(stage.organization.pk):
        session = open_session(opener=stage.owner, filter={}, size=SampleSize(number=100), now=timezone.now())
        claimed = claim_next(auditor=stage.owner, session=session)
        record_verdict(auditor=stage.owner, task_id=claimed.task.pk, judgement=Judgement("accepted"),
                       session_id=session.pk, lock_token=claimed.lease.token, now=timezone.now())  # fmt: skip
    start, farthest = time.perf_counter(), 0.0
    while not _speaks(stage, session.pk):
        farthest = max(farthest, _behind(stage))
        time.sleep(0.05)
    print(f"  the new session speaks after {time.perf_counter() - start:.1f} s")
    goals.at_most(f"{name}_behind_while_a_session_begins", farthest, 2, "s")


def _speaks(stage: Stage, session_id: object) -> bool:
    with organization_scope(stage.organization.pk):
        frames = Frame.objects.for_organization(stage.organization).filter(session_id=session_id)
        return frames.filter(reached_at__isnull=True).exists()


def _behind(stage: Stage) -> float:
    """Seconds since the moment that the figures are of."""
    with organization_scope(stage.organization.pk):
        feed = Feed.objects.for_organization(stage.organization).get()
    return (timezone.now() - feed.read_at).total_seconds()
