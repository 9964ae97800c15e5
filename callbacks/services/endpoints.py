"""Endpoints: set up, changed, disabled, enabled, deleted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, When
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from callbacks.models import Delivery, Endpoint, EndpointHealth, Replay
from callbacks.nudge import nudge
from callbacks.services.fields import check_together, stored_values
from callbacks.services.history import note_change, settings_of
from callbacks.signing import make_secret
from labelops.errors import Conflict, NotFound
from labelops.tenancy.encryption import encrypt
from labelops.tenancy.models import EventType, Organization, User


@transaction.atomic
def create_endpoint(
    *, organization: Organization, url: str, now: datetime, actor: User | None = None, **options: Any
) -> tuple[Endpoint, str]:
    """The endpoint and its secret (`whsec_…`), which is shown this once. Looks up no name and sends nothing.

    Options, all optional: `description`, `project_id`, `event_types` (empty: every type), `profile` (standard, scale),
    `header_name` and `header_value` (a static header), `client_certificate` (PEM, chain and key), `timeout_seconds`
    (1..30), `rate_limit` (requests a second), `has_toloka_signature`, `signs_with_ed25519` (adds `v1a`). Raises
    InvalidInput whose `fields` have a sentence for each that is wrong.
    """
    secret = make_secret()
    values = stored_values({"url": url, **options})
    endpoint = Endpoint(organization=organization, secret=encrypt(secret), created_at=now, **values)
    check_together(endpoint)
    endpoint.save(force_insert=True)
    note_change(EventType.ENDPOINT_CREATED, endpoint, actor=actor, now=now, after=settings_of(endpoint, values))
    return endpoint, secret


@transaction.atomic
def update_endpoint(
    *, organization: Organization, endpoint_id: UUID, now: datetime, actor: User | None = None, **changes: Any
) -> Endpoint:
    """Change what is given, by the names of `create_endpoint`; what is under way ends as it began.

    What waits goes to the new address. Raises NotFound, InvalidInput.
    """
    endpoint = held_endpoint(organization, endpoint_id)
    if changes.get("signs_with_ed25519") and endpoint.signing_key:
        # It has its key already; another one is made by switching off and on.
        del changes["signs_with_ed25519"]
    values = stored_values(changes)
    changed = {name for name, value in values.items() if _differs(endpoint, name, value)}
    before = settings_of(endpoint, changed)
    for name, value in values.items():
        setattr(endpoint, name, value)
    check_together(endpoint)
    endpoint.save(update_fields=list(values))
    if changed:
        note_change(EventType.ENDPOINT_CHANGED, endpoint, actor=actor, now=now, before=before,
                    after=settings_of(endpoint, changed))  # fmt: skip
    return endpoint


def _differs(endpoint: Endpoint, name: str, value: Any) -> bool:
    # The same secret is another text each time that it is encrypted: whoever sends one means to set it.
    old = getattr(endpoint, name)
    return bytes(old) != value if isinstance(value, bytes) else old != value


def held_endpoint(organization: Organization, endpoint_id: UUID) -> Endpoint:
    """The endpoint, its row locked until the transaction ends. Raises NotFound."""
    mine = Endpoint.objects.for_organization(organization).not_deleted()
    found = mine.select_for_update().filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound
    found.organization = organization
    return found


@transaction.atomic
def disable_endpoint(
    *, organization: Organization, endpoint_id: UUID, reason: str, now: datetime, actor: User | None = None
) -> Endpoint:
    """Send nothing more there: what waits, and what happens from now on, is held until it is enabled."""
    endpoint = _stop(organization, endpoint_id, Endpoint.Status.DISABLED, Delivery.Status.HELD, reason, now)
    after = {"reason": endpoint.disabled_reason}
    note_change(EventType.ENDPOINT_DISABLED, endpoint, actor=actor, now=now, after=after)
    return endpoint


@transaction.atomic
def delete_endpoint(
    *, organization: Organization, endpoint_id: UUID, now: datetime, actor: User | None = None
) -> Endpoint:
    """Send nothing more there and drop what waits; the log of what was sent stays. Raises NotFound, Conflict."""
    endpoint = _stop(organization, endpoint_id, Endpoint.Status.DELETED, Delivery.Status.CANCELED, "Deleted.", now)
    _end_replays(endpoint, now)
    note_change(EventType.ENDPOINT_DELETED, endpoint, actor=actor, now=now, before={"url": endpoint.url})
    return endpoint


def _stop(
    organization: Organization, endpoint_id: UUID, status: str, what_waits: str, reason: str, now: datetime
) -> Endpoint:
    endpoint = held_endpoint(organization, endpoint_id)
    if endpoint.is_ad_hoc and status == Endpoint.Status.DELETED:
        raise Conflict(_("This address is a task's callback_url: disable it, or change it there."))
    endpoint.status, endpoint.disabled_at, endpoint.disabled_reason = status, now, reason[:255]
    endpoint.is_disabled_by_engine = False
    endpoint.save(update_fields=["status", "disabled_at", "disabled_reason", "is_disabled_by_engine"])
    left = [Delivery.Status.PENDING, Delivery.Status.HELD]
    waiting = Delivery.objects.for_organization(organization).filter(endpoint=endpoint, status__in=left)
    # What is being sent right now ends as it ends; the deliverer stops what is left of it.
    waiting.filter(lease_owner=None).update(status=what_waits, is_head=False)
    return endpoint


def _end_replays(endpoint: Endpoint, now: datetime) -> None:
    running = Replay.objects.for_organization(endpoint.organization).filter(status=Replay.Status.RUNNING)
    running.filter(endpoint=endpoint).update(status=Replay.Status.CANCELED, finished_at=now)


@transaction.atomic
def enable_endpoint(
    *, organization: Organization, endpoint_id: UUID, now: datetime, actor: User | None = None
) -> Endpoint:
    """Send again, first what was held, in the order in which it happened; its failures so far are forgotten."""
    endpoint = held_endpoint(organization, endpoint_id)
    endpoint.status, endpoint.disabled_at, endpoint.disabled_reason = Endpoint.Status.ACTIVE, None, ""
    endpoint.is_disabled_by_engine = False
    endpoint.save(update_fields=["status", "disabled_at", "disabled_reason", "is_disabled_by_engine"])
    health = EndpointHealth.objects.for_organization(organization).filter(endpoint=endpoint)
    health.update(open_until=None, trips=0, in_flight_cap=None, failing_since=None, failures=0, alerted=[],
                  window_attempts=0, window_failures=0)  # fmt: skip
    deliveries = Delivery.objects.for_organization(organization).filter(endpoint=endpoint)
    # What was never tried and is not due yet waits on purpose: the verdict it tells of can still be undone.
    due = Case(When(attempts=0, then=Greatest("due_at", now)), default=now)
    deliveries.filter(status=Delivery.Status.HELD).update(status=Delivery.Status.PENDING, due_at=due, is_head=False)
    set_heads(deliveries)
    note_change(EventType.ENDPOINT_ENABLED, endpoint, actor=actor, now=now)
    transaction.on_commit(nudge, robust=True)
    return endpoint


def set_heads(deliveries: Any) -> None:
    """Of these deliveries of one endpoint, make the first pending one of each queue its head, where it has none."""
    live, replayed = {"priority__lt": Delivery.Priority.REPLAY}, {"priority": Delivery.Priority.REPLAY}
    for kind in (live, replayed):
        queue = deliveries.pending().filter(**kind)
        # Whoever finishes one of them either has ended before this, or sees what is new.
        list(queue.order_by().select_for_update().values_list("pk", flat=True))
        before = Q(is_head=True) | Q(sequence__lt=OuterRef("sequence"))
        blocking = queue.filter(before, subject_id=OuterRef("subject_id")).exclude(pk=OuterRef("pk"))
        queue.filter(~Exists(blocking), is_head=False).update(is_head=True)
