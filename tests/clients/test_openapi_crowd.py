"""Calls of the crowd dialect made up from its description find no 5xx and nothing of another organization."""

import json

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from labelops.tenancy.identifiers import uuid7
from tests.clients.test_openapi import ALL, CROWD, OUR_CANARY, THEIR_CANARY, send
from tests.crowd_rules.api.world import IMAGE, Caller, make_world

EXAMPLES = 3
ALLOWED = (200, 201, 202, 204, 400, 401, 403, 404, 409, 413, 415)


def furnish(api: Caller, canary: str) -> dict[str, str]:
    """One of everything, named by its canary: the ids that addresses name."""
    project = api.project(public_name=canary)
    pool = api.pool(project_id=project, private_name=canary)["id"]
    number = str(uuid7())
    api.made("tasks", [{"pool_id": pool, "input_values": IMAGE, "own": canary}] * 3, operation_id=number)
    api.post(f"pools/{pool}/open")
    worker_id, worker = api.worker(canary)
    issued = worker.made(f"performer/pools/{pool}/assignments", None)
    skill = api.made("skills", {"name": canary})["id"]
    held = api.put("user-skills", {"skill_id": skill, "user_id": worker_id, "value": 5})["id"]
    comment = {"scope": "POOL", "user_id": worker_id, "pool_id": pool, "private_comment": canary}
    restriction = api.put("user-restrictions", comment)["id"]
    return {
        "project_id": project, "pool_id": pool, "task_id": issued["tasks"][0]["id"], "operation_id": number,
        "suite_id": api.get("task-suites", pool_id=pool)["items"][0]["id"], "assignment_id": issued["id"],
        "skill_id": skill, "user_skill_id": held, "restriction_id": restriction,
    }  # fmt: skip


@pytest.mark.django_db
def test_made_up_calls_find_no_fault_and_nothing_of_others():
    world = make_world()
    keys = {OUR_CANARY: world.api, THEIR_CANARY: world.other}
    ids = {canary: furnish(api, canary) for canary, api in keys.items()}
    for operation in (one for one in ALL if one.path.startswith(CROWD)):
        names = [parameter.name for parameter in operation.path_parameters]
        known = st.fixed_dictionaries(
            {name: st.sampled_from([*(one[name] for one in ids.values()), uuid7().hex, "x"]) for name in names}
        )
        try_out(operation, known, keys)


def try_out(operation, known, keys) -> None:
    @seed(7)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(), known=known)
    def ask(case, known):
        case.path_parameters = known
        for own, foreign in ((OUR_CANARY, THEIR_CANARY), (THEIR_CANARY, OUR_CANARY)):
            answer = send(case, keys[own].headers)
            text = answer.content.decode()
            assert answer.status_code in ALLOWED, (operation.label, answer.status_code, text)
            assert foreign not in text, (operation.label, text)
            if answer.status_code >= 400:
                assert set(json.loads(text)) == {"code", "message", "request_id", "payload"}, operation.label

    ask()


@pytest.mark.django_db
def test_the_canary_would_be_found():
    """The control: our own is in the answers to us."""
    world = make_world()
    pool = furnish(world.api, OUR_CANARY)["pool_id"]
    for path in ("projects", "pools", f"tasks?pool_id={pool}", "skills", "user-restrictions"):
        assert OUR_CANARY in json.dumps(world.api.get(path).body), path
