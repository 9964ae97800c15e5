"""Which language a page speaks: the cookie that the choice left, else the browser's wish. Calls speak English."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

COOKIE = "language"
ENGLISH = "en"
YEAR = 365 * 86400


class LanguageMiddleware:
    """Costs no statement: a person's own choice travels in a cookie, and follows them to another device by `follow`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(language_of(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        if chosen := getattr(request, "chosen_language", None):
            remember(response, chosen)
        return response


def language_of(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(COOKIE, "")
    if chosen in dict(settings.LANGUAGES):
        return chosen
    return translation.get_language_from_request(request)


def speak_english() -> None:
    """For a thread's calls, from now on: a page that it answers later chooses for itself."""
    if translation.get_language() != ENGLISH:
        translation.activate(ENGLISH)


def follow(request: HttpRequest, chosen: str) -> None:
    """The person who came in has chosen a language, on another device perhaps: this answer speaks it already."""
    if chosen in dict(settings.LANGUAGES) and request.COOKIES.get(COOKIE) != chosen:
        translation.activate(chosen)
        request.chosen_language = chosen


def remember(response: HttpResponse, chosen: str) -> None:
    response.set_cookie(COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True)
