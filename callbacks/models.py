"""The outbox: what is to be told to whom (rows written with the change itself) and every attempt to tell it."""

from collections.abc import Iterable
from typing import Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.tenancy.models import TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager


class EndpointQuerySet(TenantQuerySet):
    def registered(self) -> Self:
        """Those that people set up, without the ones that stand for a `callback_url`."""
        return self.filter(is_ad_hoc=False)


class Endpoint(TenantModel):
    """An address that is told of events: set up by people, or standing for a `callback_url` (`is_ad_hoc`)."""

    class Profile(models.TextChoices):
        STANDARD = "standard", _("Standard Webhooks")
        SCALE = "scale", _("Scale")

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        DISABLED = "disabled", _("Disabled")

    url = models.CharField(max_length=2048)
    description = models.CharField(max_length=255, blank=True)
    # Ids of other apps' rows are plain: this app knows no other.
    project_id = models.UUIDField(null=True, blank=True)
    # Empty: every type.
    event_types = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    profile = models.CharField(max_length=16, choices=Profile, default=Profile.STANDARD)
    is_ad_hoc = models.BooleanField(default=False)
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    # `whsec_…`, encrypted at rest (labelops.tenancy.encryption).
    secret = models.BinaryField(default=bytes)
    # The secret before the last rotation signs too until then.
    previous_secret = models.BinaryField(default=bytes)
    previous_secret_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True)
    # One sentence for people: who or what disabled it.
    disabled_reason = models.CharField(max_length=255, blank=True)

    objects = TenantManager.from_queryset(EndpointQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "url"], name="endpoint_ad_hoc_url", condition=Q(is_ad_hoc=True)
            )
        ]
        # Apart from the ad hoc ones, of which there may be one per task.
        indexes = [
            models.Index(fields=["organization", "id"], name="endpoint_registered", condition=Q(is_ad_hoc=False))
        ]

    def __str__(self) -> str:
        return self.url


class CallbackEvent(TenantModel):
    """What happened, as the very bytes that are signed and sent, at every attempt. Its id is `webhook-id`."""

    type = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    body = models.BinaryField()
    sha256 = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organization", "subject_id", "id"], name="callback_event_subject")]

    def __str__(self) -> str:
        return f"{self.type} {self.id.hex}"


class DeliveryQuerySet(TenantQuerySet):
    def pending(self) -> Self:
        return self.filter(status=Delivery.Status.PENDING)

    def about(self, subject_id: UUID) -> Self:
        return self.filter(subject_id=subject_id).select_related("endpoint", "event").order_by("-id")

    def log(self) -> Self:
        """Newest first, with what a list of deliveries shows; the bodies stay in the database."""
        return self.select_related("endpoint", "event").defer("event__body", "endpoint__secret").order_by("-id")

    def outcome_of(self, subject_ids: Iterable[UUID]) -> dict[UUID, bool]:
        """Per subject, whether its newest event that reached an end reached every listener; no key before an end."""
        ended = self.filter(
            subject_id__in=list(subject_ids), status__in=[Delivery.Status.DELIVERED, Delivery.Status.DEAD]
        )
        newest: dict[UUID, tuple[int, bool]] = {}
        for subject_id, sequence, status in ended.order_by("sequence").values_list("subject_id", "sequence", "status"):
            before = newest.get(subject_id, (sequence, True))
            others = before[1] if before[0] == sequence else True
            newest[subject_id] = (sequence, others and status == Delivery.Status.DELIVERED)
        return {subject_id: succeeded for subject_id, (_, succeeded) in newest.items()}


class Delivery(TenantModel):
    """One event on its way to one endpoint.

    Per (endpoint, subject) only the row with `is_head` may be sent, so that the audits of one task arrive in order;
    finishing it makes its successor the head in the same statement. Rows stay narrow: the body is in the event.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        DELIVERED = "delivered", _("Delivered")
        DEAD = "dead", _("Gave up")
        HELD = "held", _("Held")
        CANCELED = "canceled", _("Canceled")

    event = models.ForeignKey(
        CallbackEvent, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False, db_index=False
    )
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False, db_index=False
    )
    subject_id = models.UUIDField()
    sequence = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    is_head = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    # In no index, so that taking a lease stays a heap-only update.
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    last_status_code = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=255, blank=True)

    objects = TenantManager.from_queryset(DeliveryQuerySet)()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["organization", "endpoint", "event"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "delivered", "dead", "held", "canceled"]),
                name="delivery_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="delivery_due", condition=Q(status="pending", is_head=True)),
            # The deliverer goes round the endpoints, of whatever organization, and takes the oldest of each.
            models.Index(
                fields=["endpoint", "due_at"], name="delivery_turn", condition=Q(status="pending", is_head=True)
            ),
            models.Index(
                fields=["organization", "endpoint", "subject_id", "sequence"],
                name="delivery_queue",
                condition=Q(status="pending"),
            ),
            models.Index(fields=["organization", "subject_id", "id"], name="delivery_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class AttemptQuerySet(TenantQuerySet):
    def of_delivery(self, delivery_id: UUID) -> Self:
        return self.filter(delivery_id=delivery_id).order_by("number", "at")


class Attempt(TenantModel):
    """One try to send: when, how long, what came back."""

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="attempt_log", db_constraint=False, db_index=False
    )
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    seconds = models.FloatField()
    address = models.CharField(max_length=64, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    # One word for the kind of failure: dns, blocked_address, connect, tls, timeout, reset, status, mail;
    # empty on success.
    error = models.CharField(max_length=32, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    response = models.BinaryField(default=bytes)

    objects = TenantManager.from_queryset(AttemptQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["organization", "delivery", "number"], name="attempt_delivery")]

    def __str__(self) -> str:
        return f"{self.number} of {self.delivery_id}"
