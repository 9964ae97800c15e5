"""Projects and batches by id or by name, and what a call wants to have whole."""

from typing import Any

from rest_framework.request import Request

from audits.api.fields import Fields, Query, refuse
from audits.api.v2.shapes import Wanted
from audits.models import Batch, Project
from audits.services.intake import NO_SUCH_BATCH, NO_SUCH_PROJECT
from labelops.errors import NotFound
from labelops.tenancy.identifiers import parse_public_id

EXPANDABLE = ("project", "batch", "delivery")


def read_expand(query: Query) -> Wanted:
    wanted = frozenset(query.texts("expand"))
    return wanted if wanted <= {*EXPANDABLE} else refuse("expand", f"must be some of {', '.join(EXPANDABLE)}.")


def projects_of(request: Request) -> Any:
    return Project.objects.for_organization(request.organization).visible_to(request.membership)


def batches_of(request: Request) -> Any:
    batches = Batch.objects.for_organization(request.organization).visible_to(request.membership)
    return batches.select_related("project")


def called(rows: Any, by_id: str, by_name: str) -> Any:
    """The rows with this public id or this name; none of them where neither is given."""
    if by_id:
        public_id = parse_public_id(by_id)
        return rows.filter(pk=public_id) if public_id else rows.none()
    return rows.filter(name=by_name) if by_name else rows.none()


def find_project(request: Request, by_id: str, by_name: str) -> Project:
    if not (by_id or by_name):
        refuse("project_id", "or project_name is required.")
    found = called(projects_of(request), by_id, by_name).select_related("organization").first()
    if found is None:
        raise NotFound(NO_SUCH_PROJECT)
    return found


def find_batch(request: Request, by_id: str, by_name: str) -> Batch:
    if not (by_id or by_name):
        refuse("batch_id", "or batch_name is required.")
    found = called(batches_of(request), by_id, by_name).first()
    if found is None:
        raise NotFound(NO_SUCH_BATCH)
    return found


def named_batch(request: Request, fields: Fields) -> Batch:
    return find_batch(request, fields.text("batch_id") or "", fields.text("batch_name") or "")
