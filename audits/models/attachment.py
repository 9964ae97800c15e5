from django.db import models

from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import TenantModel, User


def attachment_path(attachment: "Attachment", filename: str) -> str:
    """Under the organization's id, named by an id: nothing of what the sender called it reaches the disk."""
    return f"{attachment.organization_id.hex}/{attachment.id.hex[:2]}/{uuid7().hex}"


class Attachment(TenantModel):
    """A file kept in Django's storage. Tasks name it `labelops://<id>`; an authorised view serves it."""

    SCHEME = "labelops://"

    file = models.FileField(upload_to=attachment_path, max_length=255)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organization", "sha256"], name="attachment_sha256")]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        return f"{self.SCHEME}{self.id.hex}"
