import pytest

from tests.factories import make_organization, make_user
from tests.isolation.planting import plant
from tests.isolation.world import World


@pytest.fixture
def world(db) -> World:
    """Two organizations with a row of every model in each, and a person and a key for each role of the first."""
    ours, theirs = make_organization(slug="acme"), make_organization(slug="rival")
    world = World.of(ours, theirs)
    world.our_rows = plant(ours, make_user(name=world.our_canary), world.our_canary)
    world.their_rows = plant(theirs, make_user(name=world.their_canary), world.their_canary)
    return world
