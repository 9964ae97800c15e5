"""One instance for all tests of this folder and of the loop: booting it is most of their time."""

import logging
from collections.abc import Iterator

import pytest

from tests.callbacks.conftest import Receiver, answer_status
from tests.faults.browser import Browser
from tests.faults.instance import Instance


@pytest.fixture(scope="session")
def callbacks() -> Iterator[Receiver]:
    """A plain HTTP server that remembers what it was told."""
    # A line for each request buries a failure.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture(scope="session")
def running_instance(callbacks: Receiver) -> Iterator[Instance]:
    instance = Instance(callbacks.url)
    yield instance
    Browser.close_all()
    instance.end()


@pytest.fixture
def instance(running_instance: Instance, callbacks: Receiver) -> Instance:
    """The instance in good health, its receiver without memories."""
    callbacks.answer = answer_status(200)
    callbacks.requests.clear()
    return running_instance


@pytest.fixture(scope="session")
def browsers(running_instance: Instance) -> list[Browser]:
    """Auditors, signed in."""
    instance = running_instance
    return [Browser(instance.url, instance.slug).sign_in(*person) for person in instance.people]
