from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crowd_rules.models import PerformerInvitation
from crowd_rules.services import logins
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.forms import show_errors

PAGE = "crowd_rules/work/invitation.html"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _password(label: str, **options: object) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(max_length=1000, label=label, strip=False, widget=widget, **options)


class PasswordForm(forms.Form):
    password = _password(gettext_lazy("Choose a password"), help_text=gettext_lazy("At least 8 characters."))
    again = _password(gettext_lazy("The password again"))

    def clean(self) -> None:
        if self.cleaned_data.get("password") != self.cleaned_data.get("again"):
            self.add_error("again", _("The two passwords differ."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Begin as who is signed in, sign in first, or choose a password here: what fits the invitation's address."""
    try:
        invitation = logins.find_invitation(token=token)
    except NotFound as error:
        return render(request, "tenancy/invitation_dead.html", {"message": error.message}, status=404)
    known = logins.account_of(invitation)
    if known and not known.is_performer:
        return render(request, PAGE, {"invitation": invitation, "state": "requester"})
    if request.user.is_authenticated:
        return _as_known(request, invitation, token)
    if known:
        return render(request, PAGE, {"invitation": invitation, "state": "sign in"})
    return _as_new(request, invitation, token)


def _as_known(request: HttpRequest, invitation: PerformerInvitation, token: str) -> HttpResponse:
    if request.user.email.lower() != invitation.email:
        return render(request, PAGE, {"invitation": invitation, "state": "somebody else"})
    if request.method != "POST":
        return render(request, PAGE, {"invitation": invitation, "state": "join"})
    organization = logins.accept_invitation(token=token, user=request.user, now=timezone.now())
    messages.success(request, _("You can work for %(organization)s now.") % {"organization": organization})
    return redirect("work:pools", organization.slug)


def _as_new(request: HttpRequest, invitation: PerformerInvitation, token: str) -> HttpResponse:
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        password = form.cleaned_data["password"]
        try:
            user, organization = logins.accept_invitation_as_new(token=token, password=password, now=timezone.now())
        except InvalidInput as error:
            show_errors(form, error.message, error.fields)
        else:
            login(request, user, backend=BACKEND)
            return redirect("work:pools", organization.slug)
    return render(request, PAGE, {"invitation": invitation, "state": "new", "form": form})
