"""The race between a publisher that looks for an earlier row and a finisher that looks for a later one."""

import importlib
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection

from callbacks.leases import decide, finish_deliveries, note_health
from callbacks.messages import HealthNote, Message, Outcome
from callbacks.outbox import publish
from labelops.tenancy.scope import organization_scope
from tests.callbacks.conftest import claim, rows, tell

URL = "https://a.example/"
STATE = "SELECT sequence, status, is_head FROM callbacks_delivery ORDER BY sequence"
MIGRATION = importlib.import_module("callbacks.migrations.0003_functions")


class OpenPublisher:
    """Another session that has published the subject's second event and has not committed yet."""

    def __init__(self, organization, subject) -> None:
        self.published, self.may_commit = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, args=(organization, subject))
        self.thread.start()
        assert self.published.wait(5)

    def _run(self, organization, subject) -> None:
        with organization_scope(organization.pk):
            publish(
                organization=organization,
                type="task.audited",
                subject_id=subject,
                sequence=2,
                body={},
                project_id=None,
                callback_urls=[URL],
                now=datetime.now(UTC),
            )
            self.published.set()
            self.may_commit.wait(10)
        connection.close()

    def commit(self) -> None:
        self.may_commit.set()
        self.thread.join()


def finish(owner: uuid.UUID, message: Message) -> set[uuid.UUID]:
    result = decide(message, Outcome(at=datetime.now(UTC), status_code=200))
    return set(finish_deliveries(owner=owner, results=[result]))


def race(organization) -> tuple[bool, list]:
    """Finish the first while the second is published; whether the finisher was told to come again, and the rows."""
    subject, owner = tell(organization, URL), uuid.uuid4()
    (message,), *_ = claim(owner, wanted=1)
    publisher = OpenPublisher(organization, subject)
    told_to_come_again = finish(owner, message) == set()
    publisher.commit()
    if told_to_come_again:
        assert finish(owner, message) == {message.delivery_id}
    return told_to_come_again, rows(STATE)


def test_the_finisher_comes_again_and_the_successor_becomes_head(organization):
    assert race(organization) == (True, [(1, "delivered", False), (2, "pending", True)])


@pytest.fixture
def no_shared_lock(organization) -> Iterator[None]:
    create = MIGRATION.PUBLISH
    unlocked = create.replace("ORDER BY d.sequence DESC LIMIT 1\n            FOR SHARE;", "LIMIT 1;")
    assert unlocked != create
    with connection.cursor() as cursor:
        cursor.execute(unlocked)
        yield
        cursor.execute(create)


def test_without_the_shared_lock_the_successor_is_stuck(organization, no_shared_lock):
    """The negative control: nobody would ever send the second one."""
    assert race(organization) == (False, [(1, "delivered", False), (2, "pending", False)])


def test_the_publisher_waits_for_a_finisher_and_then_is_first(organization):
    """The other order: the finisher holds its rows, so the publisher looks only after its commit."""
    subject, owner = tell(organization, URL), uuid.uuid4()
    (message,), *_ = claim(owner, wanted=1)
    with organization_scope(organization.pk):
        rows("SELECT id FROM callbacks_delivery FOR NO KEY UPDATE")
        publisher = threading.Thread(
            target=lambda: (tell(organization, URL, subject=subject, sequence=2), connection.close())
        )
        publisher.start()
        publisher.join(0.3)
        assert publisher.is_alive()
        finish(owner, message)
    publisher.join()
    assert rows(STATE) == [(1, "delivered", False), (2, "pending", True)]


def test_two_claimers_never_get_the_same(organization):
    for number in range(60):
        tell(organization, f"https://a.example/{number % 6}")
    barrier, found = threading.Barrier(4), []

    def work() -> None:
        barrier.wait()
        for _ in range(6):
            messages, *_ = claim(wanted=7)
            found.extend(message.delivery_id for message in messages)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) == 60


def test_many_may_be_the_first_to_note_an_endpoint_s_health(organization):
    """With one unique constraint named in ON CONFLICT, the table's other one refused all but the first."""
    for round_number in range(10):
        tell(organization, f"https://a.example/{round_number}")
        (endpoint,) = rows("SELECT id::text FROM callbacks_endpoint ORDER BY id DESC LIMIT 1")[0]
        barrier, errors = threading.Barrier(6), []

        def note(endpoint=endpoint, barrier=barrier, errors=errors) -> None:
            mine = HealthNote(attempts=1, succeeded_at=datetime.now(UTC))
            connection.ensure_connection()
            barrier.wait()
            try:
                note_health(notes={endpoint: mine})
            except DatabaseError as error:
                errors.append(error)
            connection.close()

        threads = [threading.Thread(target=note) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
    assert rows("SELECT DISTINCT day_attempts FROM callbacks_endpointhealth") == [(6,)]
