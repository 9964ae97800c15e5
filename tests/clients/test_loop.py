"""The whole loop from outside: an integrator's calls, an auditor's forms, and what a plain receiver is told."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.callbacks.conftest import Receiver
from tests.embedded.conftest import wait_until
from tests.faults.browser import Browser, form_in
from tests.faults.instance import Instance
from tests.faults.told import attempts_by_id, check_proofs, told_of, wait_for_callbacks

# With the tests that hurt the same instance: one after the other.
pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]
WORK = {
    "instruction": "Which bird?",
    "attachment_type": "text",
    "attachment": "A duck?",
    "categories": ["duck", "goose"],
}


class Integrator:
    """Calls below /v1 with one key."""

    def __init__(self, instance: Instance, key: str) -> None:
        self.http = httpx.Client(base_url=f"{instance.url}/v1", auth=(instance.environment[key], ""), timeout=20)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)


@pytest.fixture
def live(instance: Instance) -> Iterator[Integrator]:
    integrator = Integrator(instance, "LABELOPS_API_KEY")
    with integrator.http:
        yield integrator


@pytest.fixture
def test_mode(instance: Instance) -> Iterator[Integrator]:
    integrator = Integrator(instance, "LABELOPS_TEST_KEY")
    with integrator.http:
        yield integrator


def wait_until_told(callbacks: Receiver, task_id: str, times: int) -> dict[str, Any]:
    """The newest body about the task, once so many have come."""
    wait_until(lambda: len(told_of(callbacks, task_id)) >= times, seconds=15, what=f"{times} callbacks")
    bodies = told_of(callbacks, task_id)
    assert len(bodies) == times
    return bodies[-1]


def same_task(told: dict[str, Any], answered: dict[str, Any]) -> bool:
    """Whether a callback's task is what GET answers, but for how the callback itself ended."""
    ended = ("callback_succeeded", "callback_completed")
    return told == {name: value for name, value in answered.items() if name not in ended}


def test_the_loop(instance, callbacks, live):
    live.post("/projects", {"name": "loop", "type": "categorization", "params": {}})
    made = live.post("/task/categorization", WORK | {"project": "loop", "callback_url": callbacks.url})
    task_id = made["task_id"]
    assert (made["status"], made["is_test"]) == ("pending", False)
    live.post(f"/task/{task_id}/response", {"response": {"category": "duck"}})
    completed = wait_until_told(callbacks, task_id, 1)
    assert (completed["status"], completed["response"]["category"]) == ("completed", "duck")
    assert "customer_review_status" not in completed

    email, password = (instance.environment[f"LABELOPS_AUDITOR_{name}"] for name in ("EMAIL", "PASSWORD"))
    auditor = Browser(instance.url, instance.slug).sign_in(email, password)
    work = auditor.work_at(auditor.open_session(project="loop"))
    assert work.task_id == task_id
    answer = auditor.judge(work, "fixed", "It is a goose.", json.dumps({"category": "goose"}))
    assert answer.status_code == 200, answer.text
    fixed = wait_until_told(callbacks, task_id, 2)
    assert fixed["customer_review_status"] == "Fixed"
    assert fixed["customer_review_comments"] == ["It is a goose."]
    assert [prior["category"] for prior in fixed["prior_responses"]] == ["duck"]
    assert fixed["response"] == {"category": "goose", "is_customer_fix": True}
    assert same_task(fixed["task"], live.get(f"/task/{task_id}").json())

    again = auditor.work_at(f"tasks/{task_id}/audit/")
    assert auditor.judge(again, "rejected", "Neither.").status_code == 200
    rejected = wait_until_told(callbacks, task_id, 3)
    assert rejected["customer_review_status"] == "Rejected"
    assert rejected["customer_review_comments"] == ["It is a goose.", "Neither."]
    assert [audit["audit_result"] for audit in rejected["task"]["audits"]] == ["rejected", "fixed"]
    assert all(audit["audited_by"] == email for audit in rejected["task"]["audits"])
    assert same_task(rejected["task"], live.get(f"/task/{task_id}").json())

    check_the_wire(instance, callbacks, task_id)
    ended = lambda: live.get(f"/task/{task_id}").json().get("callback_succeeded")  # noqa: E731
    wait_until(lambda: ended() is True, seconds=10, what="the task says that its callback arrived")


