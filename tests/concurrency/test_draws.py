"""What an item points at is there and its organization's, also where it is deleted while the draw is under way."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from audits.models import AuditSession, SessionItem, Task
from labelops.tenancy.identifiers import uuid7
from tests.audits.scene import make_scene
from tests.concurrency.together import run_together

pytestmark = pytest.mark.django_db(transaction=True)


def add_item(scene, session, task_id):
    SessionItem.objects.create(organization=scene.organization, session=session, task_id=task_id, position=1)


def new_task(scene):
    """One that nothing else points at."""
    task = scene.tasks[0]
    task.pk, task._state.adding, task.unique_id = uuid7(), True, None
    task.save(force_insert=True)
    return task


def test_an_item_points_at_its_organizations_rows_alone():
    ours, theirs = make_scene(tasks=2), make_scene(tasks=1)
    session, other = ours.session(), theirs.session()
    for wrong in ((session, theirs.tasks[0].pk), (session, uuid7()), (other, ours.tasks[0].pk)):
        with pytest.raises(IntegrityError, match="same_organization"), ours.scope():
            add_item(ours, *wrong)
    with ours.scope():
        task = new_task(ours)
        add_item(ours, session, task.pk)
    for row in (Task.objects.filter(pk=task.pk), AuditSession.objects.filter(pk=session.pk)):
        with pytest.raises(IntegrityError), ours.scope():
            row._raw_delete(row.db)
    with ours.scope():
        assert Task.objects.filter(pk=new_task(ours).pk)._raw_delete("default") == 1


@pytest.mark.parametrize("is_held_back", [True, False])
def test_a_task_is_not_deleted_under_a_draw(is_held_back):
    """The control: without the trigger the item points at nothing."""
    scene = make_scene(tasks=1)
    session = scene.session()
    with scene.scope():
        task = new_task(scene)
    if not is_held_back:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audits_task DISABLE TRIGGER kept_for_items")
    drawn, deleting = threading.Event(), threading.Event()

    def draw():
        with scene.scope():
            add_item(scene, session, task.pk)
            drawn.set()
            deleting.wait(timeout=5)
            wait_for_a_lock(0.5)

    def delete():
        drawn.wait(timeout=5)
        deleting.set()
        with scene.scope(), transaction.atomic():
            return Task.objects.filter(pk=task.pk)._raw_delete("default")

    try:
        _, deleted = run_together([draw, delete])
        with scene.scope():
            assert Task.objects.filter(pk=task.pk).exists() is is_held_back
        assert isinstance(deleted, IntegrityError) if is_held_back else deleted == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audits_task ENABLE TRIGGER kept_for_items")


def wait_for_a_lock(seconds):
    """So long that the other one has come to where it waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])
