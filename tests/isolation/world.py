"""The two organizations of the isolation tests: ours (acme) is attacked by the stranger, who owns theirs (rival)."""

import secrets
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from django.apps import apps

from labelops.tenancy.models import Organization, User
from labelops.tenancy.permissions import Role
from tests.factories import ScopedClient, bearer, client_of, make_key, make_member
from tests.isolation.planting import Rows


@dataclass
class World:
    ours: Organization
    theirs: Organization
    people: dict[str, User]
    """By role, each a person of ours; `stranger` owns theirs."""
    keys: dict[str, str]
    """A live key with every scope for each of them."""
    our_canary: str = field(default_factory=lambda: f"ours{secrets.token_hex(6)}")
    their_canary: str = field(default_factory=lambda: f"theirs{secrets.token_hex(6)}")
    our_rows: Rows = field(default_factory=dict)
    their_rows: Rows = field(default_factory=dict)
    _clients: dict[str, ScopedClient] = field(default_factory=dict)

    @classmethod
    def of(cls, ours: Organization, theirs: Organization) -> "World":
        people = {role.value: make_member(organization=ours, role=role).user for role in Role}
        people["stranger"] = make_member(organization=theirs, role=Role.OWNER).user
        keys = {
            role: make_key(organization=theirs if role == "stranger" else ours, user=user)
            for role, user in people.items()
        }
        return cls(ours, theirs, people, keys)

    def client(self, actor: str) -> ScopedClient:
        if actor not in self._clients:
            self._clients[actor] = client_of(self.people.get(actor))
        return self._clients[actor]

    def headers(self, actor: str) -> dict[str, str]:
        return bearer(self.keys[actor]) if actor in self.keys else {}

    def fill(self, value: Any) -> Any:
        """“{audits.Task}” becomes the id of our row, “{audits.Task.name}” its field, “{person.lead}” a person's id."""
        if isinstance(value, dict):
            return {name: self.fill(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        if not (isinstance(value, str) and value.startswith("{")):
            return value
        parts = value.strip("{}").split(".")
        if parts[0] == "person":
            return str(self.people[parts[1]].pk)
        row = self.our_rows[apps.get_model(parts[0], parts[1])]
        return str(reduce(getattr, parts[2:] or ["pk"], row))
