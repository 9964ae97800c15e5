from typing import Self

from django.db import models
from django.db.models.fetch_modes import FETCH_PEERS

from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models.organization import Organization


class TenantQuerySet(models.QuerySet):
    """The only door to tenant-owned rows in views and APIs is `for_organization`."""

    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization_id=organization.pk)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):
    def get_queryset(self) -> TenantQuerySet:
        # A forgotten select_related costs one statement, not one per row.
        return super().get_queryset().fetch_mode(FETCH_PEERS)


class TenantModel(models.Model):
    """A row that belongs to one organization: the first column of its every index and unique constraint."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)

    objects = TenantManager()

    class Meta:
        abstract = True
