from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.forms import NewAccountForm, show_errors
from labelops.tenancy.models import Invitation
from labelops.tenancy.services import invitations


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Join as who is signed in, sign in first, or make an account here: what fits the invitation's address."""
    try:
        invitation = invitations.find_invitation(token=token)
    except NotFound as error:
        return render(request, "tenancy/invitation_dead.html", {"message": error.message}, status=404)
    if request.user.is_authenticated:
        return _as_member(request, invitation, token)
    if invitations.has_account(invitation=invitation):
        return render(request, "tenancy/invitation.html", {"invitation": invitation, "state": "sign in"})
    return _as_new(request, invitation, token)


def _as_member(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    if request.user.email.lower() != invitation.email:
        return render(request, "tenancy/invitation.html", {"invitation": invitation, "state": "somebody else"})
    if request.method != "POST":
        return render(request, "tenancy/invitation.html", {"invitation": invitation, "state": "join"})
    organization = invitations.accept_invitation(token=token, user=request.user, now=timezone.now())
    messages.success(request, _("You are a member of %(organization)s now.") % {"organization": organization})
    return redirect(f"/o/{organization.slug}/")


def _as_new(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = NewAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user, organization = invitations.accept_invitation_as_new(
                token=token,
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password"],
                now=timezone.now(),
            )
        except InvalidInput as error:
            show_errors(form, error.message, error.fields)
        else:
            login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
            return redirect(f"/o/{organization.slug}/")
    return render(request, "tenancy/invitation.html", {"invitation": invitation, "state": "new", "form": form})
