"""That all that happened is in the figures, also while other tests have transactions open on the same server."""

from reports.services.following import follow_events
from tests.embedded.conftest import wait_until


def count_everything() -> None:
    """A transaction that is under way elsewhere makes the reader look again, until it has ended."""
    wait_until(lambda: follow_events() == 0, seconds=60, what="that nothing is left to count")
