from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from labelops.tenancy.identifiers import uuid7


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            "“%(name)s” is no time zone. Use a name such as America/Los_Angeles or Europe/Berlin.",
            params={"name": name},
        )


class Organization(models.Model):
    """A tenant. Its test mode is a twin organization: same people, own data, own keys, `live` set."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    live = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="test")
    time_zone = models.CharField(max_length=64, default="America/Los_Angeles", validators=[validate_time_zone])
    lock_minutes = models.PositiveSmallIntegerField(default=15)
    callback_url = models.CharField(max_length=2048, blank=True)
    # On the live organization: what its twin has as `callback_url`. Test mode never tells a live receiver by default.
    test_callback_url = models.CharField(max_length=2048, blank=True)
    # Sent as `scale-callback-auth`; encrypted (labelops.tenancy.encryption).
    callback_auth_key = models.BinaryField(default=bytes)
    # Off: whoever may audit may audit every project. On: auditors see and audit only projects assigned to them.
    auditors_need_assignment = models.BooleanField(default=False)
    # On: what a verdict calls back waits until the verdict can be undone no more.
    hold_callbacks = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lock_minutes__gte=1, lock_minutes__lte=1440), name="organization_lock_minutes_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_test(self) -> bool:
        return self.live_id is not None

    @property
    def lock_seconds(self) -> int:
        return self.lock_minutes * 60
