"""How a request gets into an organization: one statement that finds the person, the place and the scope."""

from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from labelops.tenancy.keys import parse_key
from labelops.tenancy.models import ApiKey, Membership, Organization, User
from labelops.tenancy.rows import call, instance, put


@dataclass(frozen=True)
class Entry:
    """Who is in, where, and as what; `key` where an API key opened the door."""

    user: User
    organization: Organization
    membership: Membership
    key: ApiKey | None = None


def _enter(function: str, arguments: list[Any]) -> Entry | None:
    return entry_of(call(function, arguments))


def entry_of(row: dict[str, Any]) -> Entry | None:
    """From a function's `person`, `organization`, `membership` and perhaps `api_key`; None where it let nobody in."""
    user, organization = instance(User, row["person"]), instance(Organization, row["organization"])
    if user is None:
        return None
    membership, key = instance(Membership, row["membership"]), instance(ApiKey, row.get("api_key"))
    put(membership, user=user, organization=organization)
    return Entry(user, organization, membership, key)


def enter_by_membership(*, user_id: Any, slug: str) -> Entry | None:
    """Scope the transaction to this organization; None, and no scope, for a stranger or an unknown slug."""
    return _enter("tenancy_enter_by_membership", [str(user_id), slug])


def enter_by_key(*, text: str) -> Entry | None:
    """Scope the transaction to the key's organization; None where the key is unknown, revoked, expired or malformed."""
    parts = parse_key(text)
    if parts is None:
        return None
    found = _enter("tenancy_enter_by_key", [parts.public_id, parts.secret_hash])
    if found is None or not compare_digest(found.key.secret_hash, parts.secret_hash):
        return None
    # The mode is no part of the secret: a key with the other mode written into it is not this key.
    if parts.mode != ("test" if found.organization.is_test else "live"):
        return None
    return found
