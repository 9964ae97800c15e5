"""Writes to endpoints and deliveries by people."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from callbacks.guard import vet_url
from callbacks.models import Delivery, Endpoint
from callbacks.nudge import nudge
from callbacks.signing import make_secret
from labelops.errors import Conflict, InvalidInput, NotFound
from labelops.tenancy.encryption import encrypt
from labelops.tenancy.models import Organization

# Receivers have so long to learn a new secret; until then both sign.
OVERLAP = timedelta(hours=24)


def create_endpoint(
    *,
    organization: Organization,
    url: str,
    now: datetime,
    description: str = "",
    project_id: UUID | None = None,
    event_types: Sequence[str] = (),
    profile: str = Endpoint.Profile.STANDARD,
) -> tuple[Endpoint, str]:
    """The endpoint and its secret (`whsec_…`), which is shown this once. Raises InvalidInput for a bad address."""
    vet_url(url)
    if profile not in Endpoint.Profile.values:
        raise InvalidInput(
            _("Choose one of the profiles: standard or scale."), fields={"profile": _("Choose one of these.")}
        )
    secret = make_secret()
    endpoint = Endpoint.objects.create(
        organization=organization,
        url=url,
        description=description,
        project_id=project_id,
        event_types=list(event_types),
        profile=profile,
        secret=encrypt(secret),
        created_at=now,
    )
    return endpoint, secret


def _locked(organization: Organization, endpoint_id: UUID) -> Endpoint:
    found = Endpoint.objects.for_organization(organization).select_for_update().filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def disable_endpoint(*, organization: Organization, endpoint_id: UUID, reason: str, now: datetime) -> Endpoint:
    """Send nothing more there: what waits, and what happens from now on, is held until it is enabled."""
    endpoint = _locked(organization, endpoint_id)
    endpoint.status, endpoint.disabled_at, endpoint.disabled_reason = Endpoint.Status.DISABLED, now, reason
    endpoint.save(update_fields=["status", "disabled_at", "disabled_reason"])
    # What is being sent right now ends as it ends; the deliverer holds what is left of it.
    waiting = Delivery.objects.for_organization(organization).pending().filter(endpoint=endpoint)
    waiting.filter(lease_owner=None).update(status=Delivery.Status.HELD, is_head=False)
    return endpoint


@transaction.atomic
def enable_endpoint(*, organization: Organization, endpoint_id: UUID, now: datetime) -> Endpoint:
    """Send again, first what was held, in the order in which it happened."""
    endpoint = _locked(organization, endpoint_id)
    endpoint.status, endpoint.disabled_at, endpoint.disabled_reason = Endpoint.Status.ACTIVE, None, ""
    endpoint.save(update_fields=["status", "disabled_at", "disabled_reason"])
    deliveries = Delivery.objects.for_organization(organization).filter(endpoint=endpoint)
    deliveries.filter(status=Delivery.Status.HELD).update(status=Delivery.Status.PENDING, due_at=now, is_head=False)
    earlier = deliveries.pending().filter(subject_id=OuterRef("subject_id"), sequence__lt=OuterRef("sequence"))
    deliveries.pending().filter(~Exists(earlier), is_head=False).update(is_head=True)
    transaction.on_commit(nudge, robust=True)
    return endpoint


@transaction.atomic
def rotate_secret(*, organization: Organization, endpoint_id: UUID, now: datetime) -> str:
    """A new secret, shown this once; for 24 hours the one before signs too."""
    endpoint = _locked(organization, endpoint_id)
    secret = make_secret()
    endpoint.previous_secret, endpoint.previous_secret_until = endpoint.secret, now + OVERLAP
    endpoint.secret = encrypt(secret)
    endpoint.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
    return secret


@transaction.atomic
def resend_delivery(*, organization: Organization, delivery_id: UUID, now: datetime) -> Delivery:
    """Send the same event again: same id, same bytes, whole schedule. Raises NotFound; Conflict if it still waits."""
    mine = Delivery.objects.for_organization(organization).select_for_update(of=("self",)).select_related("endpoint")
    delivery = mine.filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound
    if delivery.status in (Delivery.Status.PENDING, Delivery.Status.HELD):
        raise Conflict(_("This callback is still on its way: wait for it, or enable its endpoint."))
    if delivery.endpoint.status != Endpoint.Status.ACTIVE:
        raise Conflict(_("The endpoint is disabled: enable it first."))
    queue = Delivery.objects.for_organization(organization).pending().filter(endpoint_id=delivery.endpoint_id)
    delivery.is_head = not queue.filter(subject_id=delivery.subject_id).select_for_update().exists()
    delivery.status, delivery.due_at, delivery.finished_at, delivery.attempts = Delivery.Status.PENDING, now, None, 0
    delivery.save(update_fields=["is_head", "status", "due_at", "finished_at", "attempts"])
    transaction.on_commit(nudge, robust=True)
    return delivery
