from typing import Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from labelops.tenancy.identifiers import uuid7


class UserQuerySet(models.QuerySet):
    def members_of(self, organization: models.Model) -> Self:
        active = {"memberships__organization": organization, "memberships__is_active": True}
        return self.filter(is_active=True, **active).order_by("email")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def get_by_natural_key(self, username: str) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. Belongs to no tenant: memberships say where they may go and what they may do there."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    # An account for the performers' workspace: never a member of an organization, so that no requester's page opens.
    is_performer = models.BooleanField(default=False, db_default=False)
    # Of the pages; empty: as the browser wishes. The API speaks English.
    language = models.CharField(max_length=16, blank=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self: Self) -> str:
        return self.name or self.email
