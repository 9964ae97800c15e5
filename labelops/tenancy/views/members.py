from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from labelops.errors import InvalidInput
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import InvitationForm, RoleForm, show_errors
from labelops.tenancy.models import Invitation, Membership, User
from labelops.tenancy.permissions import Permission, Role, permission_table
from labelops.tenancy.services import invitations, people
from labelops.tenancy.views.refusals import at_live, refusals_return_to


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
        messages.success(request, f"The invitation to {form.cleaned_data['email']} is on its way.")
        return _back(request)
    return _page(request, form)


@require_POST
@requires(Permission.MANAGE_MEMBERS)
@at_live
@refusals_return_to("tenancy:members")
def change_role(request: HttpRequest, user: UUID) -> HttpResponse:
    person, form = _member(request, user), RoleForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("Choose one of the roles in the list.")
    people.change_role(organization=request.organization, user=person, role=form.cleaned_data["role"],
                       actor=request.user, now=timezone.now())  # fmt: skip
    messages.success(request, f"{person} is now {Role(form.cleaned_data['role']).label.lower()}.")
    return _back(request)


@require_POST
@requires(Permission.MANAGE_MEMBERS)
@at_live
@refusals_return_to("tenancy:members")
def remove(request: HttpRequest, user: UUID) -> HttpResponse:
    person = _member(request, user)
    people.remove_member(organization=request.organization, user=person, actor=request.user, now=timezone.now())
    messages.success(request, f"{person} is no member of {request.organization} any more.")
    return redirect("tenancy:home") if person == request.user else _back(request)


@require_POST
@requires(Permission.MANAGE_MEMBERS)
@at_live
def revoke(request: HttpRequest, invitation: UUID) -> HttpResponse:
    invitations.revoke_invitation(
        organization=request.organization, invitation_id=invitation, actor=request.user, now=timezone.now()
    )
    messages.success(request, "The invitation is taken back; its link opens nothing any more.")
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


def _page(request: HttpRequest, form: InvitationForm) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "members": Membership.objects.for_organization(request.organization).active().for_members_page(),
        "invitations": Invitation.objects.for_organization(request.organization).open().for_members_page(),
        "roles": Role,
        "permission_table": list(permission_table()),
    }
    return render(request, "tenancy/members.html", context)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect("tenancy:members", organization=request.organization.slug)
