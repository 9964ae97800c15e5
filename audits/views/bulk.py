"""Many tasks at once: those chosen on the page, or all that match its filter."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audits.models import BulkJob
from audits.services.bulk import change_tasks, checked_wish, in_words
from audits.services.bulk_jobs import create_bulk_job
from audits.services.sampling import SampleSize
from audits.services.sessions import open_session
from audits.tasks import nudge_bulk_job
from audits.views.filtering import given_filter
from labelops.errors import Forbidden, InvalidInput, NotFound
from labelops.tenancy.decorators import requires
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.permissions import Permission

AUDIT = "audit"


@require_POST
@requires(Permission.VIEW_TASKS)
def change(request: HttpRequest) -> HttpResponse:
    """`action` with the tasks in `ids` or, with `all`, with those that match `query`, the filter of the page."""
    query = QueryDict(request.POST.get("query", ""))
    if request.POST.get("action") == AUDIT:
        return _audit(request, query)
    wish = checked_wish(action=request.POST.get("action", ""), tags=request.POST.get("tags", "").split(","))
    if request.POST.get("all"):
        return _as_job(request, wish, query)
    outcome = change_tasks(by=request.membership, task_ids=_ids(request), wish=wish, now=timezone.now())
    (messages.success if outcome.changed else messages.warning)(request, in_words(wish, outcome))
    return redirect(_back(request))


def _ids(request: HttpRequest) -> list[UUID]:
    found = list(filter(None, map(parse_public_id, request.POST.getlist("ids"))))
    if not found:
        raise InvalidInput(_("Choose at least one task first."))
    return found


def _back(request: HttpRequest) -> str:
    where, own = request.POST.get("back", ""), reverse("audits:tasks", args=[request.organization.slug])
    return where if where.startswith(own) and url_has_allowed_host_and_scheme(where, allowed_hosts=None) else own


def _audit(request: HttpRequest, query: QueryDict) -> HttpResponse:
    """A session over exactly the chosen tasks; for all that match, the page that draws of them."""
    if not request.membership.may(Permission.DRAW_SAMPLE):
        raise Forbidden()
    slug = request.organization.slug
    if request.POST.get("all"):
        return redirect(f"{reverse('audits:new_session', args=[slug])}?{query.urlencode()}")
    chosen = ",".join(task_id.hex for task_id in _ids(request))
    session = open_session(opener=request.membership, filter={"ids": chosen}, size=SampleSize(), now=timezone.now())
    return redirect("audits:workspace", slug, session.pk)


def _as_job(request: HttpRequest, wish: Any, query: QueryDict) -> HttpResponse:
    job = create_bulk_job(by=request.membership, wish=wish, filter=given_filter(query), now=timezone.now())
    transaction.on_commit(lambda: nudge_bulk_job(job.organization_id, job.pk), robust=True)
    return redirect("audits:bulk_job", request.organization.slug, job.pk)


@require_GET
@requires(Permission.VIEW_TASKS)
def job(request: HttpRequest, job: UUID) -> HttpResponse:
    """Its progress; htmx asks for `state` alone, every second until it is over."""
    found = BulkJob.objects.for_organization(request.organization).select_related("created_by").filter(pk=job).first()
    if found is None:
        raise NotFound(_("There is no bulk job with this id."))
    query = QueryDict(mutable=True)
    for name, value in found.filter.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    context = {"job": found, "tags": ", ".join(map(str, found.tags)), "query": query.urlencode()}
    return render(request, "audits/bulk_job.html#state" if request.htmx else "audits/bulk_job.html", context)
