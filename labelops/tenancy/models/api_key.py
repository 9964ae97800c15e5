from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labelops.tenancy.models.base import TenantManager, TenantModel, TenantQuerySet
from labelops.tenancy.models.user import User


class Scope(models.TextChoices):
    TASKS_READ = "tasks:read", _("Read tasks, batches, projects and audits")
    TASKS_WRITE = "tasks:write", _("Create and change tasks, batches and projects")
    AUDITS_WRITE = "audits:write", _("Audit tasks and run audit sessions")
    CALLBACKS = "callbacks", _("Read and set up callbacks")
    TEAM = "team", _("Read and change the team")


class ApiKeyQuerySet(TenantQuerySet):
    def for_keys_page(self) -> Self:
        return self.select_related("user", "organization")

    def usable(self) -> Self:
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=Now()), revoked_at=None)

    def ended(self) -> Self:
        return self.filter(models.Q(revoked_at__isnull=False) | models.Q(expires_at__lte=Now()))


class ApiKey(TenantModel):
    """A key of one organization (so of live or of test mode) that acts for one of its members."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    public_id = models.CharField(max_length=8, unique=True)
    secret_hash = models.BinaryField()
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(ApiKeyQuerySet)()

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        """What of the key may be shown: enough to tell it from others, not to use it."""
        return f"labelops_{'test' if self.organization.is_test else 'live'}_{self.public_id}_…"

    @property
    def is_usable(self) -> bool:
        return not self.revoked_at and (self.expires_at is None or self.expires_at > timezone.now())
