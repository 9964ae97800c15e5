"""What every call has in common: who gets in, what an error looks like, what hostile input comes to."""

import base64
import json

import pytest
from django.db import OperationalError

from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.keys import checksum
from tests.audits.api_world import DUCK, WORK, Api, World, make_key, make_world


@pytest.fixture
def world(db) -> World:
    return make_world()


@pytest.fixture
def api(world) -> Api:
    return world.api


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def forged(public_id: str) -> str:
    head = f"labelops_live_{public_id}_{'x' * 32}"
    return head + checksum(head)


def test_basic_and_bearer(world):
    scene = world.scene
    key = make_key(scene.organization, scene.members["owner"].user)
    for header in (basic(f"{key}:"), basic(f"{key}:ignored"), f"Bearer {key}", f"bearer {key}"):
        assert Api(None).call("GET", "tasks", Authorization=header).status == 200


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!", "Basic é", "Bearer ", "Bearer é", "Token x", basic(":"), basic("é:"), basic("\0:"),
     basic(forged("abcdefgh") + ":"), basic(forged("abc\0efgh") + ":"), "Bearer " + "x" * 100_000,
     "Basic " + "A" * 1_000_000],
)  # fmt: skip
def test_what_is_no_key_is_401_in_one_shape(db, header):
    answer = Api(None).call("GET", "tasks", **({"Authorization": header} if header else {}))
    assert answer.body == {"status_code": 401, "error": "The API key is missing, unknown, expired or revoked."}
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "path", ["nothing", "", "tasks/", "task", "task/", "task/a/b/c%0a", "%00", "batches/a%0ab", "../x"]
)
def test_what_is_nowhere_is_404_in_json(api, path):
    assert api.get(path).status == 404


def test_no_address_redirects(client):
    assert client.get("/v1").status_code == 404
    assert client.post("/v1").json()["status_code"] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "tasks"), ("DELETE", "projects"), ("PATCH", "batches"), ("GET", "task/x/audit"), ("OPTIONS", "tasks")],
)
def test_a_wrong_method_is_405_in_json(api, method, path):
    assert api.call(method, path).status == 405


def test_head_answers_nothing(world):
    assert world.api.client.head("/v1/tasks", headers=world.api.headers).status_code == 405


def test_only_json_is_read(api):
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ):
        assert api.call("POST", "task/categorization", WORK, content_type=kind).status == 415
    assert api.call("POST", "task/categorization", WORK, content_type="application/json; charset=utf-8").status == 200


def test_there_is_one_format(api):
    assert api.call("GET", "tasks", query={"format": "html"}, Accept="text/html").status == 200


def test_an_empty_body_is_an_empty_object(api):
    assert api.call("POST", "projects", b"").status == 400
    assert api.call("POST", "projects", b" \n").status == 400
    assert api.call("POST", "task/textcollection", b"").status == 200


