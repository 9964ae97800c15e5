"""A person's own views of a list, and the columns they want to see there."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from labelops.tenancy.services.saved_views import delete_view, forget_columns, remember_columns, save_view


@require_POST
@requires(Permission.VIEW_TASKS)
def save(request: HttpRequest, list: str) -> HttpResponse:
    try:
        view = save_view(
            member=request.membership, list=list, name=request.POST.get("name", ""),
            query=request.POST.get("query", ""), now=timezone.now(),
        )  # fmt: skip
    except InvalidInput as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The view “%(name)s” is saved. Only you see it.") % {"name": view.name})
    return back(request)


@require_POST
@requires(Permission.VIEW_TASKS)
def columns(request: HttpRequest, list: str) -> HttpResponse:
    if "reset" in request.POST:
        forget_columns(member=request.membership, list=list)
    else:
        chosen = [name for name in request.POST.getlist("columns") if name.isidentifier()]
        remember_columns(member=request.membership, list=list, columns=chosen, now=timezone.now())
    return back(request)


@require_POST
@requires(Permission.VIEW_TASKS)
def delete(request: HttpRequest, view: UUID) -> HttpResponse:
    if not delete_view(member=request.membership, view_id=view):
        raise NotFound(_("There is no such view."))
    messages.success(request, _("The view is deleted."))
    return back(request)


def back(request: HttpRequest) -> HttpResponse:
    """To the page that the button stood on."""
    where = request.POST.get("back", "")
    is_ours = where.startswith("/") and url_has_allowed_host_and_scheme(where, allowed_hosts=None)
    return redirect(where if is_ours else f"/o/{request.organization.slug}/")
