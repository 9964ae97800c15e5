"""/v1/callbacks/deliveries and /v1/callbacks/replays."""

import json
from typing import Any
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from callbacks import services
from callbacks.api.base import CallbackCall, known_id, limit_of, listed
from callbacks.api.inputs import ChosenInput, ReplayInput, read
from callbacks.filters import DeliveryFilter
from callbacks.hidden import is_hidden
from callbacks.models import Attempt, Delivery, Replay
from callbacks.paging import place_of, read_place
from callbacks.shapes import attempt_json, delivery_json, replay_json
from labelops.errors import NotFound

MOST_ATTEMPTS = 100


class Deliveries(CallbackCall):
    def get(self, request: Request) -> Response:
        """Newest event first; filtered as the page's log is."""
        mine = Delivery.objects.for_organization(request.organization)
        rows, limit = DeliveryFilter(request.query_params).checked(mine).log(), limit_of(request)
        if token := request.query_params.get("next_token"):
            rows = rows.log_after(*read_place(token))
        found = list(rows[: limit + 1])
        page = found[:limit]
        docs = [delivery_json(one) for one in page]
        return Response(listed(docs, len(found) > limit, place_of(page[-1]) if page else ""))


def find_delivery(request: Request, delivery_id: UUID) -> Delivery:
    mine = Delivery.objects.for_organization(request.organization).select_related("event", "endpoint")
    found = mine.filter(pk=delivery_id).first()
    if found is None:
        raise NotFound
    return found


class OneDelivery(CallbackCall):
    def get(self, request: Request, delivery_id: str) -> Response:
        """With its body and its newest attempts, newest first; without both while its task is to be judged blind."""
        found = find_delivery(request, known_id(delivery_id))
        if is_hidden(found, request.membership):
            return Response(delivery_json(found) | {"body": None, "attempt_log": [], "second_audit": "outstanding"})
        log = Attempt.objects.for_organization(request.organization).of_delivery(found.pk).reverse()
        attempts = [attempt_json(one) for one in log[:MOST_ATTEMPTS]]
        return Response(delivery_json(found) | {"body": _body(found), "attempt_log": attempts})


def _body(delivery: Delivery) -> Any:
    text = bytes(delivery.event.body).decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


class Resend(CallbackCall):
    def post(self, request: Request, delivery_id: str) -> Response:
        found = services.resend_delivery(
            organization=request.organization, delivery_id=known_id(delivery_id), now=timezone.now()
        )
        return Response(delivery_json(find_delivery(request, found.pk)))


class CancelDelivery(CallbackCall):
    def post(self, request: Request, delivery_id: str) -> Response:
        found = services.cancel_delivery(
            organization=request.organization, delivery_id=known_id(delivery_id), now=timezone.now()
        )
        return Response(delivery_json(find_delivery(request, found.pk)))


class ReplayChosen(CallbackCall):
    def post(self, request: Request) -> Response:
        """Those of `ids` that have ended, at most 1,000; `replayed` says how many."""
        ids = read(ChosenInput, request)["ids"]
        number = services.replay_deliveries(organization=request.organization, delivery_ids=ids, now=timezone.now())
        return Response({"replayed": number})


class ReplayRange(CallbackCall):
    def post(self, request: Request, endpoint_id: str) -> Response:
        """With `dry_run` only the number; else the replay, which the deliverer feeds."""
        given = dict(read(ReplayInput, request))
        is_dry = given.pop("dry_run", False)
        place = {"organization": request.organization, "endpoint_id": known_id(endpoint_id)}
        if is_dry:
            return Response({"dry_run": True, "total": services.count_replay(**place, **given)})
        return Response(replay_json(services.start_replay(**place, actor=request.user, now=timezone.now(), **given)))


class Replays(CallbackCall):
    def get(self, request: Request) -> Response:
        rows, limit = Replay.objects.for_organization(request.organization).order_by("-id"), limit_of(request)
        if endpoint := request.query_params.get("endpoint"):
            rows = rows.filter(endpoint_id=known_id(endpoint))
        if token := request.query_params.get("next_token"):
            rows = rows.filter(pk__lt=known_id(token))
        found = list(rows[: limit + 1])
        page = found[:limit]
        return Response(listed([replay_json(one) for one in page], len(found) > limit, page[-1].pk.hex if page else ""))


class OneReplay(CallbackCall):
    def get(self, request: Request, replay_id: str) -> Response:
        found = Replay.objects.for_organization(request.organization).filter(pk=known_id(replay_id)).first()
        if found is None:
            raise NotFound
        return Response(replay_json(found))


class CancelReplay(CallbackCall):
    def post(self, request: Request, replay_id: str) -> Response:
        found = services.cancel_replay(
            organization=request.organization, replay_id=known_id(replay_id), now=timezone.now()
        )
        return Response(replay_json(found))
