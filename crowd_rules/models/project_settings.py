from django.db import models

from audits.models import Project
from labelops.tenancy.models import TenantModel


class ProjectSettings(TenantModel):
    """What the crowd dialect says of a project that no column of the project holds, as the wire brought it."""

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # {"public_description", "private_comment", "assignments_issuing_type", "metadata", …}
    settings = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "project"], name="project_settings_once")]

    def __str__(self) -> str:
        return str(self.project_id)
