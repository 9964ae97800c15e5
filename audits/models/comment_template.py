from typing import Self

from django.db import models
from django.db.models import F, Q

from labelops.tenancy.models import TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager


class CommentTemplateQuerySet(TenantQuerySet):
    def usable_by(self, user: User) -> Self:
        """The organization's and this person's own, their own first."""
        mine = self.filter(Q(user=user) | Q(user=None))
        return mine.order_by(F("user").asc(nulls_last=True), "id")


class CommentTemplate(TenantModel):
    """A sentence that auditors write often: the whole organization's, or one person's."""

    # None: everybody's.
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.TextField()
    created_at = models.DateTimeField()

    objects = TenantManager.from_queryset(CommentTemplateQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["organization", "user", "id"], name="comment_template_user")]

    def __str__(self) -> str:
        return self.text
