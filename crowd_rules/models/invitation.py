from typing import Self

from django.db import models
from django.db.models.functions import Now

from audits.models import Performer
from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class PerformerInvitationQuerySet(TenantQuerySet):
    def open(self) -> Self:
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=Now())


class PerformerInvitation(TenantModel):
    """A way into the workspace for one performer, sent by e-mail; of the link's token only the hash is kept."""

    performer = models.ForeignKey(
        Performer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    email = models.EmailField()
    token_hash = models.BinaryField(unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(PerformerInvitationQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["organization", "performer"], name="performer_invitation")]

    def __str__(self) -> str:
        return self.email
