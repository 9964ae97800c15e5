"""A performer's answers judged by the project's own fields before they are handed in."""

from datetime import datetime
from typing import Any

from django.db import transaction

from audits.models import Performer
from crowd_rules.engine.field_specs import value_problems
from crowd_rules.engine.validation import Problem
from crowd_rules.models import Assignment
from crowd_rules.services.crowd_projects import newest_versions
from crowd_rules.services.refusals import InvalidFields
from crowd_rules.services.submitting import submit_assignment
from labelops.tenancy.models import Organization


@transaction.atomic(savepoint=False)
def submit_by_spec(
    *, organization: Organization, performer: Performer, assignment_id: Any, solutions: list[Any], now: datetime
) -> Assignment:
    """As `submit_assignment`; fields that the project's `output_spec` does not have or take are refused.

    Raises InvalidFields (`solutions.<n>.output_values.<field>`) and what `submit_assignment` raises.
    """
    spec = _output_spec(organization, performer, assignment_id)
    problems: list[Problem] = []
    for number, one in enumerate(solutions):
        if isinstance(one, dict) and isinstance(one.get("output_values"), dict):
            path = f"solutions.{number}.output_values"
            problems += value_problems(spec, one["output_values"], path, strict=True)
    if problems:
        raise InvalidFields(problems)
    return submit_assignment(organization=organization, performer=performer, assignment_id=assignment_id,
                             solutions=solutions, now=now)  # fmt: skip


def _output_spec(organization: Organization, performer: Performer, assignment_id: Any) -> Any:
    rows = Assignment.objects.for_organization(organization).of_performer(performer).filter(pk=assignment_id)
    projects = rows.values_list("pool__project_id", flat=True)
    version = next(iter(newest_versions(organization, projects)), None)
    return version.params.get("output_spec") if version else None
