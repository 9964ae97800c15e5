"""Projects, of which this app knows a name and an id: the model that the settings name (`CALLBACK_PROJECT_MODEL`)."""

from uuid import UUID

from django.apps import apps
from django.conf import settings

from labelops.tenancy.models import Organization

MOST_CHOICES = 500


def project_names(organization: Organization, *also: UUID | None) -> dict[UUID, str]:
    """The newest projects, and those that are asked for beside them; by id."""
    projects = _projects(organization)
    found = dict(projects.order_by("-id").values_list("pk", "name")[:MOST_CHOICES])
    missing = {one for one in also if one} - set(found)
    return found | (dict(projects.filter(pk__in=missing).values_list("pk", "name")) if missing else {})


def names_of(organization: Organization, project_ids: set[UUID]) -> dict[UUID, str]:
    if not project_ids:
        return {}
    return dict(_projects(organization).filter(pk__in=project_ids).values_list("pk", "name"))


def project_named(organization: Organization, name: str) -> UUID | None:
    """The id of the project with this name; None where there is none."""
    return _projects(organization).filter(name=name).values_list("pk", flat=True).first()


def _projects(organization: Organization) -> object:
    return apps.get_model(settings.CALLBACK_PROJECT_MODEL).objects.for_organization(organization)
