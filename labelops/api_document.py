"""The API described for machines and, beside it, the viewer: from this server alone, no script in the page."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audits.api.openapi.generation import document


@require_safe
def api_document(request: HttpRequest) -> JsonResponse:
    return JsonResponse(document())


@require_safe
def api_viewer(request: HttpRequest) -> HttpResponse:
    return render(request, "api_viewer.html")
