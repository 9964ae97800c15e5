from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from labelops.tenancy.middleware import LAST_ORGANIZATION
from labelops.tenancy.services.people import organizations_of

# The crowd half's own world; its addresses are not known here.
PERFORMERS_WORKSPACE = "/work/"


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the organization that was open last, else to the first; a page that says what to do where there is none."""
    if request.user.is_performer:
        return redirect(PERFORMERS_WORKSPACE)
    slugs = [organization.slug for organization in organizations_of(user=request.user)]
    if not slugs:
        return render(request, "tenancy/no_organization.html")
    last = request.session.get(LAST_ORGANIZATION)
    return redirect(f"/o/{last if last in slugs else slugs[0]}/")
