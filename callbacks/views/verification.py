"""How a receiver checks what it gets, with programs that work as they stand."""

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from callbacks.models import Delivery, Endpoint
from callbacks.services import public_key_of
from callbacks.views.showing import find_endpoint
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission

SAMPLES = {"python": "receiver_python.txt", "node": "receiver_node.txt"}


def sample(language: str, endpoint: Endpoint) -> str:
    """A whole receiver for this endpoint, which needs nothing but the language; `python` or `node`."""
    name = endpoint.header_name
    # A JSON text is a literal in both languages; the name may hold quotation marks.
    context = {
        "has_auth_key": endpoint.profile == Endpoint.Profile.SCALE,
        "header_name": json.dumps(name) if name else "",
    }
    # A plain string again: pages escape it.
    return "".join([render_to_string(f"callbacks/samples/{SAMPLES[language]}", context)])


@require_GET
@requires(Permission.MANAGE_CALLBACKS)
def verify(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    found = find_endpoint(request, endpoint)
    log = Delivery.objects.for_organization(request.organization).filtered(endpoint_id=found.pk).log()
    context = {
        "endpoint": found,
        "python": sample("python", found),
        "node": sample("node", found),
        "newest": log.first(),
        "public_key": public_key_of(found),
    }
    return render(request, "callbacks/verify.html", context)
