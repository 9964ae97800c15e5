"""What the API tests stand on: a scene with keys, and a caller that speaks like the official client."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from labelops.tenancy.models import ApiKey, Organization, Scope, User
from labelops.tenancy.scope import organization_scope, system_scope
from labelops.tenancy.services.keys import create_api_key
from tests.audits.scene import PARAMS, Scene, make_scene

WORK = {"instruction": "Which bird?", "attachment_type": "text", **PARAMS}
DUCK = {"category": "duck"}


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Any

    def __getitem__(self, key: str) -> Any:
        return self.body[key]


class Api:
    """Calls with a key, below /v1 unless the path begins with a slash.

    Every answer must be JSON, and every error an object with a string `error`.
    """

    def __init__(self, key: str | None) -> None:
        self.client = Client(raise_request_exception=True)
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def call(self, method: str, path: str, body: Any = None, query: Any = None, **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        address = path if path.startswith("/") else f"/v1/{path}"
        response = self.client.generic(
            method, address, data, content_type=headers.pop("content_type", "application/json"),
            query_params=query, headers={**self.headers, **headers},
        )  # fmt: skip
        found = json.loads(response.content)
        if response.status_code != 200:
            assert isinstance(found, dict), response.content
            assert isinstance(found["error"], str), response.content
            assert found["status_code"] == response.status_code
        return Answer(response.status_code, found, response.headers)

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self.call("POST", path, body, query)

    def create(self, type: str = "categorization", **fields: Any) -> Answer:
        return self.post(f"task/{type}", {**WORK, **fields})

    def done(self, **fields: Any) -> str:
        """The id of a completed task."""
        task_id = self.create(**fields)["task_id"]
        assert self.post(f"task/{task_id}/response", {"response": DUCK}).status == 200
        return task_id


def make_key(organization: Organization, user: User, *, mode: str = "live", scopes: Any = None) -> str:
    """The text of a key that counts as used just now, so that no call has to note its use."""
    key, text = create_api_key(
        organization=organization, mode=mode, name="tests", user=user, scopes=scopes or Scope.values,
        now=timezone.now(),
    )  # fmt: skip
    with system_scope("command line"):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
    return text


@dataclass(frozen=True)
class World:
    scene: Scene
    api: Api
    other: Api
    other_scene: Scene

    def api_as(self, member: str, **options: Any) -> Api:
        return Api(make_key(self.scene.organization, self.scene.members[member].user, **options))

    def reassign(self, **values: Any) -> None:
        """Change settings of the organization."""
        with organization_scope(self.scene.organization.pk):
            Organization.objects.filter(pk=self.scene.organization.pk).update(**values)


ROLES = {"alice": "auditor", "bob": "auditor", "lea": "lead", "ingrid": "integrator", "rita": "requester"}


def make_world() -> World:
    scene, other = make_scene(tasks=0, roles=ROLES), make_scene(tasks=0, roles={})
    keys = [make_key(one.organization, one.members["owner"].user) for one in (scene, other)]
    return World(scene, Api(keys[0]), Api(keys[1]), other)
