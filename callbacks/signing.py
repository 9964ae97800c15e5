"""Standard Webhooks signatures (v1: HMAC-SHA256). Pure functions of their arguments."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"


def make_secret() -> str:
    """32 random bytes as `whsec_…`."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def secret_from_key(key: str) -> str:
    """The signing secret of callbacks to a `callback_url`: the organization's callback key itself, as `whsec_…`."""
    return PREFIX + base64.b64encode(key.encode()).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,…` over `id.timestamp.body`; the secret is `whsec_` and base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def signed_headers(message_id: str, timestamp: int, body: bytes, signing_secrets: Sequence[str]) -> dict[str, str]:
    """The specification's three headers, one signature per secret, newest first; without a secret the first two."""
    headers = {"webhook-id": message_id, "webhook-timestamp": str(timestamp)}
    if signing_secrets:
        headers["webhook-signature"] = " ".join(sign(secret, message_id, timestamp, body) for secret in signing_secrets)
    return headers