def check_the_wire(instance: Instance, callbacks: Receiver, task_id: str) -> None:
    """Signed, in order, once each, under ids of their own."""
    told = told_of(callbacks, task_id)
    assert [body["sequence"] for body in told] == sorted({body["sequence"] for body in told})
    mine = [made for made in attempts_by_id(callbacks).values() if json.loads(made[0].body).get("task_id") == task_id]
    assert [len(made) for made in mine] == [1, 1, 1]
    for (request,) in mine:
        check_proofs(request, instance.keys[instance.slug])


def test_the_quality_page_opens_the_same_session(instance, callbacks, live):
    """For whom may see the figures."""
    live.post("/projects", {"name": "quality", "type": "categorization", "params": {}})
    task_id = live.post("/task/categorization", WORK | {"project": "quality"})["task_id"]
    live.post(f"/task/{task_id}/response", {"response": {"category": "duck"}})
    lead = Browser(instance.url, instance.slug)
    lead.sign_in(instance.environment["LABELOPS_LEAD_EMAIL"], instance.environment["LABELOPS_LEAD_PASSWORD"])
    assert lead.work_at(lead.open_session("quality/", project="quality")).task_id == task_id


def test_test_mode_and_live_never_meet(instance, callbacks, live, test_mode):
    for one in (live, test_mode):
        one.post("/projects", {"name": "twins", "type": "categorization", "params": {}})
    set_project_callback(instance, f"{callbacks.url}/live")

    made = test_mode.post("/task/categorization", WORK | {"project": "twins"})
    assert (made["status"], made["is_test"]) == ("completed", True)
    test_mode.post(f"/task/{made['task_id']}/audit", {"accepted": True})
    own = test_mode.post("/task/categorization", WORK | {"project": "twins", "callback_url": f"{callbacks.url}/test"})
    real = live.post("/task/categorization", WORK | {"project": "twins"})
    live.post(f"/task/{real['task_id']}/response", {"response": {"category": "duck"}})

    wait_for_callbacks(instance, callbacks, [own["task_id"], real["task_id"]], type="task.completed")
    paths = {(json.loads(one.body)["task_id"], one.path.rpartition("/")[2]) for one in callbacks.requests}
    assert paths >= {(own["task_id"], "test"), (real["task_id"], "live")}
    assert told_of(callbacks, made["task_id"]) == []
    (told,) = (one for one in callbacks.requests if one.path.endswith("/test"))
    assert json.loads(told.body)["task"]["is_test"] is True
    check_proofs(told, instance.keys[f"{instance.slug}-test"])

    for key, foreign in ((live, made), (live, own), (test_mode, real)):
        assert key.get(f"/task/{foreign['task_id']}").status_code == 404
        assert foreign["task_id"] not in key.get("/tasks?project=twins").text


def set_project_callback(instance: Instance, url: str) -> None:
    """On the live project's page, as its owner."""
    owner = Browser(instance.url, instance.slug)
    owner.sign_in(instance.environment["LABELOPS_EMAIL"], instance.environment["LABELOPS_PASSWORD"])
    query = "SELECT replace(p.id::text, '-', '') FROM audits_project p JOIN tenancy_organization o"
    query += " ON o.id = p.organization_id WHERE p.name = 'twins' AND o.slug = %s"
    ((project,),) = instance.rows(query, instance.slug)
    action, fields = form_in(owner.get(f"projects/{project}/").text, 'action="[^"]*/callback/"')
    assert owner.http.post(action, data=fields | {"callback_url": url}).status_code == 302
