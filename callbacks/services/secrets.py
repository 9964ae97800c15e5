"""Secrets of endpoints: at most three live ones, shown when they are made."""

from datetime import datetime, timedelta
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils.translation import gettext as _

from callbacks.models import Endpoint
from callbacks.services.endpoints import held_endpoint
from callbacks.services.history import note_change
from callbacks.signing import make_secret, public_key
from labelops.errors import InvalidInput
from labelops.tenancy.encryption import decrypt, encrypt
from labelops.tenancy.models import EventType, Organization, User

# Receivers have so long to learn a new secret; until then both sign.
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)
OLD = ["previous_secret", "previous_secret_until", "older_secret", "older_secret_until"]


@transaction.atomic
def rotate_secret(
    *,
    organization: Organization,
    endpoint_id: UUID,
    now: datetime,
    overlap: timedelta = OVERLAP,
    actor: User | None = None,
) -> str:
    """A new secret, shown this once; for `overlap` (0 to 7 days) the one before signs too. At most three are live."""
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidInput(fields={"overlap": _("The old secret can stay valid for 0 to 7 days.")})
    endpoint = held_endpoint(organization, endpoint_id)
    secret = make_secret()
    endpoint.older_secret, endpoint.older_secret_until = endpoint.previous_secret, endpoint.previous_secret_until
    endpoint.previous_secret, endpoint.previous_secret_until = endpoint.secret, now + overlap
    endpoint.secret = encrypt(secret)
    endpoint.save(update_fields=["secret", *OLD])
    after = {"old_secret_valid_until": endpoint.previous_secret_until.isoformat()}
    note_change(EventType.ENDPOINT_SECRET_ROTATED, endpoint, actor=actor, now=now, after=after)
    return secret


@transaction.atomic
def revoke_old_secrets(
    *, organization: Organization, endpoint_id: UUID, now: datetime, actor: User | None = None
) -> Endpoint:
    """From the next request on only the newest secret signs."""
    endpoint = held_endpoint(organization, endpoint_id)
    endpoint.previous_secret = endpoint.older_secret = b""
    endpoint.previous_secret_until = endpoint.older_secret_until = None
    endpoint.save(update_fields=OLD)
    note_change(EventType.ENDPOINT_SECRETS_REVOKED, endpoint, actor=actor, now=now)
    return endpoint


def public_key_of(endpoint: Endpoint) -> str:
    """`whpk_…`, with which receivers check `v1a` signatures; empty where the endpoint does not sign so, or its key
    cannot be read any more."""
    try:
        return public_key(decrypt(endpoint.signing_key)) if endpoint.signing_key else ""
    except InvalidToken:
        return ""


def secret_of(endpoint: Endpoint) -> str:
    """The newest secret in the clear, for our own checks; pages never show it after it was made."""
    return decrypt(endpoint.secret) if endpoint.secret else ""
