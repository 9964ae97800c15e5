"""The door of the performers' workspace: a world of its own, in which no requester's page opens and no requester is."""

from collections.abc import Callable
from functools import wraps

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crowd_rules.services.logins import enter_by_login, workplaces_of
from labelops.tenancy.language import follow
from labelops.tenancy.middleware import ask_to_sign_in

View = Callable[..., HttpResponse]
LAST_WORKPLACE = "workplace"


def for_performers(view: View) -> View:
    """Sign-in first; a requester's account gets a sentence in place of the page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        follow(request, request.user.language)
        if not request.user.is_performer:
            return render(request, "crowd_rules/work/not_for_you.html", status=403)
        return view(request, *args, **kwargs)

    return guarded


def at_work(view: View) -> View:
    """As `entering`, for pages: what the browser keeps of them would be old."""
    return never_cache(entering(view))


def entering(view: View) -> View:
    """One transaction scoped to the requester whom the address names; `request.account` is the performer there.

    A performer who does not work there gets the answer for an address that does not exist.
    """

    @wraps(view)
    def entered(request: HttpRequest, *args: object, organization: str, **kwargs: object) -> HttpResponse:
        with transaction.atomic():
            request.account = enter_by_login(user=request.user, slug=organization)
            if request.account is None:
                return render(request, "404.html", status=404)
            request.employer, request.performer = request.account.organization, request.account.performer
            response = view(request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        for write in request.after_transaction:
            write()
        if request.session.get(LAST_WORKPLACE) != organization:
            request.session[LAST_WORKPLACE] = organization
        return response

    return for_performers(entered)


@never_cache
@require_safe
@for_performers
def home(request: HttpRequest) -> HttpResponse:
    """To the requester worked for last, or the only one; else the list of them."""
    places = workplaces_of(user=request.user)
    slugs = [place.slug for place in places]
    last = request.session.get(LAST_WORKPLACE)
    if "all" not in request.GET and (len(slugs) == 1 or last in slugs):
        return redirect("work:pools", last if last in slugs else slugs[0])
    return render(request, "crowd_rules/work/workplaces.html", {"places": places})
