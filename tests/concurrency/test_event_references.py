"""What events point at, checked once per statement and locked by none of them: it holds as a foreign key does."""

from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audits.models import Performer
from crowd_rules.models import CrowdEvent
from labelops.tenancy.identifiers import uuid7
from tests.concurrency.test_references import one_after_the_other
from tests.crowd_rules.crowd import make_crowd

pytestmark = pytest.mark.django_db(transaction=True)


def event_of(crowd, pool, **more):
    now, own = timezone.now(), uuid7()
    given = {"organization": crowd.organization, "project": crowd.project, "pool": pool, "kind": "assignment.skipped",
             "at": now, "responded_at": now, "subject_id": own, "cause_id": own, "facts": {}}  # fmt: skip
    return CrowdEvent(**{**given, **more})


@pytest.fixture
def race():
    """The crowd, and both sides: events of a performer, and the performer's end."""
    crowd = make_crowd()
    pool = crowd.pool(tasks=0)
    with crowd.scope():
        ann = Performer.objects.create(organization=crowd.organization, external_id="ann")
    write = lambda: CrowdEvent.objects.bulk_create([event_of(crowd, pool, performer=ann) for _ in range(2)])  # noqa: E731
    mine = Performer.objects.for_organization(crowd.organization).filter(pk=ann.pk)
    return crowd, write, lambda: mine._raw_delete("default")


def state(crowd):
    with crowd.scope():
        return Performer.objects.filter(external_id="ann").count(), CrowdEvent.objects.count()


@contextmanager
def unguarded():
    switches = [("crowd_rules_crowdevent", "new_rows_point_inside"),
                ("audits_performer", "crowd_rules_crowdevent_performer_id_is_kept")]  # fmt: skip
    try:
        switch(switches, "DISABLE")
        yield
    finally:
        switch(switches, "ENABLE")


def switch(triggers, word):
    with connection.cursor() as cursor:
        for table, trigger in triggers:
            cursor.execute(f"ALTER TABLE {table} {word} TRIGGER {trigger}")


def test_who_deletes_waits_for_who_points_and_is_refused(race):
    crowd, write, delete = race
    written, deleted = one_after_the_other(crowd, write, delete)
    assert written is None
    assert isinstance(deleted, IntegrityError)
    assert state(crowd) == (1, 2)


def test_who_points_waits_for_who_deletes_and_is_refused(race):
    crowd, write, delete = race
    deleted, written = one_after_the_other(crowd, delete, write)
    assert deleted is None
    assert isinstance(written, IntegrityError)
    assert state(crowd) == (0, 0)


@pytest.mark.parametrize("write_first", [True, False])
def test_control_without_the_triggers_events_point_at_nobody(race, write_first):
    crowd, write, delete = race
    with unguarded():
        assert one_after_the_other(crowd, *((write, delete) if write_first else (delete, write))) == [None, None]
        assert state(crowd) == (0, 2)


def test_one_event_that_points_outside_writes_none_and_none_is_moved_there(race):
    crowd, _, _ = race
    other = make_crowd("bo")
    theirs = {"performer": other.performers["bo"], "pool": other.pool(tasks=0), "project": other.project}
    mine = {"performer": crowd.performer("cy"), "pool": crowd.pool(tasks=0)}
    for column, stranger in theirs.items():
        rows = [event_of(crowd, **mine), event_of(crowd, **{**mine, column: stranger})]
        with pytest.raises(IntegrityError, match=f"{column}_id_same_organization"), crowd.scope():
            CrowdEvent.objects.bulk_create(rows)
    assert state(crowd) == (1, 0)
    for table in ("audits_performer", "crowd_rules_pool"):
        update = f"UPDATE {table} SET id = gen_random_uuid() WHERE organization_id = %s"
        refused = pytest.raises(IntegrityError, match="keep their id")
        with refused, crowd.scope(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(update, [crowd.organization.pk])
