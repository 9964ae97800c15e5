from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from callbacks.models.endpoint import Endpoint
from callbacks.models.replay import Replay
from labelops.tenancy.identifiers import first_uuid7
from labelops.tenancy.models import TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager


class CallbackEvent(TenantModel):
    """What happened, as the very bytes that are signed and sent, at every attempt. Its id is `webhook-id`."""

    type = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    body = models.BinaryField()
    sha256 = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organization", "type", "id"], name="callback_event_type")]

    def __str__(self) -> str:
        return f"{self.type} {self.id.hex}"


class DeliveryQuerySet(TenantQuerySet):
    def pending(self) -> Self:
        return self.filter(status=Delivery.Status.PENDING)

    def about(self, subject_id: UUID) -> Self:
        return self.filter(subject_id=subject_id).select_related("endpoint", "event").order_by("-id")

    def log(self) -> Self:
        """Newest event first, with what a list of deliveries shows; the bodies stay in the database.

        Pages go on by `log_after(event_id, id)` of the last row shown.
        """
        hidden = ("event__body", "event__sha256", "endpoint__client_certificate")
        return self.select_related("endpoint", "event").defer(*hidden).order_by("-event_id", "-id")

    def log_after(self, event_id: UUID, delivery_id: UUID) -> Self:
        """What comes after this row of the log."""
        return self.filter(Q(event_id__lt=event_id) | Q(event_id=event_id, id__lt=delivery_id), event_id__lte=event_id)

    def log_before(self, event_id: UUID, delivery_id: UUID) -> Self:
        """What comes before this row of the log: of events that are newer, or went to endpoints that are."""
        return self.filter(Q(event_id__gt=event_id) | Q(event_id=event_id, id__gt=delivery_id), event_id__gte=event_id)

    def filtered(
        self,
        *,
        status: str = "",
        type: str = "",
        endpoint_id: UUID | None = None,
        subject_id: UUID | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Self:
        """Those that fit all that is given; `since <= time < until` is when the event was written."""
        given = {
            "status": status,
            "event__type": type,
            "endpoint_id": endpoint_id,
            "subject_id": subject_id,
            "event_id__gte": since and first_uuid7(since),
            "event_id__lt": until and first_uuid7(until),
        }
        return self.filter(**{name: value for name, value in given.items() if value})


class Delivery(TenantModel):
    """One event on its way to one endpoint.

    Per (endpoint, subject) only the row with `is_head` may be sent, so that the audits of one task arrive in order;
    finishing it makes its successor the head in the same statement. Rows stay narrow: the body is in the event.
    What is replayed forms a second queue per (endpoint, subject), so that nothing new waits for it.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        DELIVERED = "delivered", _("Delivered")
        DEAD = "dead", _("Gave up")
        HELD = "held", _("Held")
        CANCELED = "canceled", _("Canceled")

    class Priority(models.IntegerChoices):
        LIVE = 0, _("Live")
        LATE = 1, _("Late retry")
        REPLAY = 2, _("Replay")

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
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.LIVE, db_default=Priority.LIVE)
    # Of this sending: a replay begins again at none. The attempts themselves stay in the log.
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    # In no index, so that taking a lease stays a heap-only update.
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    last_status_code = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=255, blank=True)
    # The bulk replay that it goes out with, and the status it had before it was replayed.
    replay = models.ForeignKey(
        Replay, null=True, on_delete=models.SET_NULL, related_name="deliveries", db_constraint=False, db_index=False
    )
    status_before = models.CharField(max_length=16, blank=True, default="", db_default="")

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
            # The deliverer goes round the endpoints, of whatever organization, and takes the oldest of each.
            models.Index(
                fields=["endpoint", "priority", "due_at"],
                name="delivery_turn",
                condition=Q(status="pending", is_head=True),
            ),
            models.Index(
                fields=["organization", "endpoint", "subject_id", "sequence"],
                name="delivery_queue",
                condition=Q(status="pending"),
            ),
            models.Index(fields=["organization", "subject_id", "id"], name="delivery_subject"),
            models.Index(fields=["organization", "event", "id"], name="delivery_log"),
            models.Index(
                fields=["organization", "status", "event", "id"],
                name="delivery_ended_badly",
                condition=Q(status__in=["dead", "held", "canceled"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class AttemptQuerySet(TenantQuerySet):
    def of_delivery(self, delivery_id: UUID) -> Self:
        """Oldest first, those of earlier sendings too."""
        return self.filter(delivery_id=delivery_id).order_by("at", "number")


class Attempt(TenantModel):
    """One try to send: when, how long, what came back. Seconds are None where that step was not taken."""

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="attempt_log", db_constraint=False, db_index=False
    )
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    seconds = models.FloatField()
    # Parts of `seconds`; a connection that was still open needs no name, no connecting and no handshake.
    dns_seconds = models.FloatField(null=True)
    connect_seconds = models.FloatField(null=True)
    tls_seconds = models.FloatField(null=True)
    first_byte_seconds = models.FloatField(null=True)
    # Lines of `name: value`; of secret values only the last characters (`…a1b2`).
    request_headers = models.TextField(blank=True, default="", db_default="")
    address = models.CharField(max_length=64, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    # One word for the kind of failure: dns, blocked_address, connect, tls, timeout, reset, status, mail,
    # configuration; empty on success.
    error = models.CharField(max_length=32, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    # The first 16 KiB of the answer's body, as it came.
    response = models.BinaryField(default=bytes)
    # None: it was the last one of this sending.
    next_attempt_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(AttemptQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["organization", "delivery", "number"], name="attempt_delivery")]

    def __str__(self) -> str:
        return f"{self.number} of {self.delivery_id}"
