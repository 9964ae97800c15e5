"""The API's description is valid, and calls made up from it find no 5xx and nothing of another organization."""

import json
from http import HTTPStatus

import pytest
import schemathesis
from django.test import Client
from django.urls import reverse
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from audits.api.openapi.generation import document
from audits.api.openapi.operations import OPERATIONS
from crowd_rules.api.openapi.operations import CROWD_OPERATIONS
from labelops.tenancy.identifiers import uuid7
from tests.audits.api_world import World, make_world
from tests.factories import ScopedClient

EXAMPLES = 8
OUR_CANARY, THEIR_CANARY = "canaryours7", "canarytheirs7"
CROWD = "/api/v1/"
ALL = [operation.ok() for operation in schemathesis.openapi.from_dict(document()).get_all_operations()]
# Those of the crowd dialect: test_openapi_crowd.py.
DESCRIBED = [operation for operation in ALL if not operation.path.startswith(CROWD)]


def test_the_document_is_valid_and_served():
    browser = Client()
    served = browser.get(reverse("api-document")).json()
    assert served["openapi"].startswith("3.1")
    validate_schema(served)
    page = browser.get(reverse("api-viewer"))
    assert page.status_code == HTTPStatus.OK
    assert "://" not in page.content.decode()  # all of it from this server


def test_every_row_of_the_table_is_a_route():
    described = {(method.upper(), path) for path, calls in document()["paths"].items() for method in calls}
    assert {*OPERATIONS, *CROWD_OPERATIONS} - described == set()


def test_every_call_of_sessions_reports_and_exports_has_a_row():
    described = {(method.upper(), path) for path, calls in document()["paths"].items() for method in calls}
    ours = {call for call in described if call[1].startswith(("/v1/reports", "/v1/exports", "/v1/audit_sessions"))}
    assert len(ours) >= 21
    assert ours - set(OPERATIONS) == set()


def test_every_call_of_the_crowd_dialect_has_a_row():
    described = {(method.upper(), path) for path, calls in document()["paths"].items() for method in calls}
    assert {call for call in described if call[1].startswith(CROWD)} - set(CROWD_OPERATIONS) == set()


def test_every_example_fits_its_shape():
    for operation in (*OPERATIONS.values(), *CROWD_OPERATIONS.values()):
        if operation.body and operation.example is not None:
            Draft202012Validator(operation.body).validate(operation.example)


class Place:
    """Two organizations with one of everything, each named by its canary; ids that calls may name."""

    def __init__(self, world: World) -> None:
        self.keys = {OUR_CANARY: world.api, THEIR_CANARY: world.other}
        self.values: dict[str, list[str]] = {"task_id": [], "name": [], "session_id": [], "id": []}
        for canary, api in self.keys.items():
            self._furnish(api, canary)

    def _furnish(self, api, canary: str) -> None:
        api.post("projects", {"name": canary, "type": "categorization"})
        api.post("batches", {"name": f"{canary} b", "project": canary, "metadata": {"is": canary}})
        task = api.done(project=canary, batch=f"{canary} b", unique_id=f"{canary} u", tags=[canary],
                        instruction=canary, metadata={"is": canary})  # fmt: skip
        feedback = api.call("PUT", "audits", {"task_id": task, "audit_result": "rejected", "comments": canary})
        session = api.post("audit_sessions", {"all": True, "name": canary})
        api.post(f"audit_sessions/{session['session_id']}/claim")
        self.values["task_id"].append(task)
        self.values["id"].append(feedback["id"])
        self.values["session_id"].append(session["session_id"])
        self.values["name"] += [task, canary, f"{canary} b", f"{canary} u", "categorization"]

    def of(self, name: str) -> st.SearchStrategy[str]:
        return st.sampled_from([*self.values.get(name, []), uuid7().hex, "x"])


@pytest.fixture
def place(db) -> Place:
    return Place(make_world())


def send(case, key_headers: dict[str, str]):
    arguments = case.as_transport_kwargs(base_url="http://testserver")
    headers = {name: value for name, value in arguments["headers"].items() if name.lower() != "authorization"}
    body = arguments.get("json", arguments.get("data"))
    data = b"" if body is None or type(body).__name__ == "NotSet" else json.dumps(body).encode()
    return ScopedClient(raise_request_exception=False).generic(
        case.method, case.formatted_path, data, content_type="application/json",
        query_params=dict(case.query or {}),
        headers={**headers, **key_headers},
    )  # fmt: skip


@pytest.mark.parametrize("operation", DESCRIBED, ids=lambda operation: operation.label)
def test_made_up_calls_find_no_fault_and_nothing_of_others(place, operation):
    names = [parameter.name for parameter in operation.path_parameters]

    @seed(7)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(
        case=operation.as_strategy(),
        task=place.of("task_id"),
        known=st.fixed_dictionaries({name: place.of(name) for name in names}),
    )
    def ask(case, task, known):
        case.path_parameters = known
        if isinstance(case.body, dict) and "task_id" in case.body:
            case.body["task_id"] = task
        for own, foreign in ((OUR_CANARY, THEIR_CANARY), (THEIR_CANARY, OUR_CANARY)):
            answer = send(case, place.keys[own].headers)
            text = answer.content.decode()
            sent = json.dumps([case.formatted_path, case.query, str(case.body)])
            assert answer.status_code < 500, (answer.status_code, text)
            assert answer.status_code in (200, 400, 401, 403, 404, 409, 413, 415, 423), (answer.status_code, text)
            # What the caller itself sent may come back.
            assert foreign not in text or foreign in sent, text
            if answer.status_code != 200:
                assert isinstance(json.loads(text)["error"], str)

    ask()


def test_the_canary_would_be_found(place):
    """The control: our own is in the answers to us."""
    texts = [place.keys[OUR_CANARY].get(path).body for path in ("tasks", "batches", "projects", "audit_sessions")]
    assert all(OUR_CANARY in json.dumps(text) for text in texts)


def test_a_failing_call_would_be_found(place, monkeypatch):
    """The control: a 500 is seen as one."""
    from audits.api import projects

    monkeypatch.setattr(projects, "project_json", lambda project: 1 / 0)
    client = Client(raise_request_exception=False)
    answer = client.get("/v1/projects", headers=place.keys[OUR_CANARY].headers)
    assert answer.status_code == 500
    assert isinstance(answer.json()["error"], str)
