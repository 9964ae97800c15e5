from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labelops.errors import InvalidInput
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import OrganizationForm, show_errors
from labelops.tenancy.permissions import Permission
from labelops.tenancy.services.organizations import update_organization_settings
from labelops.tenancy.views.refusals import at_live


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_SETTINGS)
@at_live
def settings(request: HttpRequest) -> HttpResponse:
    initial = {name: getattr(request.organization, name) for name in OrganizationForm.Meta.fields}
    form = OrganizationForm(request.POST or None, initial=initial)
    if form.is_valid() and _saved(request, form):
        messages.success(request, _("Saved, for live and test mode."))
        return redirect("tenancy:settings", organization=request.organization.slug)
    return render(request, "tenancy/settings.html", {"form": form})


def _saved(request: HttpRequest, form: OrganizationForm) -> bool:
    try:
        update_organization_settings(
            organization=request.organization, actor=request.user, now=timezone.now(), **form.cleaned_data
        )
    except InvalidInput as error:
        show_errors(form, error.message, error.fields)
    return not form.errors
