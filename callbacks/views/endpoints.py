"""Endpoints: the list with their health, one of them, and setting one up."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from callbacks import services
from callbacks.forms import EndpointForm, ReasonForm, RotationForm
from callbacks.models import Delivery, Endpoint, Replay
from callbacks.projects import names_of, project_names
from callbacks.views.lists import ENDPOINTS, EndpointFilter, endpoint_bar, without_seen
from callbacks.views.showing import endpoint_state, find_endpoint, health_of, live_page, rows_of, short_address
from labelops.errors import InvalidInput, NotFound
from labelops.lists.paging import keyset_page
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import show_errors
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context

SHOWN_DELIVERIES, SHOWN_REPLAYS = 10, 5


@require_GET
@requires(Permission.MANAGE_CALLBACKS)
def endpoint_list(request: HttpRequest) -> HttpResponse:
    now, asked = timezone.now(), without_seen(request.GET)
    filtering, context = EndpointFilter(asked), list_context(request, ENDPOINTS)
    endpoints = filtering.of(Endpoint.objects.for_organization(request.organization).not_deleted().with_health())
    page = keyset_page(endpoints.defer("client_certificate"), data=asked, by=context["table"].order_by)
    rows = [_row(one, now) for one in page.rows]
    projects = names_of(request.organization, {one.project_id for one in page.rows if one.project_id})
    for row in rows:
        row["project"] = projects.get(row["endpoint"].project_id)
    context |= {
        "page": page,
        "rows": rows,
        "now": now,
        "bar": endpoint_bar(filtering),
        "is_ad_hoc": filtering.is_ad_hoc,
        "clear_url": f"{request.path}?kind=callback_url" if filtering.is_ad_hoc else request.path,
        "back": f"{request.path}?{asked.urlencode()}",
    }
    return live_page(request, "callbacks/endpoints.html", "endpoint-list", context, [row["mark"] for row in rows])


def _row(endpoint: Endpoint, now: Any) -> dict[str, Any]:
    health, state = health_of(endpoint), endpoint_state(endpoint, now)
    told = (health.last_success_at, health.recent_attempts, health.failure_rate) if health else ()
    mark = (endpoint.pk, state, endpoint.url, endpoint.description, endpoint.oldest_due_at, *told)
    rate = health.failure_rate if health else None
    is_late = bool(endpoint.oldest_due_at) and endpoint.oldest_due_at < now
    return {"endpoint": endpoint, "health": health, "state": state, "mark": mark, "is_late": is_late,
            "percent": None if rate is None else rate * 100}  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_CALLBACKS)
def new_endpoint(request: HttpRequest) -> HttpResponse:
    """The form; after it the page with the secret in it, the one time that it is shown: so there is no redirect."""
    form = EndpointForm(request.POST or None, projects=project_names(request.organization))
    if request.method == "POST" and form.is_valid() and (made := _created(request, form)):
        endpoint, secret, test = made
        context = {"endpoint": endpoint, "secret": secret, "rows": rows_of([test] if test else [], timezone.now())}
        return render(request, "callbacks/endpoint_made.html", context)
    return render(request, "callbacks/endpoint_form.html", {"form": form}, status=400 if form.errors else 200)


def _created(request: HttpRequest, form: EndpointForm) -> tuple[Endpoint, str, Delivery | None] | None:
    now, url = timezone.now(), form.cleaned_data["url"]
    try:
        with transaction.atomic():
            endpoint, secret = services.create_endpoint(
                organization=request.organization, actor=request.user, url=url, now=now, **form.options
            )
    except InvalidInput as error:
        show_errors(form, error.message, error.fields)
        return None
    if not form.cleaned_data["sends_test"]:
        return endpoint, secret, None
    test = services.send_test_event(organization=request.organization, endpoint_id=endpoint.pk, now=now)
    return endpoint, secret, test


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_CALLBACKS)
def edit_endpoint(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    found = find_endpoint(request, endpoint)
    if found.is_ad_hoc or found.status == Endpoint.Status.DELETED:
        raise NotFound(_("There is no endpoint with this id that can be changed."))
    projects = project_names(request.organization, found.project_id)
    form = EndpointForm(request.POST or None, projects=projects, endpoint=found)
    if request.method == "POST" and form.is_valid() and _changed(request, found, form):
        messages.success(request, _("Saved. What waits goes by the new settings."))
        return redirect("callbacks:endpoint", request.organization.slug, found.pk)
    context = {"form": form, "endpoint": found}
    return render(request, "callbacks/endpoint_form.html", context, status=400 if form.errors else 200)


def _changed(request: HttpRequest, endpoint: Endpoint, form: EndpointForm) -> bool:
    changes = {"url": form.cleaned_data["url"], **form.options}
    try:
        with transaction.atomic():
            services.update_endpoint(
                organization=request.organization,
                actor=request.user,
                endpoint_id=endpoint.pk,
                now=timezone.now(),
                **changes,
            )
    except InvalidInput as error:
        show_errors(form, error.message, error.fields)
    return not form.errors


@require_GET
@requires(Permission.MANAGE_CALLBACKS)
def endpoint_detail(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    context, state = endpoint_context(request, endpoint)
    return live_page(request, "callbacks/endpoint.html", "endpoint-live", context, state)


def endpoint_context(request: HttpRequest, endpoint: UUID) -> tuple[dict[str, Any], Any]:
    """What one endpoint's page shows, and what it changes with."""
    now, organization = timezone.now(), request.organization
    found = find_endpoint(request, endpoint)
    log = Delivery.objects.for_organization(organization).filtered(endpoint_id=found.pk).log()
    rows = rows_of(log[:SHOWN_DELIVERIES], now)
    replays = Replay.objects.for_organization(organization).filter(endpoint=found).newest_first()[:SHOWN_REPLAYS]
    row = _row(found, now)
    context = row | {
        "now": now,
        "rows": rows,
        "replays": list(replays),
        "project": names_of(organization, {found.project_id} - {None}).get(found.project_id),
        "short_address": short_address(found.url),
        "reason_form": ReasonForm(),
        "rotation_form": RotationForm(),
        "public_key": services.public_key_of(found),
        "old_until": _old_until(found, now),
    }
    sent = [(one.pk, one.status, one.queued, one.delivered, one.failed) for one in context["replays"]]
    return context, (row["mark"], [one.mark for one in rows], sent)


def _old_until(endpoint: Endpoint, now: Any) -> Any:
    """Until when an older secret signs too; None where none does."""
    ends = [one for one in (endpoint.previous_secret_until, endpoint.older_secret_until) if one and one > now]
    return max(ends, default=None)
