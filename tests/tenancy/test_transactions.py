"""A transaction begins with its first statement, whichever that is, and ends whole."""

import io

import pytest
from django.db import DatabaseError, connection, transaction

from labelops.postgres.base import Later

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    pass


def undo(step, *arguments):
    """Takes the step in an atomic block of its own, looks whether one is open, and goes back."""
    with pytest.raises(Undone), transaction.atomic():
        _step_and_fail(step, arguments)


def _step_and_fail(step, arguments):
    step(*arguments)
    assert is_open()
    raise Undone


def is_open():
    return connection.connection.get_transaction_status() != 0


@pytest.fixture
def numbers():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE begun_number (n int)")
        yield cursor
        cursor.execute("DROP TABLE begun_number")


def count(cursor):
    cursor.execute("SELECT count(*) FROM begun_number")
    return cursor.fetchone()[0]


def by_execute(cursor):
    cursor.execute("INSERT INTO begun_number VALUES (%s)", [1])


def by_many(cursor):
    cursor.executemany("INSERT INTO begun_number VALUES (%s)", [[1], [2]])


def by_copy(cursor):
    cursor.copy_expert("COPY begun_number FROM STDIN", io.StringIO("1\n2\n"))


@pytest.mark.parametrize("write", [by_execute, by_many, by_copy])
def test_what_comes_first_is_undone_with_the_rest(numbers, write):
    undo(write, numbers)
    assert not is_open()
    assert count(numbers) == 0
    with transaction.atomic():
        write(numbers)
    assert not is_open()
    assert count(numbers) > 0


def test_nothing_is_begun_for_nothing_and_a_mistake_leaves_nothing_open(numbers):
    with transaction.atomic():
        assert not is_open()
    for mistake in ("SELEC 1", "SELECT 1 / 0", "SELECT nothing FROM nowhere"):
        with pytest.raises(DatabaseError), transaction.atomic():
            numbers.execute(mistake)
        assert not is_open()
        assert connection.get_autocommit()


def test_savepoints_and_cursors_with_names_begin_too(numbers):
    with transaction.atomic():
        undo(by_execute, numbers)
        with connection.chunked_cursor() as chunked:
            chunked.execute("SELECT n FROM generate_series(1, 5) n")
            assert [n for (n,) in chunked.fetchmany(2)] == [1, 2]
        assert is_open()
        by_many(numbers)
    assert count(numbers) == 2
    with transaction.atomic(), connection.chunked_cursor() as chunked:
        chunked.execute("SELECT 1")
        assert is_open()


LATER = Later("INSERT INTO begun_number VALUES (%s)")


def test_what_nobody_waits_for_comes_with_the_next_in_its_place(numbers):
    with transaction.atomic():
        numbers.execute(LATER, [1])
        assert not is_open()
        assert count(numbers) == 1
        numbers.execute(LATER, [2])
        numbers.execute("UPDATE begun_number SET n = n * 10 WHERE n = %s", [2])
        assert numbers.rowcount == 1


def test_what_nobody_waits_for_comes_with_the_commit_also_alone(numbers):
    for number in (1, 2):
        with transaction.atomic():
            numbers.execute(LATER, [number])
        assert not connection.connection.waiting
    assert not is_open()
    assert count(numbers) == 2
    numbers.execute(LATER, [3])
    assert count(numbers) == 3, "outside of a transaction it is done at once"


def later_and_fail(cursor):
    cursor.execute(LATER, [1])
    raise Undone


def fail_and_later(cursor):
    """What is sent after a mistake is another mistake."""
    try:
        cursor.execute("SELECT 1 / 0")
    except DatabaseError:
        later_and_fail(cursor)


def test_what_nobody_waits_for_is_undone_with_the_rest(numbers):
    for fail in (later_and_fail, fail_and_later):
        with pytest.raises(Undone), transaction.atomic():
            fail(numbers)
        with transaction.atomic():
            numbers.execute("SELECT 1")
            with pytest.raises(Undone), transaction.atomic():
                fail(numbers)
            numbers.execute(LATER, [7])
    assert count(numbers) == 2


def test_a_mistake_that_nobody_waits_for_undoes_all(numbers):
    mistake = Later("INSERT INTO begun_number VALUES (1 / %s)")

    def at_the_end():
        by_execute(numbers)
        numbers.execute(mistake, [0])

    def before_others():
        numbers.execute(mistake, [0])
        by_many(numbers)

    for steps in (at_the_end, before_others):
        with pytest.raises(DatabaseError), transaction.atomic():
            steps()
        assert not is_open()
        assert count(numbers) == 0


def test_what_nobody_waits_for_comes_before_many_before_copies_and_before_cursors_with_names(numbers):
    for write in (by_many, by_copy):
        with transaction.atomic():
            numbers.execute(LATER, [1])
            write(numbers)
    with transaction.atomic():
        numbers.execute(LATER, [1])
        with connection.chunked_cursor() as chunked:
            chunked.execute("SELECT n FROM begun_number")
            assert len(chunked.fetchall()) == 7
