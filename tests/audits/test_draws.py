"""Algorithm 2: large frames, where a draw looks only at what it draws. Here everything above ten tasks is large."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.draws import BY_ORDER, BY_PLACE, LARGE, frame_hash, repeat_draw
from audits.models import Performer, Task
from audits.services import sampling, sessions
from audits.services.sampling import SampleSize, draw_sample
from reports import drawing
from reports.models import Feed
from reports.services.following import follow_events
from tests.audits.scene import make_scene
from tests.statements import asked

pytestmark = pytest.mark.django_db
TASKS = 120


@pytest.fixture
def scene(monkeypatch):
    # The statements are made of them when the modules are read.
    for module, name in ((sampling, "_DRAW"), (drawing, "PLACED"), (drawing, "THROUGH")):
        monkeypatch.setattr(module, name, getattr(module, name).replace(str(LARGE), "10"))
    monkeypatch.setattr(drawing, "LARGE", 10)
    look_into_the_index(monkeypatch)
    found = make_scene(tasks=TASKS)
    with found.scope():
        person = Performer.objects.create(organization=found.organization, external_id="p")
        late = timezone.now() - timedelta(days=40)
        chosen = [task.pk for task in found.tasks[::2]]
        Task.objects.filter(pk__in=chosen).update(completed_by=person, completed_at=late)
    follow_events()
    return found


def look_into_the_index(monkeypatch, *, rows=0):
    for name in ("ROWS_PER_TASK", "ROWS_IN_INDEX"):
        monkeypatch.setattr(drawing, name, rows)
    monkeypatch.setattr(drawing, "FEW", 0 if rows else 1000)


def texts(ids):
    return [str(one) for one in ids]


def frame(scene, **filter):
    with scene.scope():
        return sessions.frame(member=scene.members["owner"], filter=filter, zone="UTC")


def both_ways(scene, *, size=SampleSize(number=10), seed=1, **filter):  # noqa: B008
    """Counted ahead, and by a look at all of it."""
    found = frame(scene, **filter)
    with scene.scope():
        tasks = found.checked()
        ahead = drawing.CountedFrame(found, member=scene.members["owner"])
        return ahead.draw(size=size, seed=seed), draw_sample(tasks, size=size, seed=seed), list(tasks)


@pytest.mark.parametrize("rows", [0, 10**9], ids=["by the index", "by a look through"])
@pytest.mark.parametrize(
    "filter", [{}, {"performer": "p"}, {"type": "categorization"}, {"review_status": "pending"}, {"project": "birds"}]
)
def test_the_short_way_and_the_long_one_draw_what_an_outsider_draws(scene, monkeypatch, filter, rows):
    look_into_the_index(monkeypatch, rows=rows)
    for seed in (1, 2, 3):
        short, long, tasks = both_ways(scene, size=SampleSize(number=7), seed=seed, **filter)

        assert short == long
        ids = [task.pk for task in tasks]
        assert (short.population, short.frame_hash, short.algorithm) == (len(ids), frame_hash(ids), BY_PLACE)
        assert short.task_ids == texts(repeat_draw(ids, algorithm=BY_PLACE, seed=seed, size=7))


@pytest.mark.parametrize("rows", [0, 10**9], ids=["by the index", "by a look through"])
@pytest.mark.parametrize(("filter", "left"), [({"review_status": "pending"}, 0), ({}, 1)], ids=["of some", "of all"])
def test_what_was_not_counted_yet_is_in_the_frame(scene, monkeypatch, rows, filter, left):
    look_into_the_index(monkeypatch, rows=rows)
    scene.add_task()
    with scene.scope():
        judged, back = scene.tasks[3], scene.tasks[4]
        Task.objects.filter(pk=judged.pk).update(review_status="rejected")
        Task.objects.filter(pk=back.pk).update(status="pending")
        for task in (judged, back):
            sessions.record_event("task.changed", organization=scene.organization, actor=None, now=timezone.now(),
                                  task_id=task.pk)  # fmt: skip

    seen = set()
    for seed in range(10):
        short, long, tasks = both_ways(scene, seed=seed, **filter)

        assert short == long
        assert short.population == len(tasks) == TASKS - 1 + left
        assert short.frame_hash == frame_hash(task.pk for task in tasks)
        assert short.algorithm == BY_PLACE
        seen |= set(short.task_ids)
    assert str(back.pk) not in seen


def test_from_all_tasks_nothing_is_drawn_ahead_where_nothing_was_counted(scene):
    """The figures are of another zone's days: the tasks are looked through."""
    with scene.scope():
        Feed.objects.update(zone="Etc/GMT+8")
    short, long, _ = both_ways(scene)
    assert short is None
    assert len(long.task_ids) == 10


def test_from_all_tasks_is_one_statement_and_a_session_with_its_queue_another(scene):
    with CaptureQueriesContext(connection) as drawn:
        session = scene.session(size=SampleSize(number=10), seed=1)

    first, second, event = [text for text in asked(drawn) if "set_config" not in text]
    assert "reports_draw_from_all" in first
    assert "INSERT INTO audits_sessionitem" in second
    assert "INSERT INTO audits_event" in event
    with scene.scope():
        stored = type(session).objects.get(pk=session.pk)
        for field in session._meta.concrete_fields:
            assert getattr(session, field.attname) == getattr(stored, field.attname), field.name
        ids = list(session.items.order_by("position").values_list("pk", flat=True))
    assert ids == sorted(ids)


def test_more_than_an_eighth_is_drawn_by_the_order(scene):
    short, long, tasks = both_ways(scene, size=SampleSize(number=40))

    assert short is None
    assert long.algorithm == BY_ORDER
    assert long.task_ids == texts(repeat_draw([task.pk for task in tasks], algorithm=BY_ORDER, seed=1, size=40))


def test_a_larger_sample_begins_with_the_smaller_and_the_queue_keeps_the_order(scene):
    small, large = (both_ways(scene, size=SampleSize(number=number))[0] for number in (5, 15))
    session = scene.session(size=SampleSize(number=15), seed=1)

    assert large.task_ids[:5] == small.task_ids
    assert len(set(large.task_ids)) == 15
    with scene.scope():
        queue = session.items.order_by("position").values_list("task_id", flat=True)
        assert texts(queue) == large.task_ids
    assert session.manifest["algorithm"] == BY_PLACE
    assert session.manifest["frame_hash"] == large.frame_hash


def test_every_task_and_every_pair_is_drawn_as_often_as_every_other(scene):
    """Chi-square over 2,000 seeds in plain Python, which the statements equal: 119 degrees of freedom, 99.9 % 172.7."""
    ids = [task.pk for task in scene.tasks]
    size, seeds, counts, pairs = 12, 2000, Counter(), Counter()
    for seed in range(seeds):
        drawn = repeat_draw(ids, algorithm=BY_PLACE, seed=seed, size=size)
        counts.update(drawn)
        pairs.update((one, other) for one in drawn[:1] for other in drawn[1:2])
    expected = seeds * size / TASKS
    assert sum((counts[one] - expected) ** 2 for one in ids) / (expected * (1 - size / TASKS)) < 172.7
    # Neighbours in a bucket are no more often together than others: the first two drawn are any pair.
    chance = 1 / (TASKS - 1)
    together = sum(number for (one, other), number in pairs.items() if _bucket(one) == _bucket(other))
    same = sum(_bucket(one) == _bucket(other) for one in ids for other in ids if one != other) / TASKS
    assert abs(together - seeds * same * chance) < 5 * (seeds * same * chance) ** 0.5


def _bucket(one):
    return int(one.hex[24:], 16) * -(-TASKS // 16) // 2**32
