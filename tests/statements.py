"""What a test saw go to the database, without what only begins and ends."""

from collections.abc import Iterable

CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def asked(captured: Iterable[dict[str, str]]) -> list[str]:
    """Of a CaptureQueriesContext. A transaction's BEGIN stands before its first statement, in one message."""
    texts = [one["sql"].removeprefix("BEGIN;") for one in captured]
    return [text for text in texts if not text.startswith(CONTROL)]
