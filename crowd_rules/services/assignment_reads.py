"""Reads of assignments with what was answered."""

from typing import Any

from django.utils.translation import gettext as _

from crowd_rules.models import Assignment
from labelops.errors import NotFound
from labelops.tenancy.models import Organization


def find_assignment(*, organization: Organization, assignment_id: Any) -> Assignment:
    """With its suite and its solutions in the order of the page. Raises NotFound."""
    rows = Assignment.objects.for_organization(organization).with_suite().with_solutions()
    found = rows.filter(pk=assignment_id).first()
    if found is None:
        raise NotFound(_("There is no such assignment."))
    return found
