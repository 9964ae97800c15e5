from typing import Self

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Concat, Now, Replace

from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Membership, TenantModel, TenantQuerySet, User
from labelops.tenancy.models.base import TenantManager
from labelops.tenancy.permissions import Role


def attachment_path(attachment: "Attachment", filename: str) -> str:
    """Under the organization's id, named by an id: nothing of what the sender called it reaches the disk."""
    return f"{attachment.organization_id.hex}/{attachment.id.hex[:2]}/{uuid7().hex}"


class AttachmentQuerySet(TenantQuerySet):
    def to_fetch(self) -> Self:
        """Those whose file has still to be fetched, and whose time has come."""
        return self.filter(state=Attachment.State.WAITING, next_try_at__lte=Now())

    def visible_to(self, membership: Membership) -> Self:
        """All, but for an auditor of an organization where auditors need an assignment: what a task of theirs names."""
        if membership.role != Role.AUDITOR or not membership.organization.auditors_need_assignment:
            return self
        tasks = apps.get_model("audits", "Task").objects.for_organization(membership.organization)
        # A parameter anywhere may name the file; the type decides where. One pass over the assigned projects' tasks.
        text = TextField()
        digits = Replace(Cast(OuterRef("pk"), text), Value("-"), Value(""), output_field=text)
        named = Concat(Value(Attachment.SCHEME, text), digits, output_field=text)
        mine = tasks.visible_to(membership).annotate(text=Cast("params", TextField()))
        return self.filter(Exists(mine.filter(text__contains=named)))


class Attachment(TenantModel):
    """A file kept in Django's storage. Tasks name it `labelops://<id>`; an authorised view serves it."""

    SCHEME = "labelops://"

    class State(models.TextChoices):
        KEPT = "kept", "Kept"
        WAITING = "waiting", "Waiting"
        FAILED = "failed", "Failed"

    file = models.FileField(upload_to=attachment_path, max_length=255)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    # The projects that whoever sent it named; says nothing about who may see it.
    project_names = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    # Where a worker fetches it, if it was not sent: until then there is no file, no size, no type.
    source_url = models.CharField(max_length=2048, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.KEPT)
    failure = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(AttachmentQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["kept", "waiting", "failed"]), name="attachment_state_known")
        ]
        indexes = [
            models.Index(fields=["organization", "sha256"], name="attachment_sha256"),
            models.Index(
                fields=["organization", "next_try_at"], name="attachment_to_fetch", condition=Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        return f"{self.SCHEME}{self.id.hex}"
