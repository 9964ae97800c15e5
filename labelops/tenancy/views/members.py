from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy
from django.views.decorators.http import require_POST, require_safe

from labelops.errors import InvalidInput
from labelops.lists.chips import ANY, FilterBar, FilterForm
from labelops.lists.paging import keyset_page, summary
from labelops.lists.table import Column, ListOf
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import InvitationForm, RoleForm, show_errors
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Invitation, Membership, User
from labelops.tenancy.permissions import Permission, Role, permission_table
from labelops.tenancy.services import invitations, people
from labelops.tenancy.views.listing import list_context
from labelops.tenancy.views.refusals import at_live, refusals_return_to
from labelops.tenancy.views.saved_views import back


@require_safe
@requires(Permission.MANAGE_MEMBERS)
@at_live
def members(request: HttpRequest) -> HttpResponse:
    return _page(request, InvitationForm())


@require_POST
@requires(Permission.MANAGE_MEMBERS)
@at_live
def invite(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST)
    if form.is_valid() and _invited(request, form):
        messages.success(
            request, _("The invitation to %(email)s is on its way.") % {"email": form.cleaned_data["email"]}
        )
        return _back(request)
    return _page(request, form)


@require_POST
@requires(Permission.MANAGE_MEMBERS)
@at_live
@refusals_return_to("tenancy:members")
def change_role(request: HttpRequest, user: UUID) -> HttpResponse:
    person, form = _member(request, user), RoleForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("Choose one of the roles in the list."))
    people.change_role(organization=request.organization, user=person, role=form.cleaned_data["role"],
                       actor=request.user, now=timezone.now())  # fmt: skip
    messages.success(
        request,
        _("%(person)s is now %(lower)s.") % {"person": person, "lower": Role(form.cleaned_data["role"]).label.lower()},
    )
    return _back(request)


@require_POST
@requires(Permission.MANAGE_MEMBERS)
@at_live
@refusals_return_to("tenancy:members")
def remove(request: HttpRequest, user: UUID) -> HttpResponse:
    person = _member(request, user)
    people.remove_member(organization=request.organization, user=person, actor=request.user, now=timezone.now())
    messages.success(
        request,
        _("%(person)s is no member of %(organization)s any more.")
        % {"person": person, "organization": request.organization},
    )
    return redirect("tenancy:home") if person == request.user else _back(request)


@require_POST
@requires(Permission.MANAGE_MEMBERS)
@at_live
def revoke(request: HttpRequest, invitation: UUID) -> HttpResponse:
    invitations.revoke_invitation(
        organization=request.organization, invitation_id=invitation, actor=request.user, now=timezone.now()
    )
    messages.success(request, _("The invitation is taken back; its link opens nothing any more."))
    return _back(request)


def _invited(request: HttpRequest, form: InvitationForm) -> bool:
    try:
        invitations.invite_member(
            organization=request.organization, invited_by=request.user, now=timezone.now(), **form.cleaned_data
        )
    except InvalidInput as error:
        show_errors(form, error.message, error.fields)
    return not form.errors


def _member(request: HttpRequest, user: UUID) -> User:
    active = Membership.objects.for_organization(request.organization).active().select_related("user")
    return get_object_or_404(active, user=user).user


MEMBERS = ListOf(
    "members",
    (
        Column("person", _("Person"), sort="user__email", always=True),
        Column("role", _("Role"), sort="role"),
        Column("since", _("Since"), sort="created_at", falls_first=True),
    ),
    sort="user__email",
)
COUNT = ngettext_lazy("%(number)s member", "%(number)s members", "count")


class MemberFilter(FilterForm):
    q = forms.CharField(label=_("Name or e-mail"), widget=forms.TextInput(attrs={"type": "search"}))
    role = forms.ChoiceField(label=_("Role"), choices=[ANY, *Role.choices])

    def of(self, members: QuerySet) -> QuerySet:
        if text := self.chosen("q"):
            members = members.called_like(text)
        return members.filter(role=self.chosen("role")) if self.chosen("role") else members


@require_POST
@requires(Permission.MANAGE_MEMBERS)
@at_live
def change(request: HttpRequest) -> HttpResponse:
    """`action` role (with `role`) or remove, for the people in `ids`."""
    people_ids = list(filter(None, map(parse_public_id, request.POST.getlist("ids"))))
    form = RoleForm(request.POST)
    if request.POST.get("action") == "role" and not form.is_valid():
        raise InvalidInput(_("Choose one of the roles in the list."))
    role = form.cleaned_data["role"] if request.POST.get("action") == "role" else None
    changed, refused = people.change_members(
        organization=request.organization, user_ids=people_ids, role=role, actor=request.user, now=timezone.now()
    )
    told = ngettext("%(number)s member is changed.", "%(number)s members are changed.", changed)
    if role is None:
        told = ngettext("%(number)s member is removed.", "%(number)s members are removed.", changed)
    if changed:
        messages.success(request, told % {"number": changed})
    for sentence in refused:
        messages.warning(request, sentence)
    return back(request)


def _page(request: HttpRequest, form: InvitationForm) -> HttpResponse:
    filter = MemberFilter(request.GET)
    shown = filter.of(Membership.objects.for_organization(request.organization).active())
    listed = list_context(request, MEMBERS)
    context: dict[str, Any] = listed | {
        "form": form,
        "bar": FilterBar(filter, first=("q", "role")),
        "page": keyset_page(shown.with_people(), data=request.GET, by=listed["table"].order_by),
        "summary": summary(shown, count=COUNT),
        "invitations": Invitation.objects.for_organization(request.organization).open().for_members_page(),
        "roles": Role,
        "permission_table": list(permission_table()),
    }
    template = "tenancy/members.html#results" if request.htmx.target == "member-list" else "tenancy/members.html"
    return render(request, template, context)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect("tenancy:members", organization=request.organization.slug)
