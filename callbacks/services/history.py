"""What the event log keeps of changes to an endpoint: who changed which setting, and never a secret."""

from datetime import datetime
from typing import Any

from callbacks.models import Endpoint
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, User

SECRETS = ("header_value", "client_certificate", "signing_key")


def note_change(
    type: EventType,
    endpoint: Endpoint,
    *,
    actor: User | None,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """In the transaction of the change. `actor`: None for the deliverer and for commands."""
    record_event(type, organization=endpoint.organization, actor=actor, now=now, subject_id=endpoint.pk,
                 before=before, after=after)  # fmt: skip


def settings_of(endpoint: Endpoint, names: Any) -> dict[str, Any]:
    """These settings as the log keeps them; of a secret only whether there is one."""
    return {name: _shown(name, getattr(endpoint, name)) for name in sorted(names)}


def _shown(name: str, value: Any) -> Any:
    if name in SECRETS:
        return "set" if value else ""
    return value.hex if name == "project_id" and value else value
