"""What every page of one pool begins with."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from crowd_rules.models import Pool, Skill
from crowd_rules.services.pools import find_pool
from labelops.tenancy.models import Organization

MOST_SKILLS = 1000


def pool_of(request: HttpRequest, pool: UUID) -> Pool:
    """The pool with its project, both with their organization at hand. Raises NotFound."""
    found = find_pool(organization=request.organization, pool_id=pool)
    found.project.organization = request.organization
    return found


def skills_of(organization: Organization) -> dict[str, str]:
    """Names of the skills by their ids, in order."""
    rows = Skill.objects.for_organization(organization).order_by("name").values_list("pk", "name")
    return {key.hex: name for key, name in rows[:MOST_SKILLS]}


def to_pool(request: HttpRequest, pool: UUID) -> HttpResponse:
    return redirect("crowd_rules:pool", request.organization.slug, pool)
