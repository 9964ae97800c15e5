"""/v1/callbacks/endpoints and what is done to one of them."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from callbacks import services
from callbacks.api.base import CallbackCall, known_id, limit_of, listed
from callbacks.api.inputs import ReasonInput, RotationInput, read, read_endpoint
from callbacks.catalogue import EVENT_TYPES, TEST
from callbacks.models import Endpoint
from callbacks.projects import names_of
from callbacks.shapes import delivery_json, endpoint_json
from labelops.errors import NotFound


def shown(request: Request, endpoints: list[Endpoint]) -> list[dict[str, Any]]:
    names = names_of(request.organization, {one.project_id for one in endpoints if one.project_id})
    now = timezone.now()
    return [endpoint_json(one, project=names.get(one.project_id), now=now) for one in endpoints]


def answer(request: Request, endpoint_id: UUID, **more: Any) -> Response:
    endpoints = Endpoint.objects.for_organization(request.organization).not_deleted().with_health()
    found = endpoints.filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound
    return Response(shown(request, [found])[0] | more)


class EventTypes(CallbackCall):
    def get(self, request: Request) -> Response:
        known = {**EVENT_TYPES, TEST: "Sent by hand, to one endpoint."}
        return Response([{"type": name, "description": when} for name, when in known.items()])


class Endpoints(CallbackCall):
    def get(self, request: Request) -> Response:
        """Newest first; with `callback_url=true` those that stand for a callback_url instead."""
        is_ad_hoc = request.query_params.get("callback_url", "").lower() in ("1", "true")
        endpoints = Endpoint.objects.for_organization(request.organization).not_deleted().with_health()
        rows, limit = endpoints.filter(is_ad_hoc=is_ad_hoc).order_by("-id"), limit_of(request)
        if token := request.query_params.get("next_token"):
            rows = rows.filter(pk__lt=known_id(token))
        found = list(rows[: limit + 1])
        page = found[:limit]
        return Response(listed(shown(request, page), len(found) > limit, page[-1].pk.hex if page else ""))

    def post(self, request: Request) -> Response:
        endpoint, secret = services.create_endpoint(
            organization=request.organization, actor=request.user, now=timezone.now(), **read_endpoint(request)
        )
        return answer(request, endpoint.pk, secret=secret)


class OneEndpoint(CallbackCall):
    def get(self, request: Request, endpoint_id: str) -> Response:
        return answer(request, known_id(endpoint_id))

    def put(self, request: Request, endpoint_id: str) -> Response:
        """Changes what is sent and leaves the rest."""
        endpoint = services.update_endpoint(
            organization=request.organization, actor=request.user, endpoint_id=known_id(endpoint_id),
            now=timezone.now(), **read_endpoint(request, partial=True),
        )  # fmt: skip
        return answer(request, endpoint.pk)

    def delete(self, request: Request, endpoint_id: str) -> Response:
        services.delete_endpoint(
            organization=request.organization, actor=request.user, endpoint_id=known_id(endpoint_id), now=timezone.now()
        )
        return Response({"success": True})


class RotateSecret(CallbackCall):
    def post(self, request: Request, endpoint_id: str) -> Response:
        overlap = RotationInput.overlap(read(RotationInput, request))
        found, now = known_id(endpoint_id), timezone.now()
        secret = services.rotate_secret(
            organization=request.organization, actor=request.user, endpoint_id=found, now=now, **overlap
        )
        return answer(request, found, secret=secret)


class RevokeOldSecrets(CallbackCall):
    def post(self, request: Request, endpoint_id: str) -> Response:
        found = known_id(endpoint_id)
        services.revoke_old_secrets(
            organization=request.organization, actor=request.user, endpoint_id=found, now=timezone.now()
        )
        return answer(request, found)


class Disable(CallbackCall):
    def post(self, request: Request, endpoint_id: str) -> Response:
        reason = read(ReasonInput, request).get("reason") or f"Disabled by {request.user}."
        found = known_id(endpoint_id)
        services.disable_endpoint(
            organization=request.organization, actor=request.user, endpoint_id=found, reason=reason, now=timezone.now()
        )
        return answer(request, found)


class Enable(CallbackCall):
    def post(self, request: Request, endpoint_id: str) -> Response:
        found = known_id(endpoint_id)
        services.enable_endpoint(
            organization=request.organization, actor=request.user, endpoint_id=found, now=timezone.now()
        )
        return answer(request, found)


class SendTest(CallbackCall):
    def post(self, request: Request, endpoint_id: str) -> Response:
        test = services.send_test_event(
            organization=request.organization, endpoint_id=known_id(endpoint_id), now=timezone.now()
        )
        return Response(delivery_json(test))
