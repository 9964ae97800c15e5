"""What each call of the crowd dialect takes and answers, by address and method."""

from typing import Any

from audits.api.openapi.operations import Operation, strict
from audits.api.openapi.shapes import FLAG, ID, OBJECT, TEXT, Shape, list_of, one_of, ref, some
from crowd_rules.api.openapi.shapes import (
    NEW_POOL,
    NEW_PROJECT,
    NEW_SUITE,
    NEW_TASK,
    OUTPUT,
    OVERLAP,
    PERCENT,
    RESTRICTION_FIELDS,
    SKILL_FIELDS,
    TIME,
    batch,
    listed,
)
from crowd_rules.services.pool_wire import ACTIONS

Call = tuple[str, str]
PAGE: dict[str, Shape] = {"limit": {"type": "integer", "minimum": 1}, "sort": TEXT}


def ranged(*names: str, shape: Shape = TIME) -> dict[str, Shape]:
    return {f"{name}{end}": shape for name in names for end in ("_lt", "_lte", "_gt", "_gte")}


def lists(summary: str, name: str, /, *times: str, **keys: Shape) -> Operation:
    return Operation(summary, listed(name), query={**PAGE, **keys, **ranged("id", shape=ID), **ranged(*times)})


MAKING: dict[str, Shape] = {"operation_id": {"type": "string", "format": "uuid"}, "async_mode": FLAG,
                            "allow_defaults": FLAG, "open_pool": FLAG, "skip_invalid_items": FLAG}  # fmt: skip


def made(one: str) -> Shape:
    return {"anyOf": [ref(one), batch(one), ref("Operation")]}


def one_or_many(shape: Shape) -> Shape:
    return {"anyOf": [shape, list_of(shape)]}


A_SKILL = some("name", **SKILL_FIELDS)
SPEC = {"input_spec": {"image": {"type": "url"}}, "output_spec": {"result": {"type": "string"}}}
BIRDS = {"public_name": "Birds", "public_description": "Which bird?", "task_spec": SPEC}
A_POOL: dict[str, Any] = {
    "project_id": "019bb1d0c8f27c1e8c5d3f6a9b2e4d10", "private_name": "Birds, week 1",
    "may_contain_adult_content": False, "reward_per_assignment": 0.02, "will_expire": "2030-01-01T00:00:00",
    "assignment_max_duration_seconds": 600, "mixer_config": {"real_tasks_count": 5, "golden_tasks_count": 1},
}  # fmt: skip
A_TASK = {"pool_id": "019bb1d0c8f27c1e8c5d3f6a9b2e4d10", "input_values": {"image": "https://example.com/1.jpg"}}
PATCH = some("", **OVERLAP, known_solutions=list_of(OUTPUT), message_on_unknown_solution=TEXT)
NOTHING = strict(some())

