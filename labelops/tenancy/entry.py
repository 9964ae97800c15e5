"""How a request gets into an organization: one statement that finds the person, the place and the scope."""

from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from django.db import connection, models

from labelops.tenancy.keys import parse_key
from labelops.tenancy.models import ApiKey, Membership, Organization, User
from labelops.tenancy.rows import columns, instances


@dataclass(frozen=True)
class Entry:
    """Who is in, where, and as what; `key` where an API key opened the door."""

    user: User
    organization: Organization
    membership: Membership
    key: ApiKey | None = None


_BY_MEMBERSHIP = (User, Membership, Organization)
_BY_KEY = (User, Membership, Organization, ApiKey)


def _enter(function: str, arguments: list[Any], kinds: tuple[type[models.Model], ...]) -> list[Any] | None:
    names = ("person", "membership", "organization", "api_key")
    wanted = ", ".join(columns(f"entry.{name}", kind) for name, kind in zip(names, kinds, strict=False))
    places = ", ".join(["%s"] * len(arguments))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {wanted} FROM {function}({places}) AS entry", arguments)  # noqa: S608
        row = cursor.fetchone()
    return instances(row, *kinds) if row else None


def enter_by_membership(*, user_id: Any, slug: str) -> Entry | None:
    """Scope the transaction to this organization; None, and no scope, for a stranger or an unknown slug."""
    found = _enter("tenancy_enter_by_membership", [str(user_id), slug], _BY_MEMBERSHIP)
    return _entry(*found) if found else None


def enter_by_key(*, text: str) -> Entry | None:
    """Scope the transaction to the key's organization; None where the key is unknown, revoked, expired or malformed."""
    parts = parse_key(text)
    if parts is None:
        return None
    found = _enter("tenancy_enter_by_key", [parts.public_id, parts.secret_hash], _BY_KEY)
    if not found or not compare_digest(bytes(found[3].secret_hash), parts.secret_hash):
        return None
    # The mode is no part of the secret: a key with the other mode written into it is not this key.
    if parts.mode != ("test" if found[2].is_test else "live"):
        return None
    return _entry(*found)


def _entry(user: User, membership: Membership, organization: Organization, key: ApiKey | None = None) -> Entry:
    membership.user, membership.organization = user, organization
    return Entry(user, organization, membership, key)
