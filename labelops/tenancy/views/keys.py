from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labelops.errors import InvalidInput
from labelops.lists.chips import ANY, FilterBar, FilterForm
from labelops.lists.paging import keyset_page, summary
from labelops.lists.table import Column, ListOf
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import KeyForm, show_errors
from labelops.tenancy.models import User
from labelops.tenancy.permissions import Permission
from labelops.tenancy.services.keys import (
    create_api_key,
    keys_of_both_modes,
    revoke_api_key,
    revoke_api_keys,
    rotate_api_key,
)
from labelops.tenancy.services.organizations import callback_auth_keys
from labelops.tenancy.views.listing import list_context
from labelops.tenancy.views.refusals import at_live, refusals_return_to
from labelops.tenancy.views.saved_views import back

KEYS = ListOf(
    "keys",
    (
        Column("key", _("Key"), sort="name", always=True),
        Column("mode", _("Mode")),
        Column("scopes", _("Scopes")),
        Column("user", _("Acts for"), sort="user__email"),
        Column("created", _("Made"), sort="created_at", falls_first=True),
        Column("used", _("Last used")),
        Column("state", _("State")),
    ),
    sort="-created_at",
)
COUNT = ngettext_lazy("%(number)s key", "%(number)s keys", "count")


class KeyFilter(FilterForm):
    q = forms.CharField(label=_("Name"), widget=forms.TextInput(attrs={"type": "search"}))
    mode = forms.ChoiceField(label=_("Mode"), choices=[ANY, ("live", _("Live")), ("test", _("Test"))])
    state = forms.ChoiceField(label=_("State"), choices=[ANY, ("usable", _("Works")), ("ended", _("Ended"))])

    def of(self, keys: QuerySet) -> QuerySet:
        if name := self.chosen("q"):
            keys = keys.filter(name__icontains=name)
        if mode := self.chosen("mode"):
            keys = keys.filter(organization__live__isnull=mode == "live")
        if state := self.chosen("state"):
            keys = keys.usable() if state == "usable" else keys.ended()
        return keys


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
    _key, text = rotate_api_key(
        organization=request.organization, public_id=public_id, by=request.membership, now=timezone.now()
    )
    return _page(request, _form(request), text=text, rotated=public_id)


@require_POST
@requires(Permission.MANAGE_KEYS)
@at_live
@refusals_return_to("tenancy:keys")
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    revoke_api_key(organization=request.organization, public_id=public_id, by=request.membership, now=timezone.now())
    messages.success(request, _("The key is revoked; calls with it are refused from now on."))
    return redirect("tenancy:keys", organization=request.organization.slug)


@require_POST
@requires(Permission.MANAGE_KEYS)
@at_live
def revoke_several(request: HttpRequest) -> HttpResponse:
    """The keys in `ids`, by public id."""
    number = revoke_api_keys(
        organization=request.organization,
        public_ids=request.POST.getlist("ids"),
        by=request.membership,
        now=timezone.now(),
    )
    told = ngettext("%(number)s key is revoked.", "%(number)s keys are revoked.", number) % {"number": number}
    (messages.success if number else messages.info)(request, told if number else _("There was nothing to change."))
    return back(request)


def _created(request: HttpRequest, form: KeyForm) -> str:
    try:
        _key, text = create_api_key(
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
    filter, context = KeyFilter(request.GET), list_context(request, KEYS)
    with keys_of_both_modes(organization=request.organization) as keys:
        shown = filter.of(keys)
        context |= {
            "bar": FilterBar(filter, first=("q", "mode", "state")),
            "page": keyset_page(shown, data=request.GET, by=context["table"].order_by),
            "summary": summary(shown, count=COUNT),
        }
    context |= {"form": form, "text": text, "rotated": rotated}
    context["callback_keys"] = callback_auth_keys(organization=request.organization)
    template = "tenancy/keys.html#results" if request.htmx.target == "key-list" else "tenancy/keys.html"
    return render(request, template, context)
