"""The log of deliveries, one delivery with its attempts, and sending again."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from callbacks import services
from callbacks.filters import DeliveryFilter
from callbacks.hidden import is_hidden
from callbacks.models import Attempt, Delivery, Endpoint
from callbacks.paging import counted, log_page, query_with
from callbacks.services.deliveries import ENDED
from callbacks.views.lists import DELIVERIES
from callbacks.views.showing import (
    delivery_state,
    find_delivery,
    health_of,
    live_page,
    pretty_body,
    rows_of,
    shown_attempt,
)
from labelops.errors import Conflict, InvalidInput
from labelops.lists.chips import Chip
from labelops.tenancy.decorators import requires
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context

SHOWN_ATTEMPTS = 60
MOST_ENDPOINTS = 300


@require_GET
@requires(Permission.MANAGE_CALLBACKS)
def delivery_log(request: HttpRequest) -> HttpResponse:
    now, organization = timezone.now(), request.organization
    form = _filter_form(request)
    matching = form.apply(Delivery.objects.for_organization(organization))
    page = log_page(matching, request.GET)
    rows = rows_of(page.rows, now)
    chips = _chips(form, request.GET)
    context = list_context(request, DELIVERIES) | {
        "form": form,
        "chips": chips,
        "page": page,
        "rows": rows,
        "now": now,
        "summary": _summary(matching),
        "back": request.path + query_with(request.GET),
        "has_endpoints": len(form.fields["endpoint"].widget.choices) > 1 if not rows else True,
    }
    state = (context["summary"], [row.mark for row in rows])
    return live_page(request, "callbacks/deliveries.html", "delivery-log", context, state)


def _filter_form(request: HttpRequest) -> DeliveryFilter:
    endpoints = Endpoint.objects.for_organization(request.organization).not_deleted()
    offered = list(endpoints.registered().order_by("-id").values_list("pk", "url")[:MOST_ENDPOINTS])
    given = parse_public_id(request.GET.get("endpoint", ""))
    if given and given not in dict(offered):
        # One that stands for a callback_url, or is deleted: the address of the page may name it all the same.
        mine = Endpoint.objects.for_organization(request.organization)
        offered += mine.filter(pk=given).values_list("pk", "url")
    zone = ZoneInfo(request.organization.time_zone)
    return DeliveryFilter(request.GET, zone=zone, endpoints=[(key.hex, url) for key, url in offered])


def _chips(form: DeliveryFilter, data: QueryDict) -> tuple[Chip, ...]:
    found: list[Chip] = []
    for name, field in form.fields.items():
        value = data.get(name, "")
        if value:
            words = dict(getattr(field.widget, "choices", None) or [])
            shown = str(words.get(value, value))
            found.append(Chip(str(field.label), shown, query_with(data, **{name: ""})))
    return tuple(found)


def _summary(matching: Any) -> str:
    number, has_more = counted(matching)
    if has_more:
        return _("More than %(number)s deliveries") % {"number": f"{number:,}"}
    return ngettext("%(number)s delivery", "%(number)s deliveries", number) % {"number": f"{number:,}"}


@require_GET
@requires(Permission.MANAGE_CALLBACKS)
def delivery_detail(request: HttpRequest, delivery: UUID) -> HttpResponse:
    now, found = timezone.now(), find_delivery(request, delivery)
    attempts = Attempt.objects.for_organization(request.organization).of_delivery(found.pk).reverse()
    hidden = is_hidden(found, request.membership)
    shown = [] if hidden else [shown_attempt(one) for one in attempts[:SHOWN_ATTEMPTS]]
    state = delivery_state(found, now)
    context = {
        "delivery": found,
        "state": state,
        "now": now,
        "is_due": found.due_at <= now,
        "paused_until": _paused_until(found, now),
        "attempts": shown,
        "is_hidden": hidden,
        "body": "" if hidden else pretty_body(found.event),
        "body_bytes": len(bytes(found.event.body)),
        "sha256": bytes(found.event.sha256).hex(),
        "may_resend": found.status in ENDED and found.endpoint.status == Endpoint.Status.ACTIVE,
        "may_cancel": found.status in (Delivery.Status.PENDING, Delivery.Status.HELD),
        "subject": "task" if found.event.type.startswith("task.") else "",
    }
    mark = (state, found.attempts, found.due_at, len(shown), found.endpoint.status)
    return live_page(request, "callbacks/delivery.html", "delivery-live", context, mark)


def _paused_until(delivery: Delivery, now: datetime) -> datetime | None:
    """When the breaker of its endpoint lets the next trial through; None where it stands in nobody's way."""
    health = health_of(delivery.endpoint)
    return health.open_until if health and health.open_until and health.open_until > now else None


@require_POST
@requires(Permission.MANAGE_CALLBACKS)
def resend(request: HttpRequest, delivery: UUID) -> HttpResponse:
    try:
        services.resend_delivery(organization=request.organization, delivery_id=delivery, now=timezone.now())
        messages.success(request, _("On its way again, with the same id and the same bytes."))
    except Conflict as error:
        messages.error(request, error.message)
    return redirect("callbacks:delivery", request.organization.slug, delivery)


@require_POST
@requires(Permission.MANAGE_CALLBACKS)
def cancel(request: HttpRequest, delivery: UUID) -> HttpResponse:
    try:
        services.cancel_delivery(organization=request.organization, delivery_id=delivery, now=timezone.now())
        messages.success(request, _("Canceled. It can be sent again at any time."))
    except Conflict as error:
        messages.error(request, error.message)
    return redirect("callbacks:delivery", request.organization.slug, delivery)


@require_POST
@requires(Permission.MANAGE_CALLBACKS)
def replay_chosen(request: HttpRequest) -> HttpResponse:
    chosen = {parse_public_id(text) for text in request.POST.getlist("delivery")} - {None}
    if not chosen:
        raise InvalidInput(_("Choose the deliveries that are to be sent again."))
    number = services.replay_deliveries(organization=request.organization, delivery_ids=chosen, now=timezone.now())
    tell_replayed(request, number, len(chosen))
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("callbacks:deliveries", request.organization.slug)


def tell_replayed(request: HttpRequest, number: int, chosen: int) -> None:
    said = ngettext("%(n)s is on its way again.", "%(n)s are on their way again.", number) % {"n": f"{number:,}"}
    left = chosen - number
    if left:
        said += " " + _("%(n)s were left: they wait already, or their endpoint is disabled.") % {"n": f"{left:,}"}
    (messages.success if number else messages.warning)(request, said)
