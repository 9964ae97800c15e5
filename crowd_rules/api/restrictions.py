"""/api/v1/user-restrictions: those in force. A lifted or ended one is no more there."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.models import Project
from crowd_rules.api.lists import ID, Key, Listing, ids, plain, times
from crowd_rules.api.values import instant, without_nothing
from crowd_rules.api.views import READ, WRITE, CrowdView, checked, empty, id_or_404, known_performer
from crowd_rules.engine.reading import Reader
from crowd_rules.models import Pool, Restriction
from crowd_rules.services.refusals import SystemScope
from crowd_rules.services.restrictions import find_live, lift, restrict

LISTING = Listing({
    "id": ID, "scope": Key("scope", plain, many=True), "user_id": ids("performer_id"), "pool_id": ids("pool_id"),
    "project_id": ids("project_id"), "created": times("created_at"),
})  # fmt: skip


def restriction_json(held: Restriction) -> dict[str, Any]:
    return without_nothing({
        "id": held.public_id,
        "scope": held.scope,
        "user_id": held.performer_id.hex,
        "pool_id": held.pool_id.hex if held.pool_id else None,
        "project_id": held.project_id.hex if held.project_id else None,
        "private_comment": held.private_comment or None,
        "will_expire": instant(held.until),
        "created": instant(held.created_at),
    })  # fmt: skip


class RestrictionsView(CrowdView):
    needs = {"GET": READ, "PUT": WRITE}

    def get(self, request: Request) -> Response:
        rows = Restriction.objects.for_organization(request.organization).live()
        return LISTING.answer(request, rows, lambda page: [restriction_json(one) for one in page])

    def put(self, request: Request) -> Response:
        """Sets it, or changes the one that stands on the same target; without `will_expire` it is for good."""
        reader = Reader(request.data)
        scope = reader.text("scope", required=True)
        if scope == "SYSTEM":
            raise SystemScope
        if scope and scope not in Restriction.Scope.values:
            reader.refuse("scope", "UNKNOWN_ENUM_VALUE", f"One of {', '.join(Restriction.Scope.values)}.")
        performer = known_performer(request, reader)
        pool = _target(request, reader, "pool_id", Pool, scope == "POOL")
        project = _target(request, reader, "project_id", Project, scope == "PROJECT")
        until, comment = reader.instant("will_expire"), reader.text("private_comment", longest=499) or ""
        checked(reader)
        held = restrict(
            organization=request.organization, actor=request.user, performer=performer, scope=scope, pool=pool,
            project_id=project and project.pk, until=until, private_comment=comment, now=timezone.now(),
        )  # fmt: skip
        return Response(restriction_json(held))


def _target(request: Request, reader: Reader, name: str, model: Any, wanted: bool) -> Any:
    """What the scope is about; a target of another scope is nobody's business."""
    target_id = reader.id(name, required=True) if wanted else None
    found = model.objects.for_organization(request.organization).filter(pk=target_id).first() if target_id else None
    if target_id and found is None:
        reader.refuse(name, "ENTITY_DOES_NOT_EXIST", "There is no such thing.")
    return found


class RestrictionView(CrowdView):
    needs = {"GET": READ, "DELETE": WRITE}

    def get(self, request: Request, restriction_id: str) -> Response:
        found = id_or_404(restriction_id, "restriction")
        return Response(restriction_json(find_live(organization=request.organization, restriction_id=found)))

    def delete(self, request: Request, restriction_id: str) -> Response:
        """The performer is let in again, with a fresh count."""
        found = id_or_404(restriction_id, "restriction")
        lift(organization=request.organization, actor=request.user, restriction_id=found, now=timezone.now())
        return empty()
