"""The shapes of the crowd dialect, by name. Answers may have more keys; calls take more and give them back."""

from audits.api.openapi.shapes import FLAG, ID, OBJECT, SHORT, TEXT, WHOLE, Shape, list_of, one_of, ref, some
from crowd_rules.models import Assignment, Operation, Pool, Restriction

TIME: Shape = {"type": "string", "examples": ["2026-01-15T09:30:00.000000"]}
NUMBER: Shape = {"type": "number"}
OVERLAP: dict[str, Shape] = {"overlap": {"type": "integer", "minimum": 1, "maximum": 30_000}, "infinite_overlap": FLAG}
KNOWN = list_of(some("output_values", output_values=OBJECT, correctness_weight=NUMBER))
RULE = some(
    "conditions action",
    conditions=list_of(some("key operator value", key=TEXT, operator=TEXT, value={})),
    action=some("type", type=TEXT, parameters=OBJECT), shadow=FLAG,
)  # fmt: skip
CONFIG = some(
    "collector_config", collector_config=some("type", type=TEXT, uuid=TEXT, parameters=OBJECT), rules=list_of(RULE)
)
CONTROL = some(
    "", configs=list_of(CONFIG),
    training_requirement=some("training_pool_id", training_pool_id=ID, training_passing_skill_value=WHOLE),
)  # fmt: skip
COUNTS = {f"{least}{kind}_tasks_count": {"type": "integer", "minimum": 0, "maximum": 500}
          for least in ("", "min_") for kind in ("real", "golden", "training")}  # fmt: skip
MIXER = some("", **COUNTS, mix_tasks_in_creation_order=FLAG, shuffle_tasks_in_task_suite=FLAG)
PROJECT_FIELDS = {
    "public_name": SHORT, "public_description": TEXT, "public_instructions": TEXT, "private_comment": TEXT,
    "task_spec": some("", input_spec=OBJECT, output_spec=OBJECT, view_spec=OBJECT), "quality_control": CONTROL,
}  # fmt: skip
NEW_PROJECT = some("public_name task_spec", **PROJECT_FIELDS)
PROJECT = some("id public_name task_spec status created", id=ID, status=one_of(["ACTIVE", "ARCHIVED"]), created=TIME,
               **PROJECT_FIELDS)  # fmt: skip
POOL_FIELDS = {
    "project_id": ID, "private_name": SHORT, "may_contain_adult_content": FLAG, "reward_per_assignment": NUMBER,
    "will_expire": TIME, "assignment_max_duration_seconds": {"type": "integer", "minimum": 5, "maximum": 2**31 - 1},
    "defaults": some("", default_overlap_for_new_tasks=OVERLAP["overlap"],
                     default_overlap_for_new_task_suites=OVERLAP["overlap"]),
    "auto_accept_solutions": FLAG, "auto_accept_period_day": {"type": "integer", "minimum": 1, "maximum": 21},
    "auto_close_after_complete_delay_seconds": {"type": "integer", "minimum": 0, "maximum": 259_200},
    "priority": {"type": "integer", "minimum": -100, "maximum": 100}, "filter": OBJECT, "mixer_config": MIXER,
    "quality_control": CONTROL, "allow_skip": FLAG, "show_audits": FLAG,
    "aggregation": one_of(Pool.Aggregation.values), "aggregation_threshold": OVERLAP["overlap"],
}  # fmt: skip
POOL_NEEDS = ("project_id private_name may_contain_adult_content reward_per_assignment will_expire "
              "assignment_max_duration_seconds")  # fmt: skip
NEW_POOL = some(POOL_NEEDS, **POOL_FIELDS)
POOL = some("id project_id status private_name reward_per_assignment created", id=ID,
            status=one_of(Pool.Status.values), type=one_of(Pool.Type.values), last_close_reason=TEXT, created=TIME,
            last_started=TIME, last_stopped=TIME, **POOL_FIELDS)  # fmt: skip
BASE_TASK = {"input_values": OBJECT, "known_solutions": KNOWN, "message_on_unknown_solution": TEXT}
NEW_TASK = some("pool_id input_values", pool_id=ID, **BASE_TASK, **OVERLAP)
TASK = some("id pool_id input_values created", id=ID, pool_id=ID, remaining_overlap=WHOLE, created=TIME, **BASE_TASK,
            **OVERLAP)  # fmt: skip
