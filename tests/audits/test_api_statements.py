"""What each call of the dialect's second half costs, and that it does not grow with what there is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.audits.api_world import DUCK, WORK, World, make_world
from tests.statements import asked

MOST = 6
KNOWN = {**WORK, "expected_response": DUCK, "project": "birds"}
EMAILS = [f"invited{number}@a.example" for number in range(5)]
# Method, path below /v1 or /v2, body.
CALLS = {
    "template": ("GET", "projects/birds/taskTemplates", None),
    "files/import": ("POST", "files/import", {"file_url": "https://a.example/a.png", "project_name": "birds"}),
    "files": ("GET", "files/{file}", None),
    "create known task": ("POST", "evaluation_tasks/categorization", KNOWN),
    "create known task with unique_id": ("POST", "training_tasks/categorization", {**KNOWN, "unique_id": "k"}),
    "known task": ("GET", "evaluation_tasks/{known}", None),
    "known tasks": ("GET", "evaluation_tasks", None),
    "team": ("GET", "teams", None),
    "assignments": ("GET", "studio/assignments", None),
    "groups": ("GET", "studio/projects/birds/groups", None),
    "studio batches": ("GET", "studio/batches", None),
    "v2 task": ("GET", "/v2/task?task_id={task}", None),
    "v2 tasks": ("GET", "/v2/tasks?project_name=birds&batch_name=b0&expand=project&expand=batch", None),
    "v2 batch": ("GET", "/v2/batch?batch_name=b0", None),
    "v2 batches": ("GET", "/v2/batches?project_name=birds", None),
    "v2 create batch": ("POST", "/v2/batch", {"name": "new", "project_name": "birds"}),
    "v2 create task": ("POST", "/v2/task/chat", {"project_name": "birds"}),
    "v2 projects": ("GET", "/v2/projects", None),
}
WRITES = {
    "invite": ("POST", "teams/invite", {"emails": EMAILS, "team_role": "member"}),
    "set role": ("POST", "teams/set_role", {"emails": EMAILS, "team_role": "manager"}),
    "priorities": ("POST", "studio/batches/set_priorities", {"batches": [{"name": f"b{n}"} for n in range(3)]}),
    "groups of a batch": ("PUT", "studio/batches/b0", {"groups": ["g0"]}),
    "assign": ("POST", "studio/assignments/add", {"emails": [], "projects": ["birds"]}),
}


@pytest.fixture
def world(db) -> World:
    return make_world()


def fill(world: World, number: int) -> dict[str, str]:
    """One more of everything; the ids of this one."""
    api, email = world.api, world.scene.members["alice"].user.email
    ids = {"file": api.post("files/import", {"file_url": f"https://a.example/{number}.png"})["id"]}
    ids["known"] = api.post("evaluation_tasks/categorization", KNOWN)["id"]
    assert api.post("batches", {"name": f"b{number}", "project": "birds"}).status == 200
    ids["task"] = api.done(batch=f"b{number}", project="birds")
    api.create(batch=f"b{number}", project="birds")
    body = {"name": f"g{number}", "emails": [email]}
    assert api.post("studio/projects/birds/groups", body).status == 200
    assert api.call("PUT", f"studio/batches/b{number}", {"groups": [f"g{number}"]}).status == 200
    return ids


def statements(world: World, call: tuple, ids: dict[str, str]) -> list[str]:
    method, path, body = call
    with CaptureQueriesContext(connection) as captured:
        answer = world.api.call(method, path.format(**ids), body)
    assert answer.status == 200, answer.body
    return [sql[:160] for sql in asked(captured)]


@pytest.mark.parametrize("name", CALLS)
def test_few_statements_and_as_many_for_one_as_for_three(world, name):
    one = statements(world, CALLS[name], fill(world, 0))
    assert len(one) <= MOST, "\n".join(one)
    if CALLS[name][0] == "GET":
        ids = [fill(world, number) for number in (1, 2)][-1]
        assert len(statements(world, CALLS[name], ids)) == len(one)


def test_writes_for_many_cost_as_much_as_for_one(world):
    ids = [fill(world, number) for number in range(3)][-1]
    counts = {name: statements(world, call, ids) for name, call in WRITES.items()}
    too_many = {name: found for name, found in counts.items() if len(found) > 16}
    assert too_many == {}