def test_what_breaks_inside_is_500_in_json_and_undone(api, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("a secret")

    monkeypatch.setattr("audits.api.tasks.task_json", fail)
    api.client.raise_request_exception = False
    answer = api.create(unique_id="u")
    assert answer.status == 500
    assert "secret" not in answer["error"]
    monkeypatch.undo()
    assert api.get("tasks")["total"] == 0


def test_a_database_that_fails_is_503_with_retry_after(api, monkeypatch):
    def fail(*_, **__):
        raise OperationalError("gone")

    monkeypatch.setattr("audits.api.tasks.create_requested_task", fail)
    answer = api.create()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


def test_a_refused_call_leaves_nothing(api):
    assert api.create(tags=["x" * 300]).status == 400
    assert api.create(callback_url="ftp://a.example").status == 400
    assert api.get("tasks")["total"] == 0


BODIES = {
    "syntax": b"{",
    "trailing": b"{} {}",
    "bom": b"\xef\xbb\xbf{}",
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "latin-1": '{"a": "é"}'.encode("latin-1"),
    "nan": b'{"attachment": NaN}',
    "infinity": b'{"attachment": -Infinity}',
    "1e400": b'{"attachment": 1e400}',
    "long number": b'{"attachment": ' + b"9" * 5000 + b"}",
    "nul": b'{"attachment": "a\\u0000b"}',
    "nul as key": b'{"\\u0000": 1}',
    "surrogate": b'{"attachment": "\\ud800"}',
    "surrogate deep": b'{"attachment": [[{"\\udfff": 1}]]}',
    "depth 200": b'{"attachment": ' + b"[" * 200 + b"]" * 200 + b"}",
    "depth 20000": b'{"attachment": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "depth 100000": b"[" * 100_000,
    "list": b"[]",
    "text": b'"x"',
    "number": b"1",
    "null": b"null",
    "true": b"true",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_hostile_body_is_400_everywhere(api, body):
    api.post("batches", {"project": "birds", "name": "b"})
    task_id = api.create()["task_id"]
    for path in ("task/categorization", "projects", "batches", f"task/{task_id}/audit", f"task/{task_id}/response",
                 f"task/{task_id}/unique_id", f"task/{task_id}/setMetadata", "projects/birds/setParams",
                 "batches/b/setMetadata"):  # fmt: skip
        assert api.call("POST", path, body).status == 400, path
    tags = api.call("POST", f"task/{task_id}/tags", body)
    assert tags.status == (200 if body == b"[]" else 400)


def test_a_body_over_the_limit_is_413(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    assert api.create(attachment="x" * 9_000).status == 200
    assert api.create(attachment="x" * 11_000).status == 413


def test_many_keys_and_long_text_are_stored(api):
    task = api.create(many={str(n): n for n in range(20_000)}, text="é" * 500_000)
    assert len(api.get(f"task/{task['task_id']}")["params"]["many"]) == 20_000


WRONG = [7, True, [], {}, ["a"], {"a": 1}, 1.5]


@pytest.mark.parametrize("field", ["project", "batch", "instruction", "unique_id", "callback_url", "urgency"])
def test_a_text_must_be_one(api, field):
    for value in WRONG:
        assert api.create(**{field: value}).status == 400, value


@pytest.mark.parametrize(("field", "values"), [
    ("metadata", [7, True, "x", ["a"]]),
    ("tags", [7, True, "x", {"a": 1}, [1], [None], [["a"]]]),
    ("project_version", ["0", True, 1.0, [], 2**31, 2**63, 10**30, -2]),
    ("unique_id", ["x" * 256]),
    ("callback_url", ["x", "ftp://a", "http://", "https://a b", "javascript:alert(1)", "http://[::1",
                      "https://" + "a" * 3000]),
])  # fmt: skip
def test_other_fields_must_be_what_they_are(api, field, values):
    for value in values:
        assert api.create(project="birds", **{field: value}).status == 400, value


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE audits_task; --", "a\r\nSet-Cookie: x=1", "../../etc/passwd", "{{ 7*7 }}", "CON",
             "${jndi:ldap://x}", "\x1b[31m", "%s %n", "\u202eevil", "\u00e9", "e\u0301", "\U0001f986"],
)  # fmt: skip
def test_text_stays_text(api, text):
    task = api.create(unique_id=text, instruction=text, tags=[text], metadata={text: text}, odd=text)
    assert task.status == 200
    found = api.get("tasks", unique_id=text, tags=text)["docs"][0]
    assert (found["instruction"], found["params"]["odd"], found["metadata"]) == (text, text, {text: text})
    for key in ("project", "batch", "type"):
        assert api.get("tasks", **{key: text})["docs"] == []


@pytest.mark.parametrize(
    "key", ["filter[user__password]", "project__organization", "organization", "organization_id", "ordering"]
)
def test_keys_that_look_into_the_database_mean_nothing(api, key):
    api.create()
    assert api.get("tasks", **{key: "x"})["total"] == 1
    assert api.create(**{key: str(uuid7())}).status == 200


@pytest.mark.parametrize(
    "task_id", ["-1", "0", str(2**31), str(2**63), "10" * 20, "true", "null", "[]", "urn:uuid:01a20441-8f03-762b-8b62-78ff92a76ec2"]
)
def test_an_id_that_is_none_is_404(api, task_id):
    assert api.get(f"task/{task_id}").status == 404
    assert api.post(f"task/{task_id}/cancel").status == 404
    assert api.post(f"task/{task_id}/audit", {"accepted": True}).status == 404


@pytest.mark.parametrize("offset", ["-1", "10" * 9, "1.0", "x", "true"])
def test_an_offset_that_is_none_is_400(api, offset):
    assert api.get("tasks", offset=offset).status == 400
    assert api.get("batches", offset=offset).status == 400


def test_too_many_keys_are_400(api):
    query = {f"k{number}": "x" for number in range(1_200)}
    assert api.call("GET", "tasks", query=query).status == 400


def test_a_host_that_is_not_ours_is_400_in_json(api):
    assert api.call("GET", "tasks", Host="evil.example").status == 400


def test_nothing_outside_the_allowed_list_answers_409(api):
    for name in ("task-1", "task/1"):
        api.post("batches", {"project": "birds", "name": name})
        for _ in range(2):
            assert api.post(f"batches/{name}/finalize").status == 200
    task_id = api.done(unique_id="u")
    for _ in range(2):
        assert api.post(f"task/{task_id}/response", {"response": DUCK}).status == 400
        assert api.post(f"task/{task_id}/cancel").status == 400
        assert api.post(f"task/{task_id}/tags", ["a"]).status == 200
        assert api.call("DELETE", f"task/{task_id}/unique_id").status == 200


def test_answers_are_small_and_plain(api):
    answer = api.get("tasks")
    assert answer.headers["Content-Type"] == "application/json"
    assert "Set-Cookie" not in answer.headers
    assert json.dumps(answer.body)