CALLS: dict[Call, Operation] = {
    ("GET", "requester"): Operation("Whose key this is", some("id public_name", id=ID, public_name=OBJECT)),
    ("GET", "projects"): lists("List projects", "CrowdProject", "created", status=one_of(["ACTIVE", "ARCHIVED"])),
    ("POST", "projects"): Operation("Create a project", ref("CrowdProject"), NEW_PROJECT, example=BIRDS),
    ("GET", "projects/{project_id}"): Operation("Get a project", ref("CrowdProject")),
    ("PUT", "projects/{project_id}"): Operation("Replace a project's description", ref("CrowdProject"), NEW_PROJECT),
    ("POST", "projects/{project_id}/archive"): Operation("Archive a project", ref("Operation"), OBJECT),
    ("GET", "pools"): lists("List pools", "Pool", "created", "last_started", project_id=ID, status=TEXT),
    ("POST", "pools"): Operation("Create a pool with its rules", ref("Pool"), NEW_POOL, example=A_POOL),
    ("GET", "pools/{pool_id}"): Operation("Get a pool with its rules", ref("Pool")),
    ("PUT", "pools/{pool_id}"): Operation("Replace a closed pool's settings and rules", ref("Pool"), NEW_POOL),
    ("PATCH", "pools/{pool_id}"): Operation("Change a pool's priority", ref("Pool"), some("priority", priority={
        "type": "integer", "minimum": -100, "maximum": 100})),
    **{("POST", f"pools/{{pool_id}}/{action}"): Operation(f"Pool: {action}", ref("Operation"), OBJECT)
       for action in (*ACTIONS, "clone")},
    ("GET", "tasks"): lists("List a pool's tasks", "PoolTask", "created", pool_id=ID),
    ("POST", "tasks"): Operation("Add one task or many to pools", made("PoolTask"), one_or_many(NEW_TASK), MAKING,
                                 [A_TASK]),
    ("GET", "tasks/{task_id}"): Operation("Get a task", ref("PoolTask")),
    ("PATCH", "tasks/{task_id}"): Operation("Change a task", ref("PoolTask"), PATCH, {"open_pool": FLAG}),
    ("PATCH", "tasks/{task_id}/set-overlap-or-min"): Operation(
        "Set the overlap, or the smallest possible", ref("PoolTask"), some("overlap", overlap=OVERLAP["overlap"])),
    ("GET", "task-suites"): lists("List task suites", "TaskSuite", "created", pool_id=ID, task_id=ID),
    ("POST", "task-suites"): Operation("Add one task suite or many to pools", made("TaskSuite"),
                                       one_or_many(NEW_SUITE), MAKING),
    ("GET", "task-suites/{suite_id}"): Operation("Get a task suite", ref("TaskSuite")),
    ("PATCH", "task-suites/{suite_id}"): Operation(
        "Change a task suite", ref("TaskSuite"), some("", **OVERLAP, issuing_order_override={"type": "number"}),
        {"open_pool": FLAG}),
    ("PATCH", "task-suites/{suite_id}/set-overlap-or-min"): Operation(
        "Set the overlap, or the smallest possible", ref("TaskSuite"), some("overlap", overlap=OVERLAP["overlap"])),
    ("GET", "operations"): lists("List operations", "Operation", "submitted", "finished", type=TEXT, status=TEXT),
    ("GET", "operations/{operation_id}"): Operation("Get an operation", ref("Operation")),
    ("GET", "operations/{operation_id}/log"): Operation("Get an operation's log", list_of(ref("LogLine"))),
    ("GET", "assignments"): lists("List assignments", "Assignment", "created", "submitted", "accepted", "rejected",
                                  "skipped", "expired", status=TEXT, pool_id=ID, user_id=ID, task_suite_id=ID,
                                  task_id=ID),
    ("GET", "assignments/{assignment_id}"): Operation("Get an assignment", ref("Assignment")),
    ("PATCH", "assignments/{assignment_id}"): Operation(
        "Accept or reject an assignment", ref("Assignment"),
        some("status", status=one_of(["ACCEPTED", "REJECTED"]), public_comment={"type": "string", "maxLength": 2048}),
        example={"status": "REJECTED", "public_comment": "The boxes are too wide."}),
    ("GET", "skills"): lists("List skills", "Skill", "created", name=TEXT),
    ("POST", "skills"): Operation("Create a skill", ref("Skill"), A_SKILL, example={"name": "Birds"}),
    ("GET", "skills/{skill_id}"): Operation("Get a skill", ref("Skill")),
    ("PUT", "skills/{skill_id}"): Operation("Replace a skill's description", ref("Skill"), A_SKILL),
    ("GET", "user-skills"): lists("List performers' skill values", "UserSkill", "created", "modified", user_id=ID,
                                  skill_id=ID),
    ("PUT", "user-skills"): Operation("Set a performer's skill value", ref("UserSkill"), some(
        "skill_id user_id value", skill_id=ID, user_id=ID, value=PERCENT, reason=TEXT)),
    ("GET", "user-skills/{user_skill_id}"): Operation("Get a skill value", ref("UserSkill")),
    ("DELETE", "user-skills/{user_skill_id}"): Operation("Take a skill value away"),
    ("GET", "user-restrictions"): lists("List restrictions in force", "UserRestriction", "created", scope=TEXT,
                                        user_id=ID, project_id=ID, pool_id=ID),
    ("PUT", "user-restrictions"): Operation("Restrict a performer", ref("UserRestriction"),
                                            some("scope user_id", **RESTRICTION_FIELDS)),
    ("GET", "user-restrictions/{restriction_id}"): Operation("Get a restriction in force", ref("UserRestriction")),
    ("DELETE", "user-restrictions/{restriction_id}"): Operation("Lift a restriction"),
    ("POST", "performers"): Operation(
        "Make a performer; the token is shown this once", some("id token", id=ID, token=TEXT), strict(some(
            "name", name={"type": "string", "minLength": 1, "maxLength": 200}, country=TEXT, city=TEXT,
            languages=list_of(TEXT))), example={"name": "Ann"}),
    ("GET", "performer/pools"): Operation("The pools that a performer sees", some("items", items=list_of(
        ref("Offer")))),
    ("POST", "performer/pools/{pool_id}/assignments"): Operation("Take the next suite, or the one in hand",
                                                                 ref("IssuedAssignment"), NOTHING),
    ("POST", "performer/assignments/{assignment_id}/submit"): Operation(
        "Hand in a solution for each task, and take the next suite", ref("EndedAssignment"),
        strict(some("solutions", solutions=list_of(OUTPUT), take_next=FLAG)),
        example={"solutions": [{"output_values": {"result": "duck"}}]}),
    ("POST", "performer/assignments/{assignment_id}/skip"): Operation(
        "Give a suite back for others, and take the next", ref("EndedAssignment"), strict(some("", take_next=FLAG))),
    ("POST", "performer/assignments/{assignment_id}/leave"): Operation(
        "Give a suite back as an expiry does: it may come again", ref("IssuedAssignment"), NOTHING),
    ("GET", "performer/pools/{pool_id}"): Operation("What the work is and how its tasks look", OBJECT),
    ("GET", "performer/assignments"): lists("The performer's own assignments", "IssuedAssignment", "created",
                                            "submitted", "accepted", "rejected", "skipped", "expired", status=TEXT,
                                            pool_id=ID),
    ("GET", "performer/assignments/{assignment_id}"): Operation("One of them", ref("IssuedAssignment")),
    ("GET", "performer/skills"): Operation("The performer's own skills that are not hidden", some(
        "items", items=list_of(some("id name value", id=ID, name=TEXT, value={"type": "integer"})))),
}  # fmt: skip
CROWD_OPERATIONS: dict[Call, Operation] = {
    (method, f"/api/v1/{path}"): operation for (method, path), operation in CALLS.items()
}
# What is answered instead of 200: by method and address; 202 is an operation, 204 has no body.
CREATES = frozenset({"projects", "pools", "tasks", "task-suites", "skills", "performers"})
