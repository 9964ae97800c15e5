from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from labelops.tenancy.language import COOKIE, remember
from labelops.tenancy.services.people import choose_language


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language of the pages from now on: in this browser, and for who is signed in everywhere."""
    where, chosen = request.POST.get("back", ""), request.POST.get("language", "")
    is_ours = where.startswith("/") and url_has_allowed_host_and_scheme(where, allowed_hosts=None)
    response = redirect(where if is_ours else "/")
    chosen = chosen if chosen in dict(settings.LANGUAGES) else ""
    if request.user.is_authenticated:
        choose_language(user=request.user, language=chosen)
    if chosen:
        remember(response, chosen)
    else:
        response.delete_cookie(COOKIE)
    return response
