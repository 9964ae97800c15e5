"""/api/v1/skills and /api/v1/user-skills."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from crowd_rules.api.lists import ID, Key, Listing, ids, times
from crowd_rules.api.values import instant, without_nothing
from crowd_rules.api.views import READ, WRITE, CrowdView, checked, empty, id_or_404, known_performer
from crowd_rules.engine.reading import Reader
from crowd_rules.models import PerformerSkill, Skill
from crowd_rules.services.skill_lookup import find_performer_skill, find_skill
from crowd_rules.services.skills import SkillSettings, create_skill, remove_skill, set_skill, update_skill

LONGEST_LIFE = 24 * 365 * 100
SKILLS = Listing({"id": ID, "name": Key("name"), "created": times("created_at")})
VALUES = Listing({"id": ID, "user_id": ids("performer_id"), "skill_id": ids("skill_id"),
                  "created": times("created_at"), "modified": times("modified_at")})  # fmt: skip


def skill_json(skill: Skill) -> dict[str, Any]:
    return without_nothing({
        "id": skill.public_id,
        "name": skill.name,
        "public_name": skill.public_name or None,
        "public_requester_description": skill.public_requester_description or None,
        "private_comment": skill.private_comment or None,
        "hidden": skill.hidden,
        "skill_ttl_hours": skill.skill_ttl_hours,
        "training": skill.training,
        "created": instant(skill.created_at),
    })  # fmt: skip


def value_json(held: PerformerSkill) -> dict[str, Any]:
    return {
        "id": held.public_id,
        "skill_id": held.skill_id.hex,
        "user_id": held.performer_id.hex,
        "value": held.value,
        "exact_value": float(held.exact_value),
        "created": instant(held.created_at),
        "modified": instant(held.modified_at),
    }


def read_skill(data: Any, held: Skill | None = None) -> SkillSettings:
    """Raises InvalidFields."""
    reader = Reader(data)
    given = {
        "name": reader.text("name", required=True, longest=255),
        "public_name": _texts(reader, "public_name"),
        "public_requester_description": _texts(reader, "public_requester_description"),
        "private_comment": reader.text("private_comment"),
        "hidden": reader.flag("hidden"),
        "skill_ttl_hours": reader.whole("skill_ttl_hours", least=1, most=LONGEST_LIFE),
    }
    checked(reader)
    # Whether a training sets it is said by the training.
    return SkillSettings(**{name: value for name, value in given.items() if value is not None},
                         training=bool(held and held.training))  # fmt: skip


def _texts(reader: Reader, name: str) -> dict[str, str] | None:
    found = reader.object(name)
    if found and any(not isinstance(text, str) for text in found.values()):
        reader.refuse(name, "STRING_EXPECTED", "Give a text for each language.")
    return found


class SkillsView(CrowdView):
    needs = {"GET": READ, "POST": WRITE}

    def get(self, request: Request) -> Response:
        skills = Skill.objects.for_organization(request.organization)
        return SKILLS.answer(request, skills, lambda page: [skill_json(one) for one in page])

    def post(self, request: Request) -> Response:
        made = create_skill(organization=request.organization, actor=request.user, settings=read_skill(request.data),
                            now=timezone.now())  # fmt: skip
        return Response(skill_json(made), status=201)


class SkillView(CrowdView):
    needs = {"GET": READ, "PUT": WRITE}

    def get(self, request: Request, skill_id: str) -> Response:
        return Response(skill_json(self._find(request, skill_id)))

    def put(self, request: Request, skill_id: str) -> Response:
        skill = self._find(request, skill_id)
        settings = read_skill(request.data, skill)
        changed = update_skill(skill=skill, actor=request.user, settings=settings, now=timezone.now())
        return Response(skill_json(changed))

    def _find(self, request: Request, skill_id: str) -> Skill:
        return find_skill(organization=request.organization, skill_id=id_or_404(skill_id, "skill"))


class UserSkillsView(CrowdView):
    needs = {"GET": READ, "PUT": WRITE}

    def get(self, request: Request) -> Response:
        values = PerformerSkill.objects.for_organization(request.organization)
        return VALUES.answer(request, values, lambda page: [value_json(one) for one in page])

    def put(self, request: Request) -> Response:
        reader = Reader(request.data)
        performer = known_performer(request, reader)
        skill_id = reader.id("skill_id", required=True)
        skill = Skill.objects.for_organization(request.organization).filter(pk=skill_id).first()
        if skill_id and skill is None:
            reader.refuse("skill_id", "ENTITY_DOES_NOT_EXIST", "There is no such skill.")
        value = reader.decimal("value", least=0, most=100, places=10, required=True)
        reason = reader.text("reason", longest=1000) or ""
        checked(reader)
        held = set_skill(organization=request.organization, actor=request.user, performer=performer, skill=skill,
                         value=value, reason=reason, now=timezone.now())  # fmt: skip
        return Response(value_json(held))


class UserSkillView(CrowdView):
    needs = {"GET": READ, "DELETE": WRITE}

    def get(self, request: Request, user_skill_id: str) -> Response:
        found = id_or_404(user_skill_id, "skill value")
        return Response(value_json(find_performer_skill(organization=request.organization, value_id=found)))

    def delete(self, request: Request, user_skill_id: str) -> Response:
        found = id_or_404(user_skill_id, "skill value")
        remove_skill(organization=request.organization, actor=request.user, performer_skill_id=found,
                     now=timezone.now())  # fmt: skip
        return empty()
