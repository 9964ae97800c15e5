"""The short way of performers' calls says what the ordinary way says; what it cannot say goes there, whole."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections

from crowd_rules.api.hot import HotView
from crowd_rules.api.straight import StraightOn
from crowd_rules.models import Assignment
from labelops.tenancy.calls import security_headers
from labelops.tenancy.scope import organization_scope
from labelops.tenancy.throttling import CallLimits
from tests.crowd_rules.api.world import IMAGE, SPEC, make_world
from tests.ordinary import Ordinary

pytestmark = pytest.mark.django_db
OK = {"output_values": {"result": "OK"}}
MIXED = {"real_tasks_count": 1, "golden_tasks_count": 0, "training_tasks_count": 0}


class Front:
    """A performer's front end before a WSGI application; `last`: the status line and the headers."""

    def __init__(self, application: Any, token: str) -> None:
        self.application, self.token, self.last = application, token, ("", {})

    def post(self, path: str, body: Any = None, **more: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        environ = {
            "REQUEST_METHOD": "POST", "PATH_INFO": f"/api/v1/performer/{path}", "SCRIPT_NAME": "", "QUERY_STRING": "",
            "SERVER_NAME": "testserver", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
            "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(data)), "wsgi.input": BytesIO(data),
            "HTTP_AUTHORIZATION": f"Bearer {self.token}", "wsgi.errors": BytesIO(), **more,
        }  # fmt: skip
        answer = self.application(environ, lambda status, headers, exc=None: setattr(self, "last", (status, headers)))
        found = json.loads(b"".join(answer))
        self.last = (self.last[0], dict(self.last[1]))
        return found


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """The test's transaction is not what a request begins and ends with."""
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def pool(world):
    made = world.api.pool(mixer_config=MIXED, defaults={"default_overlap_for_new_tasks": 2})
    world.api.tasks(made["id"], 6)
    world.api.post(f"pools/{made['id']}/open")
    return made["id"]


def token_of(world: Any, name: str) -> str:
    return world.api.made("performers", {"name": name})["token"]


def test_both_ways_answer_alike(world, pool):
    ordinary = Ordinary()
    fronts = [Front(StraightOn(ordinary), token_of(world, "Ann")), Front(WSGIHandler(), token_of(world, "Bob"))]
    said = [play(front, pool) for front in fronts]
    assert said[0] == said[1]
    assert not ordinary.bodies, "every success went straight on"


def play(front: Front, pool: str) -> list[Any]:
    """Take, again, submit and go on, again, skip and go on, skip: what each answer looked like."""
    seen, take = [], f"pools/{pool}/assignments"
    page = front.post(take)
    seen.append(shape(front, page))
    seen.append(shape(front, front.post(take)))
    submit = f"assignments/{page['id']}/submit"
    seen.append(shape(front, front.post(submit, {"solutions": [OK], "take_next": True})))
    seen.append(shape(front, front.post(submit, {"solutions": [OK]})))
    page = front.post(take)
    skipped = front.post(f"assignments/{page['id']}/skip", {"take_next": True})
    seen.append(shape(front, skipped))
    seen.append(shape(front, front.post(f"assignments/{skipped['next']['id']}/skip")))
    return seen


def shape(front: Front, found: dict[str, Any]) -> tuple[str, dict[str, str], list[str], str, int]:
    status, headers = front.last
    own = {name: value for name, value in headers.items() if name != "Content-Length"}
    tasks = [one["input_values"] for one in found["tasks"]]
    return status, own, sorted(found), found["status"], len(tasks)


@pytest.mark.parametrize("way", [lambda: StraightOn(Ordinary()), WSGIHandler])
def test_a_field_that_is_hidden_from_performers_is_in_no_answer(world, way):
    spec = {**SPEC, "input_spec": {**SPEC["input_spec"], "size": {**SPEC["input_spec"]["size"], "hidden": True}}}
    made = world.api.pool(project_id=world.api.project(task_spec=spec), mixer_config=MIXED)
    world.api.tasks(made["id"], 6)
    world.api.post(f"pools/{made['id']}/open")
    front, take = Front(way(), token_of(world, "Ann")), f"pools/{made['id']}/assignments"
    taken = [front.post(take), front.post(take)]
    submitted = front.post(f"assignments/{taken[0]['id']}/submit", {"solutions": [OK], "take_next": True})
    skipped = front.post(f"assignments/{submitted['next']['id']}/skip", {"take_next": True})
    seen = [*taken, submitted, submitted["next"], skipped, skipped["next"]]
    assert [one["tasks"][0]["input_values"] for one in seen] == [IMAGE] * 6
    assert world.api.get("assignments", pool_id=made["id"])["items"][0]["tasks"][0]["input_values"]["size"], (
        "the requester sees it all"
    )


def test_what_is_no_yes_goes_the_ordinary_way_whole_undone_and_counted_once(world, pool, monkeypatch):
    ordinary, counted = Ordinary(), []
    monkeypatch.setattr(CallLimits, "allow_request", lambda *_: counted.append(1) or True)
    ann = Front(StraightOn(ordinary), token_of(world, "Ann"))
    page = ann.post(f"pools/{pool}/assignments")
    submit, nobody = f"assignments/{page['id']}/submit", Front(StraightOn(ordinary), "labelops_performer_no")
    counted.clear()
    refusals = [
        (nobody, submit, {"solutions": [OK]}, "401", "AUTHENTICATION_ERROR"),
        (ann, submit, b"{", "400", "VALIDATION_ERROR"),
        (ann, submit, {"solutions": []}, "400", "VALIDATION_ERROR"),
        (ann, submit, {"solutions": [OK], "other": 1}, "400", "VALIDATION_ERROR"),
        (ann, f"assignments/{'0' * 32}/submit", {"solutions": [OK]}, "404", "DOES_NOT_EXIST"),
        (ann, f"pools/{'0' * 32}/assignments", {}, "404", "DOES_NOT_EXIST"),
    ]
    for front, path, body, status, code in refusals:
        found = front.post(path, body)
        assert (front.last[0][:3], found["code"]) == (status, code), (path, body, found)
    assert len(counted) == len(refusals) - 1, "each call with a good token once, whichever way it went"
    sent = [body if isinstance(body, bytes) else json.dumps(body).encode() for _, _, body, _, _ in refusals]
    assert ordinary.bodies == sent
    with organization_scope(world.organization.pk):
        assert Assignment.objects.get().status == "ACTIVE"
    assert ann.post(submit, {"solutions": [OK]})["status"] == "ACCEPTED"


@pytest.mark.parametrize(
    "more",
    [{"REQUEST_METHOD": "GET"}, {"CONTENT_TYPE": "text/plain"}, {"HTTP_TRANSFER_ENCODING": "chunked"},
     {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "-1"}, {"CONTENT_LENGTH": "99999999999"}],
)  # fmt: skip
def test_what_is_not_plain_is_not_touched(world, pool, more):
    ordinary = Ordinary()
    Front(StraightOn(ordinary), token_of(world, "Ann")).post(f"pools/{pool}/assignments", {}, **more)
    assert ordinary.bodies == [b"{}"]


def test_a_call_for_another_host_is_refused_either_way(world, pool):
    ordinary, token = Ordinary(), token_of(world, "Ann")
    for front in (Front(StraightOn(ordinary), token), Front(WSGIHandler(), token)):
        front.post(f"pools/{pool}/assignments", {}, HTTP_HOST="elsewhere.example")
        assert front.last[0].startswith("400"), front.application
    with organization_scope(world.organization.pk):
        assert not Assignment.objects.exists()


def test_behind_a_proxy_with_tls_both_ways_say_so(world, pool, settings):
    settings.SECURE_PROXY_SSL_HEADER, settings.SECURE_HSTS_SECONDS = ("HTTP_X_FORWARDED_PROTO", "https"), 60
    security_headers.cache_clear()
    ordinary = Ordinary()
    said = []
    for application, name in ((StraightOn(ordinary), "Ann"), (WSGIHandler(), "Bob")):
        front = Front(application, token_of(world, name))
        front.post(f"pools/{pool}/assignments", {}, HTTP_X_FORWARDED_PROTO="https")
        said.append(front.last[1].get("Strict-Transport-Security"))
    security_headers.cache_clear()
    assert said == ["max-age=60", "max-age=60"]
    assert not ordinary.bodies


def throw(error: Exception) -> None:
    raise error


def test_a_failure_of_ours_is_said_and_answered_the_ordinary_way(world, pool, monkeypatch, caplog):
    failures = [RuntimeError("not yet")]
    monkeypatch.setattr(HotView, "check_limits", lambda *_: failures and throw(failures.pop()))
    ordinary = Ordinary()
    ann = Front(StraightOn(ordinary), token_of(world, "Ann"))
    assert ann.post(f"pools/{pool}/assignments")["status"] == "ACTIVE"
    assert len(ordinary.bodies) == 1
    assert "goes the ordinary way" in caplog.text
