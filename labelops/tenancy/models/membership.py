from typing import Self

from django.db import models
from django.utils import timezone

from labelops.tenancy.models.base import TenantManager, TenantModel, TenantQuerySet
from labelops.tenancy.models.user import User
from labelops.tenancy.permissions import Permission, Role, may, roles_that_may


class MembershipQuerySet(TenantQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def who_may(self, permission: Permission) -> Self:
        return self.active().filter(role__in=roles_that_may(permission), user__is_active=True)

    def with_people(self) -> Self:
        return self.select_related("user")

    def called_like(self, text: str) -> Self:
        return self.filter(models.Q(user__email__icontains=text) | models.Q(user__name__icontains=text))


class Membership(TenantModel):
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantManager.from_queryset(MembershipQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role}"

    def may(self, permission: Permission) -> bool:
        return may(self.role, permission)

    @property
    def needs_assignment(self) -> bool:
        """Whether this person sees and audits only the projects assigned to them. Reads `organization`."""
        return self.role == Role.AUDITOR and self.organization.auditors_need_assignment


class InvitationQuerySet(TenantQuerySet):
    def open(self) -> Self:
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())

    def for_members_page(self) -> Self:
        return self.select_related("invited_by").order_by("-created_at", "-id")


class Invitation(TenantModel):
    """A place offered by e-mail; the link carries a token of which only the hash is kept."""

    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role)
    token_hash = models.BinaryField(unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(InvitationQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["organization", "email"], name="invitation_email")]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"
