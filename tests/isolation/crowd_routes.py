"""The rows of the table in `routes.py` that are calls of the crowd dialect."""

from collections.abc import Iterable
from typing import Any

from labelops.tenancy.permissions import Permission
from tests.isolation.expected import ACTORS, Expected, Statuses, by_role, call, public

P = Permission
POOL = "{crowd_rules.Pool.id.hex}"
SPEC = {"public_name": "new", "task_spec": {"input_spec": {}, "output_spec": {}}}
SETTINGS = {
    "project_id": "{audits.Project.id.hex}",
    "private_name": "new",
    "may_contain_adult_content": False,
    "reward_per_assignment": 0.01,
    "will_expire": "2100-01-01T00:00:00",
    "assignment_max_duration_seconds": 600,
    "mixer_config": {"real_tasks_count": 1},
}


def naming(method: str, data: dict[str, Any], ok: Statuses) -> Expected:
    """The body names something of ours: a field that is wrong (400) to the stranger."""
    return Expected(method, {"anonymous": 401, "stranger": 400, **by_role(P.EDIT_TASKS, ok)}, {}, data, is_call=True,
                    is_of_organization=False)  # fmt: skip


def working(method: str, **kwargs: str) -> Expected:
    """For performers' tokens: no key opens it."""
    data = None if method == "GET" else {}
    return Expected(method, dict.fromkeys(ACTORS, 401), kwargs, data, is_call=True, is_of_organization=False)


def all_of(**data: str) -> Expected:
    return call("GET", P.EDIT_TASKS, data=data or None, of_organization=True)


def of(method: str, ok: Statuses = 200, data: Any = None, **kwargs: str) -> Expected:
    return call(method, P.EDIT_TASKS, ok=ok, data=data, **kwargs)


CROWD_ROUTES: dict[str, Expected | Iterable[Expected]] = {
    "api-unknown": public(404),
    "api-without-slash": public(404),
    "crowd-v1:unknown": public(404),
    "crowd-v1:requester": all_of(),
    "crowd-v1:projects": [all_of(), call("POST", P.EDIT_TASKS, ok=201, data=SPEC, of_organization=True)],
    "crowd-v1:project": [
        of("GET", project_id="{audits.Project.id.hex}"),
        of("PUT", data=SPEC, project_id="{audits.Project.id.hex}"),
    ],
    # Its pool is not archived.
    "crowd-v1:project-archive": of("POST", 409, project_id="{audits.Project.id.hex}"),
    "crowd-v1:pools": [all_of(), naming("POST", SETTINGS, 201)],
    "crowd-v1:pool": [
        of("GET", pool_id=POOL),
        of("PUT", data=SETTINGS, pool_id=POOL),
        of("PATCH", data={"priority": 1}, pool_id=POOL),
    ],
    # Our pool's time is over, and it is closed.
    "crowd-v1:pool-open": of("POST", 409, pool_id=POOL),
    "crowd-v1:pool-close": of("POST", 204, pool_id=POOL),
    "crowd-v1:pool-close-for-update": of("POST", 204, pool_id=POOL),
    "crowd-v1:pool-archive": of("POST", 202, pool_id=POOL),
    # Planted with settings that no form would take.
    "crowd-v1:pool-clone": of("POST", 400, pool_id=POOL),
    "crowd-v1:tasks": [all_of(pool_id=POOL), naming("POST", {"pool_id": POOL, "input_values": {}}, 201)],
    "crowd-v1:task": [
        of("GET", task_id="{crowd_rules.PoolTask.id.hex}"),
        of("PATCH", data={"overlap": 3}, task_id="{crowd_rules.PoolTask.id.hex}"),
    ],
    "crowd-v1:task-overlap": of("PATCH", data={"overlap": 3}, task_id="{crowd_rules.PoolTask.id.hex}"),
    # It mixes: 409.
    "crowd-v1:suites": [all_of(), naming("POST", {"pool_id": POOL, "tasks": [{"input_values": {}}]}, 409)],
    "crowd-v1:suite": [
        of("GET", suite_id="{crowd_rules.TaskSuite.id.hex}"),
        of("PATCH", data={"overlap": 3}, suite_id="{crowd_rules.TaskSuite.id.hex}"),
    ],
    "crowd-v1:suite-overlap": of("PATCH", data={"overlap": 3}, suite_id="{crowd_rules.TaskSuite.id.hex}"),
    "crowd-v1:operations": all_of(),
    "crowd-v1:operation": of("GET", operation_id="{crowd_rules.Operation.number}"),
    "crowd-v1:operation-log": of("GET", operation_id="{crowd_rules.Operation.number}"),
    "crowd-v1:assignments": all_of(),
    "crowd-v1:assignment": [
        of("GET", assignment_id="{crowd_rules.Assignment.id.hex}"),
        # Still in a performer's hand.
        of("PATCH", 409, {"status": "ACCEPTED"}, assignment_id="{crowd_rules.Assignment.id.hex}"),
    ],
    "crowd-v1:skills": [all_of(), call("POST", P.EDIT_TASKS, ok=201, data={"name": "new"}, of_organization=True)],
    "crowd-v1:skill": [
        of("GET", skill_id="{crowd_rules.Skill.id.hex}"),
        of("PUT", data={"name": "changed"}, skill_id="{crowd_rules.Skill.id.hex}"),
    ],
    "crowd-v1:user-skills": [
        all_of(),
        naming("PUT", {"skill_id": "{crowd_rules.Skill.id.hex}", "user_id": "{audits.Performer.id.hex}", "value": 5},
               200),
    ],
    "crowd-v1:user-skill": [
        of("GET", user_skill_id="{crowd_rules.PerformerSkill.id.hex}"),
        of("DELETE", 204, user_skill_id="{crowd_rules.PerformerSkill.id.hex}"),
    ],
    "crowd-v1:restrictions": [
        all_of(),
        naming("PUT", {"scope": "ALL_PROJECTS", "user_id": "{audits.Performer.id.hex}"}, 200),
    ],
    # The planted one is lifted.
    "crowd-v1:restriction": [
        of("GET", 404, restriction_id="{crowd_rules.Restriction.id.hex}"),
        of("DELETE", 204, restriction_id="{crowd_rules.Restriction.id.hex}"),
    ],
    "crowd-v1:performers": call("POST", P.EDIT_TASKS, ok=201, data={"name": "new"}, of_organization=True),
    "crowd-v1:offers": working("GET"),
    "crowd-v1:take": working("POST", pool_id=POOL),
    "crowd-v1:submit": working("POST", assignment_id="{crowd_rules.Assignment.id.hex}"),
    "crowd-v1:skip": working("POST", assignment_id="{crowd_rules.Assignment.id.hex}"),
    "crowd-v1:leave": working("POST", assignment_id="{crowd_rules.Assignment.id.hex}"),
    "crowd-v1:own-pool": working("GET", pool_id=POOL),
    "crowd-v1:own-assignments": working("GET"),
    "crowd-v1:own-assignment": working("GET", assignment_id="{crowd_rules.Assignment.id.hex}"),
    "crowd-v1:own-skills": working("GET"),
}  # fmt: skip
