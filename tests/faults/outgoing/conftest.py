"""As for the tests of callbacks: a real database, a real receiver."""

from tests.callbacks.conftest import (  # noqa: F401  (fixtures)
    loopback_is_allowed,
    organization,
    receiver,
    scoped,
)
