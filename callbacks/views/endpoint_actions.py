"""The buttons of an endpoint's page."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from callbacks import services
from callbacks.forms import ReasonForm, RotationForm
from callbacks.views.endpoints import endpoint_context
from labelops.errors import DomainError, InvalidInput, NotFound
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission

View = Callable[..., HttpResponse]


def back_to(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    return redirect("callbacks:endpoint", request.organization.slug, endpoint)


def refusals_come_back(view: View) -> View:
    """A domain error becomes a message on the endpoint's page; NotFound stays a 404."""

    @wraps(view)
    def guarded(request: HttpRequest, endpoint: UUID) -> HttpResponse:
        try:
            return view(request, endpoint)
        except NotFound:
            raise
        except DomainError as error:
            messages.error(request, error.message)
            return back_to(request, endpoint)

    return guarded


@never_cache
@require_POST
@requires(Permission.MANAGE_CALLBACKS)
@refusals_come_back
def rotate(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    """The endpoint's page with the new secret in it, the one time that it is shown."""
    form = RotationForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("Choose one of the times in the list."))
    overlap = timedelta(hours=form.cleaned_data["overlap_hours"])
    secret = services.rotate_secret(
        organization=request.organization, actor=request.user, endpoint_id=endpoint, now=timezone.now(), overlap=overlap
    )
    context, _state = endpoint_context(request, endpoint)
    return render(request, "callbacks/secret.html", context | {"secret": secret, "overlap": overlap})


@require_POST
@requires(Permission.MANAGE_CALLBACKS)
@refusals_come_back
def revoke(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    services.revoke_old_secrets(
        organization=request.organization, actor=request.user, endpoint_id=endpoint, now=timezone.now()
    )
    messages.success(request, _("Only the newest secret signs from now on."))
    return back_to(request, endpoint)


@require_POST
@requires(Permission.MANAGE_CALLBACKS)
@refusals_come_back
def send_test(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    test = services.send_test_event(organization=request.organization, endpoint_id=endpoint, now=timezone.now())
    messages.success(request, _("A test event is on its way."))
    return redirect("callbacks:delivery", request.organization.slug, test.pk)


@require_POST
@requires(Permission.MANAGE_CALLBACKS)
@refusals_come_back
def disable(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("Give the reason in at most 200 characters."))
    reason = form.cleaned_data["reason"] or _("Disabled by %(name)s.") % {"name": request.user}
    services.disable_endpoint(
        organization=request.organization, actor=request.user, endpoint_id=endpoint, reason=reason, now=timezone.now()
    )
    messages.success(request, _("Disabled. What happens from now on is held until you enable it."))
    return back_to(request, endpoint)


@require_POST
@requires(Permission.MANAGE_CALLBACKS)
@refusals_come_back
def enable(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    services.enable_endpoint(
        organization=request.organization, actor=request.user, endpoint_id=endpoint, now=timezone.now()
    )
    messages.success(request, _("Enabled. What was held goes out now, in the order in which it happened."))
    return back_to(request, endpoint)


@require_POST
@requires(Permission.MANAGE_CALLBACKS)
@refusals_come_back
def delete(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    services.delete_endpoint(
        organization=request.organization, actor=request.user, endpoint_id=endpoint, now=timezone.now()
    )
    messages.success(request, _("The endpoint is deleted. The log of what was sent there stays."))
    return redirect("callbacks:endpoints", request.organization.slug)
