"""Signing out gives back every task that the person holds, in whatever organization."""

from allauth.account.views import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audits.services.locks import release_locks_everywhere


def sign_out(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and request.user.is_authenticated:
        release_locks_everywhere(user=request.user, now=timezone.now())
    return logout(request)
