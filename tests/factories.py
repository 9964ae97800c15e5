"""Organizations, people and keys for tests, made by the product's own services.

Children take their parent's organization.
"""

import itertools
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from labelops.tenancy.models import Membership, Organization, Scope, User
from labelops.tenancy.permissions import Role
from labelops.tenancy.scope import system_scope
from labelops.tenancy.services.keys import create_api_key
from labelops.tenancy.services.organizations import create_organization
from labelops.tenancy.services.people import add_member, create_user

PASSWORD = "correct-horse-9"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_number = itertools.count(1)


def make_user(*, email: str = "", name: str = "") -> User:
    return create_user(email=email or f"person{next(_number)}@example.com", password=PASSWORD, name=name)


def make_organization(*, slug: str = "", name: str = "", owner: User | None = None) -> Organization:
    """The live organization, with its twin, and an owner (`owner@<slug>.example` where none is given)."""
    slug = slug or f"organization-{next(_number)}"
    owner = owner or make_user(email=f"owner@{slug}.example")
    return create_organization(name=name or slug.title(), slug=slug, owner=owner, now=timezone.now())


def make_member(*, organization: Organization, role: str = Role.AUDITOR, email: str = "") -> Membership:
    """A new person with this role in both modes; `.user` signs in with PASSWORD."""
    user = make_user(email=email or f"{role}{next(_number)}@{organization.slug}.example")
    return add_member(organization=organization, user=user, role=role, now=timezone.now())


def make_key(*, organization: Organization, user: User | None = None, mode: str = "live", **options: Any) -> str:
    """The text of a key; acts for the first member that was made where no user is given. `scopes`, `expires_at`."""
    with system_scope("command line"):
        user = user or Membership.objects.for_organization(organization).order_by("created_at", "id").first().user
        options.setdefault("scopes", Scope.values)
        return create_api_key(
            organization=organization, mode=mode, name="A test's key", user=user, now=timezone.now(), **options
        )[1]


def twin_of(organization: Organization) -> Organization:
    with system_scope("command line"):
        return Organization.objects.get(live=organization)


class ScopedClient(Client):
    """A client whose every request begins without a scope, also inside a test's one long transaction."""

    def request(self, **environment: Any) -> Any:
        forget_scope()
        try:
            return super().request(**environment)
        finally:
            forget_scope()


def forget_scope() -> None:
    """What the end of the transaction does outside of tests."""
    if connection.in_atomic_block and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('labelops.organization', '', true), set_config('labelops.scope', '', true)"
            )


def client_of(user: User | None = None) -> ScopedClient:
    """A browser in which this person is signed in, or nobody."""
    client = ScopedClient()
    if user:
        client.force_login(user, backend=BACKEND)
    return client


def bearer(text: str) -> dict[str, str]:
    """Headers for the test client that carry this key."""
    return {"Authorization": f"Bearer {text}"}
