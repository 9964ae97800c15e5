"""Events that are committed behind later ones: the reader of the log misses none of them."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audits.services.audits import Judgement, record_verdict
from reports.figures import figures_of
from reports.services import following, spreading
from reports.services.following import follow_events
from tests.audits.scene import make_scene
from tests.counted import count_everything
from tests.reports.plays import judge_next, sampled_from, selection_of

pytestmark = pytest.mark.django_db(transaction=True)


def audit(scene, task, wait=None, written=None):
    with scene.scope():
        record_verdict(auditor=scene.members["alice"], task_id=task.pk, judgement=Judgement("accepted"),
                       now=timezone.now())  # fmt: skip
        if wait:
            # Also inside of a savepoint, whose transaction number is younger than its parent's.
            with transaction.atomic():
                record_verdict(auditor=scene.members["bob"], task_id=task.pk, judgement=Judgement("rejected", "x"),
                               now=timezone.now())  # fmt: skip
            written.set()
            wait.wait(20)


def reviews(scene):
    with scene.scope():
        return figures_of(selection_of(scene)).counts.reviews


def test_a_verdict_that_commits_late_is_counted():
    scene = make_scene(tasks=2)
    follow_events()
    commit, written = threading.Event(), threading.Event()

    def late():
        try:
            audit(scene, scene.tasks[0], commit, written)
        finally:
            connection.close()

    slow = threading.Thread(target=late)
    slow.start()
    assert written.wait(20)
    audit(scene, scene.tasks[1])
    follow_events()
    follow_events()
    assert reviews(scene) == 1, "the late one is not committed yet"
    commit.set()
    slow.join()
    follow_events()
    assert reviews(scene) == 3
    count_everything()
    assert reviews(scene) == 3


def test_a_new_chance_goes_on_where_nothing_else_happens(monkeypatch):
    monkeypatch.setattr(spreading, "PORTION", 1)
    monkeypatch.setattr(following, "TURN", 0)
    scene = make_scene(tasks=4)
    first, second = scene.session(), scene.session()
    for session in (first, first, first, second, second, second, second):
        judge_next(scene, session)
        if session is first:
            follow_events()
    for _ in range(20):
        follow_events()
    assert sampled_from(scene) == [{first.pk, second.pk}] * 4
