"""What tasks point at, checked once per statement: it holds as a foreign key does, also while somebody deletes it."""

import threading
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from audits.models import Performer, Task
from tests.audits.scene import PARAMS, make_scene
from tests.concurrency.together import run_together

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 0.5  # seconds in which who needs not wait is through


def task_of(scene, performer_id):
    now = timezone.now()
    return Task(
        organization=scene.organization, type="categorization", params=PARAMS, status="completed", response={},
        completed_at=now, completed_by_id=performer_id, created_at=now, updated_at=now,
    )  # fmt: skip


def one_after_the_other(scene, first, second):
    """`second` while `first` is done, but not committed; what each returned or raised."""
    is_done, is_over = threading.Event(), threading.Event()

    def begin():
        with scene.scope():
            first()
            is_done.set()
            is_over.wait(PATIENCE)

    def follow():
        assert is_done.wait(10)
        try:
            with scene.scope():
                second()
        finally:
            is_over.set()

    return run_together([begin, follow])


@contextmanager
def unguarded():
    tables = ("audits_task", "audits_performer")
    try:
        for table in tables:
            switch(table, "DISABLE")
        yield
    finally:
        for table in tables:
            switch(table, "ENABLE")


def switch(table, word):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")


@pytest.fixture
def race():
    """The scene, and both sides: tasks for a performer, and the performer's end."""
    scene = make_scene(tasks=0)
    with scene.scope():
        performer = Performer.objects.create(
            organization=scene.organization, external_id="ann", created_at="2026-01-01Z"
        )
    mine = Performer.objects.for_organization(scene.organization).filter(pk=performer.pk)
    write = lambda: Task.objects.bulk_create([task_of(scene, performer.pk), task_of(scene, performer.pk)])  # noqa: E731
    return scene, write, lambda: mine._raw_delete("default")


def state(scene):
    with scene.scope():
        return Performer.objects.for_organization(scene.organization).count(), len(Task.objects.all())


def test_who_deletes_waits_for_who_points_and_is_refused(race):
    scene, write, delete = race
    written, deleted = one_after_the_other(scene, write, delete)
    assert written is None
    assert isinstance(deleted, IntegrityError)
    assert state(scene) == (1, 2)


def test_who_points_waits_for_who_deletes_and_is_refused(race):
    scene, write, delete = race
    deleted, written = one_after_the_other(scene, delete, write)
    assert deleted is None
    assert isinstance(written, IntegrityError)
    assert state(scene) == (0, 0)


@pytest.mark.parametrize("write_first", [True, False])
def test_control_without_the_triggers_tasks_point_at_nobody(race, write_first):
    scene, write, delete = race
    with unguarded():
        assert one_after_the_other(scene, *((write, delete) if write_first else (delete, write))) == [None, None]
        assert state(scene) == (0, 2)
    with scene.scope():
        Task.objects.for_organization(scene.organization).delete()


def test_one_wrong_row_among_many_writes_none(race):
    scene, _, _ = race
    other = make_scene(tasks=0)
    with other.scope():
        theirs = Performer.objects.create(organization=other.organization, external_id="bo", created_at=timezone.now())
    rows = [task_of(scene, None), task_of(scene, theirs.pk), task_of(scene, None)]
    with pytest.raises(IntegrityError, match="audits_task_completed_by_id_same_organization"), scene.scope():
        Task.objects.bulk_create(rows)
    assert state(scene) == (1, 0)
