"""Standard Webhooks signatures (v1: HMAC-SHA256). Pure functions of their arguments."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX = "whsec_"
SIGNING_KEY_PREFIX, PUBLIC_KEY_PREFIX = "whsk_", "whpk_"


def make_secret() -> str:
    """32 random bytes as `whsec_…`."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def secret_from_key(key: str) -> str:
    """The signing secret of callbacks to a `callback_url`: the organization's callback key itself, as `whsec_…`."""
    return PREFIX + base64.b64encode(key.encode()).decode()


@lru_cache(maxsize=4096)
def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,…` over `id.timestamp.body`; the secret is `whsec_` and base64."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    key = _key(secret)
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def signed_headers(message_id: str, timestamp: int, body: bytes, signing_secrets: Sequence[str]) -> dict[str, str]:
    """The specification's three headers, one signature per secret, newest first; without a secret the first two."""
    headers = {"webhook-id": message_id, "webhook-timestamp": str(timestamp)}
    if signing_secrets:
        headers["webhook-signature"] = " ".join(sign(secret, message_id, timestamp, body) for secret in signing_secrets)
    return headers


def make_signing_key() -> str:
    """A new ed25519 key as `whsk_…`."""
    return SIGNING_KEY_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _signing_key(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text.removeprefix(SIGNING_KEY_PREFIX)))


def public_key(signing_key: str) -> str:
    """`whpk_…` of a `whsk_…`."""
    return PUBLIC_KEY_PREFIX + base64.b64encode(_signing_key(signing_key).public_key().public_bytes_raw()).decode()


def sign_with_key(signing_key: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1a,…` over `id.timestamp.body` (ed25519)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1a," + base64.b64encode(_signing_key(signing_key).sign(signed)).decode()


def toloka_signature(secret: str, milliseconds: int, body: bytes) -> str:
    """`{v=1, ts=…, sign=…}`: HMAC-SHA256 in hex over `ts.v.body`."""
    signed = f"{milliseconds}.1.".encode() + body
    key = _key(secret)
    return f"{{v=1, ts={milliseconds}, sign={hmac.digest(key, signed, hashlib.sha256).hex()}}}"
