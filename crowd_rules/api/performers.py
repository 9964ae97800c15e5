"""Ours, beside the dialect: requesters make performers, and performers work through a front end of their own."""

from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from crowd_rules.api.errors import payload_of
from crowd_rules.api.hot import PARSER, Answer, HotView, is_known
from crowd_rules.api.values import hex_of, instant_of, money, without_nothing
from crowd_rules.api.views import WRITE, CrowdView, PerformerView, checked, id_or_404
from crowd_rules.engine.reading import Reader, identifier
from crowd_rules.services.hand_out import (
    Issued,
    Offer,
    Onward,
    leave_assignment,
    note_exhausted,
    offers,
    skip_and_take,
    skip_assignment,
    submit_and_take,
    submit_assignment,
    take_assignment,
    take_at_once,
)
from crowd_rules.services.performers import Profile, create_performer
from crowd_rules.services.refusals import NothingLeft
from labelops.tenancy.middleware import write_after


def strict(reader: Reader) -> Reader:
    """What we added refuses what it does not know. Raises InvalidFields."""
    for name in sorted(reader.rest):
        reader.refuse(name[:64], "VALUE_NOT_ALLOWED", "There is no such field.")
    return checked(reader)


def offer_json(offer: Offer) -> dict[str, Any]:
    return without_nothing({
        "id": offer.pool.public_id, "title": offer.title, "reward": money(offer.reward),
        "available": offer.available, "reason": offer.reason or None,
    })  # fmt: skip


def issued_json(found: Issued) -> dict[str, Any]:
    """Nothing of it tells a control task from another. `hint` is there after a wrong answer to a training task."""
    row = found.row
    return without_nothing({
        "id": hex_of(row["id"]),
        "pool_id": hex_of(row["pool_id"]),
        "status": row["status"],
        "reward": float(row["reward"]),
        "created": instant_of(row["created_at"]),
        "will_expire": instant_of(row["expires_at"]),
        "submitted": instant_of(row["submitted_at"]),
        "public_comment": row["public_comment"] or None,
        "tasks": [without_nothing({"id": hex_of(one["id"]), "input_values": one["input_values"],
                                   "hint": one["hint"] or None}) for one in found.page],
    })  # fmt: skip


class PerformersView(CrowdView):
    needs = {"POST": WRITE}

    def post(self, request: Request) -> Response:
        """The token is shown this once."""
        reader = Reader(request.data)
        name = reader.text("name", required=True, longest=200)
        country, city = reader.text("country"), reader.text("city", longest=120)
        languages = reader.array("languages")
        if languages and not all(isinstance(one, str) for one in languages):
            reader.refuse("languages", "STRING_EXPECTED", "Give languages as codes of two or three letters (ISO 639).")
        strict(reader)
        profile = Profile(country=country or "", city=city or "", languages=languages or [])
        account, token = create_performer(organization=request.organization, actor=request.user, name=name,
                                          profile=profile, now=timezone.now())  # fmt: skip
        return Response({"id": account.performer_id.hex, "token": token}, status=201)


class OffersView(PerformerView):
    def get(self, request: Request) -> Response:
        found = offers(organization=request.organization, performer=request.performer)
        return Response({"items": [offer_json(one) for one in found]})


def onward_json(found: Onward) -> dict[str, Any]:
    """The assignment, and in it the next one or why there is none."""
    refusal = found.refusal
    return without_nothing({
        **issued_json(found.done),
        "next": issued_json(found.next) if found.next else None,
        "next_refused": {"code": refusal.code, "message": str(refusal.message), "payload": payload_of(refusal)}
        if refusal else None,
    })  # fmt: skip


def entered_with(request: Request, name: str) -> dict[str, Any] | None:
    """What the statement that let in has answered; None where the framework let in."""
    return getattr(getattr(request, "entered", None), name, None)


class TakeView(HotView):
    def concerns(self, pool_id: str) -> dict[str, UUID | None]:
        return {"takes": identifier(pool_id)}

    def answer_at_once(self, request: Any, body: BytesIO, pool_id: str) -> Answer | None:
        token = is_known(request)
        if token is None:
            return NotImplemented
        strict(Reader(PARSER.parse(body)))
        self.check_limits(request)
        found = take_at_once(token=token, pool_id=identifier(pool_id))
        return found and self.answered(found)

    def answered(self, found: Issued) -> Answer:
        return Answer(issued_json(found), 200 if found.again else 201)

    def post(self, request: Request, pool_id: str) -> Answer:
        """The next suite, 201; the one in hand, 200."""
        strict(Reader(request.data))
        place = {"organization": request.organization, "performer": request.performer,
                 "pool_id": id_or_404(pool_id, "pool")}  # fmt: skip
        try:
            found = take_assignment(**place, row=entered_with(request, "taken"))
        except NothingLeft as error:
            if error.exhausted_at:
                write_after(request, request.organization.pk, partial(note_exhausted, **place, at=error.exhausted_at))
            raise
        return self.answered(found)


class OnwardView(HotView):
    """Ends the suite in hand; with `take_next` the answer has the next one, as if it had been asked for then."""

    def answer(
        self, request: Request, assignment_id: str, reader: Reader, end: Any, end_and_take: Any, **given: Any
    ) -> Answer:
        takes = reader.flag("take_next")
        strict(reader)
        place = {"organization": request.organization, "performer": request.performer, "now": timezone.now(),
                 "assignment_id": id_or_404(assignment_id, "assignment"), **given}  # fmt: skip
        return Answer(onward_json(end_and_take(**place)) if takes else issued_json(end(**place)))


class SubmitView(OnwardView):
    def concerns(self, assignment_id: str) -> dict[str, UUID | None]:
        return {"submits": identifier(assignment_id)}

    def post(self, request: Request, assignment_id: str) -> Answer:
        reader = Reader(request.data)
        solutions = reader.array("solutions", required=True)
        return self.answer(request, assignment_id, reader, partial(submit_assignment, by_spec=True), submit_and_take,
                           solutions=solutions, held=entered_with(request, "held"))  # fmt: skip


class SkipView(OnwardView):
    """Never comes again to this performer."""

    def post(self, request: Request, assignment_id: str) -> Answer:
        return self.answer(request, assignment_id, Reader(request.data), skip_assignment, skip_and_take)


class LeaveView(PerformerView):
    """May come again, and no rule counts it."""

    def post(self, request: Request, assignment_id: str) -> Response:
        strict(Reader(request.data))
        done = leave_assignment(organization=request.organization, performer=request.performer, now=timezone.now(),
                                assignment_id=id_or_404(assignment_id, "assignment"))  # fmt: skip
        return Response(issued_json(done))
