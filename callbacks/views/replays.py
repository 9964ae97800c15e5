"""A range of an endpoint's past, sent again: counted first, then confirmed, watched, and canceled."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from callbacks import services
from callbacks.forms import ReplayForm
from callbacks.models import Endpoint, Replay
from callbacks.views.showing import find_endpoint
from labelops.errors import Conflict, DomainError, InvalidInput, NotFound
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import show_errors
from labelops.tenancy.permissions import Permission

FIELDS = ("since", "until", "statuses", "event_types")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_CALLBACKS)
def replay_range(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    """GET counts what the form names and changes nothing; POST starts it."""
    found, now = find_endpoint(request, endpoint), timezone.now()
    zone = ZoneInfo(request.organization.time_zone)
    is_asked = request.method == "POST" or "since" in request.GET
    given = request.POST if request.method == "POST" else request.GET
    form = ReplayForm(given if is_asked else None, zone=zone, initial=_last_day(now, zone))
    if request.method == "POST" and form.is_valid() and _started(request, found, form, now):
        return redirect("callbacks:endpoint", request.organization.slug, found.pk)
    number = _count(request, found, form) if is_asked and request.method != "POST" and form.is_valid() else None
    context = {"endpoint": found, "form": form, "number": number, "chosen": _chosen(form), "zone": zone.key}
    context["is_active"] = found.status == Endpoint.Status.ACTIVE
    return render(request, "callbacks/replay.html", context, status=400 if form.errors else 200)


def _last_day(now: datetime, zone: ZoneInfo) -> dict[str, str]:
    local = now.astimezone(zone).replace(microsecond=0, tzinfo=None)
    return {"since": (local - timedelta(days=1)).isoformat(), "until": local.isoformat()}


def _started(request: HttpRequest, endpoint: Endpoint, form: ReplayForm, now: datetime) -> bool:
    try:
        replay = services.start_replay(
            organization=request.organization, actor=request.user, endpoint_id=endpoint.pk, now=now,
            **form.cleaned_data,
        )  # fmt: skip
    except (InvalidInput, Conflict) as error:
        show_errors(form, error.message, getattr(error, "fields", {}))
        return False
    messages.success(request, _("The replay has begun: %(n)s in all.") % {"n": f"{replay.total:,}"})
    return True


def _count(request: HttpRequest, endpoint: Endpoint, form: ReplayForm) -> int | None:
    try:
        return services.count_replay(organization=request.organization, endpoint_id=endpoint.pk, **form.cleaned_data)
    except InvalidInput as error:
        show_errors(form, error.message, error.fields)
        return None


def _chosen(form: ReplayForm) -> list[tuple[str, Any]]:
    """What was counted, to be sent with the button that starts it."""
    if not form.is_bound:
        return []
    return [(name, value) for name in FIELDS for value in form.data.getlist(name)]


@require_POST
@requires(Permission.MANAGE_CALLBACKS)
def cancel(request: HttpRequest, replay: UUID) -> HttpResponse:
    mine = Replay.objects.for_organization(request.organization).filter(pk=replay).first()
    if mine is None:
        raise NotFound(_("There is no replay with this id."))
    try:
        services.cancel_replay(organization=request.organization, replay_id=replay, now=timezone.now())
        messages.success(request, _("Canceled: what was not sent yet is as it was before."))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("callbacks:endpoint", request.organization.slug, mine.endpoint_id)
