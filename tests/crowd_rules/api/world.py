"""Callers of the crowd dialect: two organizations' keys, and performers' tokens."""

import json
from dataclasses import dataclass
from typing import Any

from labelops.tenancy.models import Organization
from tests.factories import ScopedClient, make_key, make_organization

SPEC = {
    "input_spec": {"image": {"type": "url"}, "size": {"type": "integer", "required": False, "min_value": 1}},
    "output_spec": {"result": {"type": "string", "allowed_values": ["OK", "BAD"]}},
    "view_spec": {"type": "classic", "markup": "{{image}}", "settings": {"showSkip": True}},
}
PROJECT = {"public_name": "Birds", "public_description": "Which bird?", "task_spec": SPEC}
POOL = {
    "private_name": "first", "may_contain_adult_content": False, "reward_per_assignment": 0.05,
    "will_expire": "2100-01-01T00:00:00", "assignment_max_duration_seconds": 600,
    "mixer_config": {"real_tasks_count": 2, "golden_tasks_count": 0, "training_tasks_count": 0},
}  # fmt: skip
IMAGE = {"image": "https://a.example/1.jpg"}


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    def __getitem__(self, key: str) -> Any:
        return self.body[key]

    @property
    def fields(self) -> dict[str, str]:
        """field -> code of a refused input."""
        assert (self.status, self.body["code"]) == (400, "VALIDATION_ERROR"), self.body
        return {name: problem["code"] for name, problem in self.body["payload"].items()}


class Caller:
    """Below /api/v1. Every refusal must have the dialect's shape, and none may break its client."""

    def __init__(self, secret: str) -> None:
        self.client, self.headers = ScopedClient(), {"Authorization": f"OAuth {secret}"}

    def call(self, method: str, path: str, body: Any = None, query: Any = None, **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        response = self.client.generic(
            method, f"/api/v1/{path}", data, content_type=headers.pop("content_type", "application/json"),
            query_params=query, headers={**self.headers, **headers},
        )  # fmt: skip
        found = json.loads(response.content) if response.content else None
        if response.status_code >= 400:
            assert set(found) == {"code", "message", "request_id", "payload"}, found
            assert "Retry-After" not in response.headers
        return Answer(response.status_code, found)

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self.call("POST", path, body, query)

    def put(self, path: str, body: Any) -> Answer:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any) -> Answer:
        return self.call("PATCH", path, body)

    def made(self, path: str, body: Any, **query: Any) -> Any:
        answer = self.post(path, body, **query)
        assert answer.status in (201, 202), answer.body
        return answer.body

    def project(self, **more: Any) -> str:
        return self.made("projects", {**PROJECT, **more})["id"]

    def pool(self, **more: Any) -> dict[str, Any]:
        given = {**POOL, "project_id": more.pop("project_id", None) or self.project(), **more}
        return self.made("pools", given)

    def tasks(self, pool_id: str, number: int) -> list[dict[str, Any]]:
        items = [{"pool_id": pool_id, "input_values": {**IMAGE, "size": n + 1}} for n in range(number)]
        return list(self.made("tasks", items)["items"].values())

    def worker(self, name: str = "Ann") -> tuple[str, "Caller"]:
        found = self.made("performers", {"name": name})
        return found["id"], Caller(found["token"])


@dataclass(frozen=True)
class World:
    organization: Organization
    api: Caller
    other: Caller


def make_world() -> World:
    ours, theirs = make_organization(), make_organization()
    return World(ours, *(Caller(make_key(organization=one)) for one in (ours, theirs)))
