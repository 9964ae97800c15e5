from typing import Self

from django.db import models
from django.utils import timezone

from labelops.tenancy.models.base import TenantManager, TenantModel, TenantQuerySet
from labelops.tenancy.models.user import User


class SavedViewQuerySet(TenantQuerySet):
    def of_list(self, list: str, user: User) -> Self:
        return self.filter(list=list, user_id=user.pk).order_by("name")


class SavedView(TenantModel):
    """One person's way of looking at one list. The one without a name remembers the chosen columns."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    list = models.CharField(max_length=40)
    name = models.CharField(max_length=80, blank=True)
    # As in the address, from the first page on.
    query = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantManager.from_queryset(SavedViewQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user", "list", "name"], name="saved_view_name_unique")
        ]

    def __str__(self) -> str:
        return self.name
