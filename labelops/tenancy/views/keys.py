from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labelops.errors import InvalidInput
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import KeyForm, show_errors
from labelops.tenancy.models import User
from labelops.tenancy.permissions import Permission
from labelops.tenancy.services.keys import create_api_key, list_api_keys, revoke_api_key, rotate_api_key
from labelops.tenancy.services.organizations import callback_auth_keys
from labelops.tenancy.views.refusals import at_live, refusals_return_to


@require_safe
@requires(Permission.MANAGE_KEYS)
@at_live
def keys(request: HttpRequest) -> HttpResponse:
    return _page(request, _form(request))


@require_POST
@never_cache
@requires(Permission.MANAGE_KEYS)
@at_live
def create(request: HttpRequest) -> HttpResponse:
    """The page with the new key's text in it: the one time that it is shown, so there is no redirect."""
    form = _form(request)
    return _page(request, form, text=_created(request, form) if form.is_valid() else "")


@require_POST
@never_cache
@requires(Permission.MANAGE_KEYS)
@at_live
@refusals_return_to("tenancy:keys")
def rotate(request: HttpRequest, public_id: str) -> HttpResponse:
    _, text = rotate_api_key(
        organization=request.organization, public_id=public_id, by=request.membership, now=timezone.now()
    )
    return _page(request, _form(request), text=text, rotated=public_id)


@require_POST
@requires(Permission.MANAGE_KEYS)
@at_live
@refusals_return_to("tenancy:keys")
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    revoke_api_key(organization=request.organization, public_id=public_id, by=request.membership, now=timezone.now())
    messages.success(request, "The key is revoked; calls with it are refused from now on.")
    return redirect("tenancy:keys", organization=request.organization.slug)


def _created(request: HttpRequest, form: KeyForm) -> str:
    try:
        _, text = create_api_key(
            organization=request.organization, by=request.membership, now=timezone.now(), **form.cleaned_data
        )
    except InvalidInput as error:
        show_errors(form, error.message, error.fields)
        return ""
    return text


def _form(request: HttpRequest) -> KeyForm:
    # Who may not manage members makes keys for oneself only.
    members = User.objects.members_of(request.organization)
    if not request.membership.may(Permission.MANAGE_MEMBERS):
        members = members.filter(pk=request.user.pk)
    is_sent = request.method == "POST" and "mode" in request.POST
    return KeyForm(request.POST if is_sent else None, members=members, initial={"user": request.user.pk})


def _page(request: HttpRequest, form: KeyForm, text: str = "", rotated: str = "") -> HttpResponse:
    found = list_api_keys(organization=request.organization)
    context = {"keys": found, "form": form, "text": text, "rotated": rotated, "now": timezone.now()}
    context["callback_keys"] = callback_auth_keys(organization=request.organization)
    return render(request, "tenancy/keys.html", context)
