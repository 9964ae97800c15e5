"""Fixtures that every folder of tests may use."""

import pytest
from django.core.cache import cache

from labelops.tenancy.models import Organization, User
from labelops.tenancy.permissions import Role
from tests.factories import ScopedClient, client_of, make_member, make_organization


@pytest.fixture
def client() -> ScopedClient:
    return ScopedClient()


@pytest.fixture
def acme(db) -> Organization:
    return make_organization(slug="acme", name="Acme Corporation")


@pytest.fixture
def rival(db) -> Organization:
    return make_organization(slug="rival", name="Rival Works")


@pytest.fixture
def people(acme) -> dict[str, User]:
    """One person of acme for each role, by the role's name."""
    return {role.value: make_member(organization=acme, role=role).user for role in Role}


@pytest.fixture
def owner_client(people) -> ScopedClient:
    return client_of(people["owner"])


@pytest.fixture
def fresh_cache():
    """Nothing counted yet: for what is rate limited."""
    cache.clear()
    yield
    cache.clear()
