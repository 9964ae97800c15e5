"""What a settings page does with a refusal, and with a visit to the test-mode twin."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from labelops.errors import DomainError, NotFound
from labelops.tenancy.services.organizations import TWIN_SUFFIX

View = Callable[..., HttpResponse]


def refusals_return_to(page: str) -> Callable[[View], View]:
    """A domain error of a button becomes a message on the page the button stands on; NotFound stays a 404."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except NotFound:
                raise
            except DomainError as error:
                messages.error(request, error.message)
                return redirect(page, organization=request.organization.slug)

        return guarded

    return decorate


def at_live(view: View) -> View:
    """Settings are the same for live and test mode: they stand at the live organization's address only."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        slug = request.organization.slug
        if not request.organization.is_test:
            return view(request, *args, **kwargs)
        return redirect(request.path.replace(f"/o/{slug}/", f"/o/{slug.removesuffix(TWIN_SUFFIX)}/", 1))

    return guarded
