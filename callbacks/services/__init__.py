"""Writes to endpoints, deliveries and replays by people; each is one transaction."""

from callbacks.services.deliveries import cancel_delivery, replay_deliveries, resend_delivery, send_test_event
from callbacks.services.endpoints import (
    create_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    update_endpoint,
)
from callbacks.services.newest import resend_newest
from callbacks.services.replays import cancel_replay, count_replay, start_replay
from callbacks.services.secrets import public_key_of, revoke_old_secrets, rotate_secret, secret_of

__all__ = [
    "cancel_delivery",
    "cancel_replay",
    "count_replay",
    "create_endpoint",
    "delete_endpoint",
    "disable_endpoint",
    "enable_endpoint",
    "public_key_of",
    "replay_deliveries",
    "resend_delivery",
    "resend_newest",
    "revoke_old_secrets",
    "rotate_secret",
    "secret_of",
    "send_test_event",
    "start_replay",
    "update_endpoint",
]
