from datetime import datetime
from typing import Self

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Least

from labelops.tenancy.models import Organization, TenantModel, TenantQuerySet
from labelops.tenancy.models.base import TenantManager

# The outbox inserts endpoints by SQL, so what it does not name has its default in the database.
NOTHING = Value(b"")


class EndpointQuerySet(TenantQuerySet):
    def registered(self) -> Self:
        """Those that people set up, without the ones that stand for a `callback_url`."""
        return self.filter(is_ad_hoc=False)

    def not_deleted(self) -> Self:
        return self.exclude(status=Endpoint.Status.DELETED)

    def with_health(self) -> Self:
        """With `health` (EndpointHealth; missing before the first attempt) and `oldest_due_at` (of what waits)."""
        deliveries = apps.get_model("callbacks", "Delivery").objects.order_by("due_at")
        waiting = deliveries.filter(endpoint_id=OuterRef("pk"), status="pending", is_head=True)
        # One short look into the index for each kind: a dead endpoint may have a hundred thousand waiting.
        oldest = [Subquery(waiting.filter(priority=number).values("due_at")[:1]) for number in (0, 1, 2)]
        return self.select_related("health").annotate(oldest_due_at=Least(*oldest))


class Endpoint(TenantModel):
    """An address that is told of events: set up by people, or standing for a `callback_url` (`is_ad_hoc`)."""

    class Profile(models.TextChoices):
        STANDARD = "standard", "Standard Webhooks"
        SCALE = "scale", "Scale"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        DISABLED = "disabled", "Disabled"
        # The row stays for the log of what was sent there.
        DELETED = "deleted", "Deleted"

    url = models.CharField(max_length=2048)
    description = models.CharField(max_length=255, blank=True)
    # Ids of other apps' rows are plain: this app knows no other.
    project_id = models.UUIDField(null=True, blank=True)
    # Empty: every type. The types: callbacks.catalogue.
    event_types = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    profile = models.CharField(max_length=16, choices=Profile, default=Profile.STANDARD)
    is_ad_hoc = models.BooleanField(default=False)
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    # `whsec_…`, encrypted at rest (labelops.tenancy.encryption), like every secret here; empty: none.
    secret = models.BinaryField(default=bytes)
    # The secrets before the last two rotations sign too, each until its time.
    previous_secret = models.BinaryField(default=bytes)
    previous_secret_until = models.DateTimeField(null=True)
    older_secret = models.BinaryField(default=bytes, db_default=NOTHING)
    older_secret_until = models.DateTimeField(null=True)
    # `whsk_…` (ed25519): signs as `v1a` beside `v1`. `services.public_key_of` has what receivers need.
    signing_key = models.BinaryField(default=bytes, db_default=NOTHING)
    # One more header that every request carries; its value is a secret.
    header_name = models.CharField(max_length=64, blank=True, default="", db_default="")
    header_value = models.BinaryField(default=bytes, db_default=NOTHING)
    # Also `Toloka-Signature`, under the newest secret.
    has_toloka_signature = models.BooleanField(default=False, db_default=False)
    # PEM: certificate chain and private key, shown to receivers that ask for one (mTLS).
    client_certificate = models.BinaryField(default=bytes, db_default=NOTHING)
    # None: CALLBACK_TIMEOUT_SECONDS.
    timeout_seconds = models.PositiveSmallIntegerField(null=True, blank=True)
    # Requests a second at most; None: as many as CALLBACK_IN_FLIGHT_PER_ENDPOINT allows.
    rate_limit = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True)
    # One sentence for people: who or what disabled it.
    disabled_reason = models.CharField(max_length=255, blank=True)
    # By a 410, or after five days of failures; people are told of that by mail.
    is_disabled_by_engine = models.BooleanField(default=False, db_default=False)

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


class EndpointHealth(models.Model):
    """How an endpoint has answered lately, written by the deliverer only; none before the first attempt.

    Apart from the endpoint, which every publisher reads and which therefore should not change all the time.
    """

    endpoint = models.OneToOneField(
        Endpoint, primary_key=True, on_delete=models.CASCADE, related_name="health", db_constraint=False
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    # As Attempt.error and Attempt.detail, of the last failure.
    last_error = models.CharField(max_length=32, blank=True, default="")
    last_detail = models.CharField(max_length=255, blank=True, default="")
    # When a callback was given up last, and when that was last told by mail.
    last_dead_at = models.DateTimeField(null=True)
    dead_alerted_at = models.DateTimeField(null=True)
    # The first failure since the last success, and how many there were since.
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    # Of the five minutes that began then: what the breaker judges by.
    window_started_at = models.DateTimeField(null=True)
    window_attempts = models.PositiveIntegerField(default=0)
    window_failures = models.PositiveIntegerField(default=0)
    # Of this day (UTC) and of the last one before it on which there were attempts.
    day_started_at = models.DateTimeField(null=True)
    day_attempts = models.PositiveIntegerField(default=0)
    day_failures = models.PositiveIntegerField(default=0)
    prior_day_attempts = models.PositiveIntegerField(default=0)
    prior_day_failures = models.PositiveIntegerField(default=0)
    # The breaker: None is closed, a time ahead is open, a time gone by is half open (one probe at a time).
    open_until = models.DateTimeField(null=True)
    # How often it opened since it was closed; the pause doubles with each.
    trips = models.PositiveSmallIntegerField(default=0)
    # How many at once while it recovers or asked for less; None: as many as the setting allows.
    in_flight_cap = models.PositiveSmallIntegerField(null=True)
    # The token bucket of `rate_limit`.
    tokens = models.FloatField(default=0)
    tokens_at = models.DateTimeField(null=True)
    # What was told by mail since the last success: 24h, 72h, disabled.
    alerted = ArrayField(models.CharField(max_length=16), default=list)

    objects = TenantManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "endpoint"], name="endpoint_health_once")]

    def __str__(self) -> str:
        return f"health of {self.endpoint_id}"

    def breaker(self, now: datetime) -> str:
        """`closed`, `open` or `half_open`."""
        if self.open_until is None:
            return "closed"
        return "open" if self.open_until > now else "half_open"

    @property
    def recent_attempts(self) -> int:
        """Of the last day with attempts and the one before it: the n of `failure_rate`."""
        return self.day_attempts + self.prior_day_attempts

    @property
    def failure_rate(self) -> float | None:
        """Share (0..1) of `recent_attempts` that failed; None without any."""
        if not self.recent_attempts:
            return None
        return (self.day_failures + self.prior_day_failures) / self.recent_attempts