NEW_SUITE = some("pool_id tasks", pool_id=ID, tasks=list_of(some("input_values", **BASE_TASK)),
                 issuing_order_override=NUMBER, **OVERLAP)  # fmt: skip
SUITE = some("id pool_id tasks mixed created", id=ID, pool_id=ID, tasks=list_of(some("id input_values", id=ID,
             **BASE_TASK)), mixed=FLAG, remaining_overlap=WHOLE, created=TIME, **OVERLAP)  # fmt: skip
OPERATION = some("id type status submitted progress parameters details", id=TEXT, type=TEXT,
                 status=one_of(Operation.Status.values), submitted=TIME, started=TIME, finished=TIME, progress=WHOLE,
                 parameters=OBJECT, details=OBJECT)  # fmt: skip
LINE = some("type success input output", type=TEXT, success=FLAG, input=OBJECT, output=OBJECT)
OUTPUT = some("output_values", output_values=OBJECT)
ASSIGNMENT = some(
    "id task_suite_id pool_id user_id status reward tasks created", id=ID, task_suite_id=ID, pool_id=ID, user_id=ID,
    status=one_of(Assignment.Status.values), reward=NUMBER, tasks=list_of(OBJECT), solutions=list_of(OUTPUT),
    public_comment=TEXT, mixed=FLAG, created=TIME, submitted=TIME, accepted=TIME, rejected=TIME, skipped=TIME,
    expired=TIME,
)  # fmt: skip
SKILL_FIELDS = {"name": SHORT, "public_name": OBJECT, "public_requester_description": OBJECT, "private_comment": TEXT,
                "hidden": FLAG, "skill_ttl_hours": {"type": "integer", "minimum": 1, "maximum": 876_000}}  # fmt: skip
SKILL = some("id name hidden training created", id=ID, training=FLAG, created=TIME, **SKILL_FIELDS)
PERCENT: Shape = {"type": "number", "minimum": 0, "maximum": 100}
USER_SKILL = some("id skill_id user_id value exact_value created modified", id=ID, skill_id=ID, user_id=ID, value=WHOLE,
                  exact_value=PERCENT, created=TIME, modified=TIME)  # fmt: skip
RESTRICTION_FIELDS = {"scope": one_of(Restriction.Scope.values), "user_id": ID, "pool_id": ID, "project_id": ID,
                      "private_comment": {"type": "string", "maxLength": 499}, "will_expire": TIME}  # fmt: skip
RESTRICTION = some("id scope user_id created", id=ID, created=TIME, **RESTRICTION_FIELDS)
OFFER = some("id title reward available", id=ID, title=TEXT, reward=NUMBER, available=FLAG,
             reason=one_of(["RESTRICTED", "SKILL", "EMPTY"]))  # fmt: skip
AUDIT = some("verdict", verdict=one_of(["accepted", "fixed", "rejected"]), comment=TEXT, output_values=OBJECT)
ISSUED = some("id input_values", id=ID, input_values=OBJECT, output_values=OBJECT, hint=TEXT, audit=AUDIT)
WORK = some("id pool_id status reward created will_expire tasks", id=ID, pool_id=ID,
            status=one_of(Assignment.Status.values), reward=NUMBER, created=TIME, will_expire=TIME, submitted=TIME,
            public_comment=TEXT, tasks=list_of(ISSUED))  # fmt: skip
REFUSED = some("code message payload", code=TEXT, message=TEXT, payload=OBJECT)
ENDED = {**WORK, "properties": {**WORK["properties"], "next": WORK, "next_refused": REFUSED}}
ERROR = some("code message request_id payload", code=TEXT, message=TEXT, request_id=TEXT, payload=OBJECT)


def listed(name: str) -> Shape:
    return some("items has_more", items=list_of(ref(name)), has_more=FLAG)


def batch(name: str) -> Shape:
    return some("items validation_errors", items=OBJECT | {"additionalProperties": ref(name)}, validation_errors=OBJECT)


CROWD_SHAPES: dict[str, Shape] = {
    "CrowdProject": PROJECT, "Pool": POOL, "PoolTask": TASK, "TaskSuite": SUITE, "Operation": OPERATION,
    "LogLine": LINE, "Assignment": ASSIGNMENT, "Skill": SKILL, "UserSkill": USER_SKILL,
    "UserRestriction": RESTRICTION, "Offer": OFFER, "IssuedAssignment": WORK, "EndedAssignment": ENDED,
    "CrowdError": ERROR,
}  # fmt: skip
