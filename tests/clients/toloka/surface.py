"""The whole surface of the wire, by the official client."""

import asyncio
import datetime
import uuid
from decimal import Decimal

from place import Place, collectors, conditions, fresh, refusal, suspend, toloka
from toloka.async_client import AsyncTolokaClient
from toloka.client import exceptions
from toloka.client.error_codes import InternalErrorCodes
from toloka.client.filter import Country, Languages, Skill
from toloka.client.project.template_builder import TemplateBuilder, data, fields, view

NOBODY = uuid.uuid4().hex


def errors(place: Place) -> None:
    requester = place.client.get_requester()
    assert requester.id
    assert requester.public_name["EN"]
    stranger = toloka.TolokaClient("labelops_live_unknown", url=place.url, retries=0)
    assert refusal(stranger.get_requester, exceptions.AuthenticationApiError).status_code == 401
    for get in (place.client.get_pool, place.client.get_task, place.client.get_assignment, place.client.get_operation):
        for unknown in (NOBODY, "17"):
            error = refusal(lambda get=get, unknown=unknown: get(unknown), exceptions.DoesNotExistApiError)
            assert error.status_code == 404
            assert error.request_id
    missing = refusal(lambda: place.client.get_app("x"), exceptions.DoesNotExistApiError)
    assert missing.code == "DOES_NOT_EXIST"
    wrong = refusal(lambda: place.client.create_skill(name=" "), exceptions.ValidationApiError)
    assert wrong.invalid_fields == ["name"], wrong


def projects(place: Place) -> None:
    """Created, changed, found page by page, archived; both kinds of view come back as they went."""
    client = place.client
    classic = place.project(metadata={"own": ["1"]})
    again = client.get_project(classic.id)
    assert again == classic
    assert again.task_spec.view_spec.markup == "<p>{{n}}</p>"
    assert (again.metadata, again.public_instructions) == ({"own": ["1"]}, "Look.")
    image = view.ImageViewV1(url=data.InputData(path="image"))
    choice = fields.RadioGroupFieldV1(
        data=data.OutputData(path="result"), options=[fields.GroupFieldOption(value="OK", label="Ok")]
    )
    builder = TemplateBuilder(view=view.ListViewV1(items=[image, choice]))
    wanted = toloka.project.TemplateBuilderViewSpec(settings={"showSkip": True}, config=builder)
    classic.task_spec.view_spec = wanted
    classic.public_name = fresh("built")
    changed = client.update_project(classic.id, classic)
    found = client.get_project(classic.id)
    assert changed == found
    assert found.public_name == classic.public_name
    assert found.task_spec.view_spec.unstructure() == wanted.unstructure()
    made = {place.project().id for _ in range(3)} | {classic.id}
    assert made <= {one.id for one in client.get_projects(status="ACTIVE", batch_size=2)}
    page = client.find_projects(sort=["-created", "id"], limit=2)
    assert (len(page.items), page.has_more) == (2, True)
    pool = client.create_pool(place.new_pool(found))
    busy = refusal(lambda: client.archive_project(found.id), exceptions.IncorrectActionsApiError)
    assert busy.code == InternalErrorCodes.UNARCHIVED_POOLS_CONFLICT.value
    client.archive_pool(pool.id)
    assert client.archive_project(found.id).status.value == "ARCHIVED"
    same = place.project(public_name=found.public_name)
    assert (same.public_name, same.id == found.id) == (found.public_name, False)


def pools(place: Place) -> None:
    """All that the client says of a pool comes back, what it does not know included; states follow their order."""
    client, skill = place.client, place.skill()
    pool = place.new_pool(
        place.project(), real=4, golden=1, auto_accept_solutions=False, auto_accept_period_day=7, priority=3,
        filter=Languages.in_("EN") & (Skill(skill.id) > 50) & (Country == "DE"), metadata={"own": ["1"]},
        private_comment="first", auto_close_after_complete_delay_seconds=60,
    )  # fmt: skip
    pool.mixer_config.force_last_assignment_delay_seconds = 10
    pool.dynamic_overlap_config = toloka.pool.DynamicOverlapConfig(
        type="BASIC", max_overlap=5, min_confidence=0.9, answer_weight_skill_id=skill.id, fields=[{"name": "result"}]
    )
    for collector, condition, action in rules(skill):
        pool.quality_control.add_action(collector=collector, conditions=[condition], action=action)
    made = client.create_pool(pool)
    found = client.get_pool(made.id)
    assert found == made
    for name, sent in pool.unstructure().items():
        got = found.unstructure()[name]
        if name not in ("quality_control", "defaults", "mixer_config"):
            assert got == sent or str(got) == str(sent), (name, got, sent)
    sent, got = pool.mixer_config.unstructure(), found.mixer_config.unstructure()
    assert got | sent == got, (got, sent)
    uuids = [one.collector_config.uuid for one in found.quality_control.configs]
    assert len(uuids) == len(rules(skill))
    assert all(uuids)
    found.private_comment = "second"
    changed = client.update_pool(found.id, found)
    assert changed.private_comment == "second"
    assert [one.collector_config.uuid for one in changed.quality_control.configs] == uuids
    copy = client.clone_pool(found.id)
    assert copy.id != found.id
    assert [one.collector_config.uuid for one in copy.quality_control.configs] == uuids
    assert client.patch_pool(copy.id, toloka.pool.PoolPatchRequest(priority=-5)).priority == -5
    empty = refusal(lambda: client.open_pool(found.id), exceptions.IncorrectActionsApiError)
    assert empty.code == "EMPTY_POOL"
    assert client.close_pool(found.id).is_closed(), "it was so already: no operation"
    assert {found.id, copy.id} <= {one.id for one in client.get_pools(project_id=found.project_id, batch_size=1)}
    assert client.archive_pool(found.id).is_archived()
    assert client.archive_pool(found.id).is_archived()
    late = refusal(lambda: client.update_pool(found.id, found), exceptions.IncorrectActionsApiError)
    assert late.code == "POOL_INAPPROPRIATE_STATUS"


def rules(skill: toloka.Skill) -> list:
    """Every collector that the client knows and we judge, with actions of its own."""
    a, c, k = toloka.actions, collectors, conditions
    set_skill = a.SetSkill(skill_id=skill.id, skill_value=5)
    approve, reject = a.ApproveAllAssignments(), a.RejectAllAssignments(public_comment="Too fast")
    overlap = a.ChangeOverlap(delta=1, open_pool=True)
    computed = a.SetSkillFromOutputField(skill_id=skill.id, from_field="correct_answers_rate")
    accepted = a.SetSkillFromOutputField(skill_id=skill.id, from_field="accepted_assignments_rate")
    return [
        (c.SkippedInRowAssignments(), k.SkippedInRowCount >= 2, suspend(5)),
        (c.AnswerCount(), k.AssignmentsAcceptedCount >= 3, set_skill),
        (c.AssignmentSubmitTime(fast_submit_threshold_seconds=5, history_size=5), k.FastSubmittedCount > 2, reject),
        (c.AcceptanceRate(history_size=10), k.TotalAssignmentsCount >= 3, accepted),
        (c.GoldenSet(history_size=10), k.GoldenSetCorrectAnswersRate < 60, suspend(7, "PROJECT")),
        (c.MajorityVote(answer_threshold=2), k.TotalAnswersCount >= 3, computed),
        (c.Income(), k.IncomeSumForLast24Hours >= 5, suspend(1, "ALL_PROJECTS")),
        (c.AssignmentsAssessment(), k.AssessmentEvent == "REJECT", overlap),
        (c.UsersAssessment(), k.PoolAccessRevokedReason == "RESTRICTION", overlap),
        (c.Captcha(history_size=5), k.SuccessRate < 60, approve),
    ]


def pool_refusals(place: Place) -> None:
    client, project = place.client, place.project()
    pool = place.new_pool(project)
    pool.quality_control.add_action(
        collector=collectors.SkippedInRowAssignments(), conditions=[conditions.SkippedInRowCount >= 2],
        action=toloka.actions.ApproveAllAssignments(),
    )  # fmt: skip
    pool.quality_control.add_action(
        collector=collectors.Income(), conditions=[conditions.IncomeSumForLast24Hours >= 5],
        action=toloka.actions.SetSkill(skill_id=NOBODY, skill_value=101),
    )  # fmt: skip
    wrong = refusal(lambda: client.create_pool(pool), exceptions.ValidationApiError)
    action, other = (f"quality_control.configs.{number}.rules.0.action" for number in (0, 1))
    assert wrong.payload[f"{action}.type"]["code"] == "VALUE_NOT_ALLOWED", wrong.payload
    assert wrong.payload[f"{other}.parameters.skill_id"]["code"] == "ENTITY_DOES_NOT_EXIST", wrong.payload
    assert wrong.payload[f"{other}.parameters.skill_value"]["code"] == "VALUE_GREATER_THAN_MAX", wrong.payload
    bad = place.new_pool(project, auto_accept_solutions=False, reward_per_assignment=-1)
    bad.assignment_max_duration_seconds = 1
    wrong = refusal(lambda: client.create_pool(bad), exceptions.ValidationApiError)
    assert set(wrong.invalid_fields) == {"reward_per_assignment", "assignment_max_duration_seconds"}, wrong
    bad = place.new_pool(project, auto_accept_solutions=False)
    wrong = refusal(lambda: client.create_pool(bad), exceptions.ValidationApiError)
    assert set(wrong.invalid_fields) == {"auto_accept_period_day"}, wrong
    elsewhere = place.new_pool(project)
    elsewhere.project_id = NOBODY
    wrong = refusal(lambda: client.create_pool(elsewhere), exceptions.ValidationApiError)
    assert wrong.payload["project_id"]["code"] == "ENTITY_DOES_NOT_EXIST"


def tasks(place: Place) -> None:
    """A batch with a bad item, the same operation twice, the log, ids in ranges, overlaps."""
    client, pool = place.client, place.client.create_pool(place.new_pool(place.project(), real=5))
    given = [toloka.Task(pool_id=pool.id, input_values={"n": number}) for number in range(12)]
    given[5].input_values = {"n": "five"}
    operation_id = uuid.uuid4()
    result = client.create_tasks(given, allow_defaults=True, skip_invalid_items=True, operation_id=operation_id)
    assert sorted(result.items, key=int) == [str(n) for n in range(12) if n != 5]
    assert [result.items[str(n)].input_values["n"] for n in range(12) if n != 5] == [n for n in range(12) if n != 5]
    assert result.validation_errors["5"]["input_values.n"].code == "INTEGER_EXPECTED"
    again = client.create_tasks(given, allow_defaults=True, skip_invalid_items=True, operation_id=operation_id)
    assert {one.id for one in again.items.values()} == {one.id for one in result.items.values()}
    everything = list(client.get_tasks(pool_id=pool.id, batch_size=4))
    assert len(everything) == 11
    assert [one.id for one in everything] == sorted(one.id for one in everything)
    operation = client.get_operation(str(operation_id))
    assert (operation.status, operation.details["success_count"]) == (toloka.operations.Operation.SUCCESS, 11)
    log = client.get_operation_log(operation.id)
    assert sum(line.success for line in log) == 11
    assert len(log) == 12
    assert operation.id in {one.id for one in client.get_operations(type="TASK.BATCH_CREATE", batch_size=2)}
    refused = refusal(lambda: client.create_tasks(given, allow_defaults=True), exceptions.ValidationApiError)
    assert list(refused.payload) == ["5"]
    assert len(client.find_tasks(pool_id=pool.id, limit=300).items) == 11, "all or none"
    direct = client.create_tasks(given[:3], allow_defaults=True, async_mode=False)
    assert sorted(direct.items) == ["0", "1", "2"]
    nested = refusal(lambda: client.create_tasks(given, async_mode=False), exceptions.ValidationApiError)
    assert nested.payload["5"]["input_values.n"]["code"] == "INTEGER_EXPECTED"
    one = client.create_task(toloka.Task(pool_id=pool.id, input_values={"n": 99}, overlap=3), open_pool=True)
    assert (one.overlap, one.remaining_overlap, client.get_task(one.id)) == (3, 3, one)
    assert client.get_pool(pool.id).is_open()
    assert client.patch_task(one.id, toloka.task.TaskPatch(overlap=10)).overlap == 10
    assert client.patch_task_overlap_or_min(one.id, toloka.task.TaskOverlapPatch(overlap=1)).overlap == 1
    forever = client.patch_task(one.id, toloka.task.TaskPatch(infinite_overlap=True))
    assert (forever.overlap, forever.infinite_overlap) == (None, True)
    known = [toloka.Task.KnownSolution(output_values={"result": 5})]
    wrong = refusal(
        lambda: client.create_task(toloka.Task(pool_id=pool.id, input_values={}, known_solutions=known)),
        exceptions.ValidationApiError,
    )
    assert "known_solutions.0.output_values.result" in str(wrong.payload), wrong.payload
    plain = client.create_pool(without_mixing(place))
    need = refusal(lambda: client.create_task(toloka.Task(pool_id=plain.id, input_values={})),
                   exceptions.IncorrectActionsApiError)  # fmt: skip
    assert need.code == "MIXER_CONFIG_REQUIRED"


def without_mixing(place: Place, **more) -> toloka.Pool:
    pool = place.new_pool(place.project(), **more)
    pool.mixer_config = None
    return pool


def suites_and_review(place: Place) -> None:
    """Suites by hand, done by two people; accepted, rejected, accepted after all; done again by somebody else."""
    client = place.client
    # It stays open when all is done: on a busy machine it was closed before the next look into it.
    pool = without_mixing(
        place, auto_accept_solutions=False, auto_accept_period_day=3, auto_close_after_complete_delay_seconds=600
    )
    pool.quality_control.add_action(
        collector=collectors.AssignmentsAssessment(),
        conditions=[conditions.RejectedAssignmentsCount >= 1, conditions.AssessmentEvent == "REJECT"],
        action=toloka.actions.ChangeOverlap(delta=1, open_pool=True),
    )
    pool = client.create_pool(pool)
    suites = [
        toloka.TaskSuite(pool_id=pool.id, overlap=1, tasks=[{"input_values": {"n": n}}, {"input_values": {"n": n + 1}}])
        for n in (10, 20, 30)
    ]
    made = client.create_task_suites(suites)
    assert sorted(made.items) == ["0", "1", "2"]
    single = client.create_task_suite(toloka.TaskSuite(pool_id=pool.id, overlap=2, tasks=[{"input_values": {"n": 40}}]))
    assert client.get_task_suite(single.id) == single
    assert len(single.tasks) == 1
    assert len(list(client.get_task_suites(pool_id=pool.id, batch_size=2))) == 4
    assert client.find_task_suites(task_id=single.tasks[0].id).items == [single]
    assert client.patch_task_suite_overlap_or_min(
        single.id, toloka.task_suite.TaskSuiteOverlapPatch(overlap=1)).overlap == 1  # fmt: skip
    client.open_pool(pool.id)
    ann, bob = place.worker(), place.worker()
    for _ in range(4):
        ann.do(pool, "OK")
    assert refusal(lambda: ann.take(pool)).body["code"] == "EMPTY_POOL"
    waiting = list(client.get_assignments(pool_id=pool.id, status="SUBMITTED", batch_size=3))
    assert len(waiting) == 4
    assert {one.user_id for one in waiting} == {ann.id}
    first, second, third, _ = waiting
    assert [one.output_values for one in first.solutions] == [{"result": "OK"}] * len(first.tasks)
    assert client.accept_assignment(first.id, "Well done").status == toloka.Assignment.ACCEPTED
    rejected = client.reject_assignment(second.id, "Look again")
    assert (rejected.status, rejected.public_comment) == (toloka.Assignment.REJECTED, "Look again")
    redone = bob.take(pool)
    assert {task["id"] for task in redone["tasks"]} == {task.id for task in second.tasks}, "by somebody else"
    assert client.accept_assignment(second.id, "After all").status == toloka.Assignment.ACCEPTED
    late = refusal(lambda: client.reject_assignment(first.id, "No"), exceptions.IncorrectActionsApiError)
    assert (late.code, late.payload["appropriate_statuses"]) == ("INAPPROPRIATE_STATUS", ["SUBMITTED"])
    silent = refusal(lambda: client.reject_assignment(third.id, ""), exceptions.ValidationApiError)
    assert silent.invalid_fields == ["public_comment"]
    since = first.submitted - datetime.timedelta(milliseconds=1)
    found = client.find_assignments(pool_id=pool.id, submitted_gt=since, sort="-submitted", limit=2)
    assert (len(found.items), found.has_more) == (2, True)
    assert {one.status.value for one in client.get_assignments(pool_id=pool.id, status=["ACCEPTED", "ACTIVE"])} == {
        "ACCEPTED", "ACTIVE"}  # fmt: skip


def skills_and_restrictions(place: Place) -> None:
    client, ann = place.client, place.worker()
    skill = client.create_skill(name=fresh("skill"), hidden=False, public_requester_description={"EN": "Own"})
    assert client.get_skill(skill.id) == skill
    skill.private_comment = "changed"
    assert client.update_skill(skill.id, skill).private_comment == "changed"
    assert next(client.get_skills(name=skill.name)).id == skill.id
    pool = place.new_pool(place.project(), filter=Skill(skill.id) >= 80)
    pool = place.fill(client.create_pool(pool), real=3)
    assert ann.pools()[pool.id]["reason"] == "SKILL"
    held = client.set_user_skill(skill_id=skill.id, user_id=ann.id, value=Decimal("78.5"))
    assert (held.value, held.exact_value) == (79, Decimal("78.5"))
    assert refusal(lambda: ann.take(pool)).body["code"] == "ACCESS_DENIED"
    client.set_user_skill(skill_id=skill.id, user_id=ann.id, value=Decimal(90))
    assert client.get_user_skill(held.id).exact_value == 90
    ann.do(pool)
    client.delete_user_skill(held.id)
    assert list(client.get_user_skills(user_id=ann.id)) == []
    ban = toloka.user_restriction
    forever = client.set_user_restriction(ban.ProjectUserRestriction(user_id=ann.id, project_id=pool.project_id))
    assert client.get_user_restriction(forever.id) == forever
    assert forever.will_expire is None
    assert refusal(lambda: ann.take(pool)).body["payload"] == {"until": None}
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    same = client.set_user_restriction(
        ban.ProjectUserRestriction(user_id=ann.id, project_id=pool.project_id, will_expire=end, private_comment="x")
    )
    assert (same.id, same.will_expire) == (forever.id, end), "one for each target"
    everywhere = client.set_user_restriction(ban.AllProjectsUserRestriction(user_id=ann.id, will_expire=end))
    assert [one.id for one in client.get_user_restrictions(user_id=ann.id, batch_size=1)] == [same.id, everywhere.id]
    client.delete_user_restriction(same.id)
    gone = refusal(lambda: client.get_user_restriction(same.id), exceptions.DoesNotExistApiError)
    assert gone.status_code == 404
    system = ban.SystemUserRestriction(user_id=ann.id)
    refused = refusal(lambda: client.set_user_restriction(system), exceptions.IncorrectActionsApiError)
    assert refused.code == "SYSTEM_SCOPE_MODIFICATION"


def many_tasks(place: Place) -> None:
    """More than one call makes is a worker's job: the client waits for it."""
    pool = place.client.create_pool(place.new_pool(place.project(), real=10))
    given = [toloka.Task(pool_id=pool.id, input_values={"n": n}) for n in range(1200)]
    given[1100].input_values = {"n": "wrong"}
    made = place.client.create_tasks(given, allow_defaults=True, open_pool=True, skip_invalid_items=True)
    assert len(made.items) == 1199
    assert list(made.validation_errors) == ["1100"]
    assert made.items["1199"].input_values == {"n": 1199}
    assert place.client.get_pool(pool.id).is_open()
    operation = place.client.wait_operation(place.client.create_tasks_async(given, allow_defaults=True))
    assert operation.status == toloka.operations.Operation.FAIL, "one is wrong: none is made"
    assert [line.input["__item_idx"] for line in place.client.get_operation_log(operation.id)] == ["1100"]


def performers(place: Place) -> None:
    """The performers' own calls and what they refuse."""
    pool = place.fill(place.client.create_pool(place.new_pool(place.project(), real=2)), real=4)
    ann, bob = place.worker(), place.worker()
    offer = ann.pools()[pool.id]
    assert offer == {"id": pool.id, "title": offer["title"], "reward": 0.02, "available": True}
    issued = ann.take(pool)
    assert ann.take(pool)["id"] == issued["id"], "the one in hand again"
    assert all(set(task) == {"id", "input_values"} for task in issued["tasks"])
    assert len(issued["tasks"]) == 2
    few = refusal(lambda: ann.call("POST", f"assignments/{issued['id']}/submit", {"solutions": []}))
    assert (few.status, list(few.body["payload"])) == (400, ["solutions"])
    wrong = refusal(lambda: ann.submit(issued, 5))
    assert set(wrong.body["payload"]) == {f"solutions.{n}.output_values.result" for n in (0, 1)}
    theirs = refusal(lambda: bob.submit(issued))
    assert (theirs.status, theirs.body["code"]) == (404, "DOES_NOT_EXIST")
    assert ann.submit(issued)["status"] == "ACCEPTED"
    assert ann.submit(issued)["status"] == "ACCEPTED", "the same again is the same"
    other = refusal(lambda: ann.submit(issued, "BAD"))
    assert (other.status, other.body["code"]) == (409, "INAPPROPRIATE_STATUS")
    assert bob.skip(pool)["status"] == "SKIPPED"
    ann.do(pool)
    assert ann.pools().get(pool.id, {"reason": "EMPTY"})["reason"] == "EMPTY"
    requester = toloka.TolokaClient(ann.token, url=place.url, retries=0)
    assert refusal(requester.get_requester, exceptions.AuthenticationApiError).status_code == 401
    ann.token = place.key
    assert refusal(ann.pools).status == 401


def asynchronous_client(place: Place) -> None:
    """The client's asynchronous half: the same calls at once, pages one after the other."""

    async def run() -> None:
        client = AsyncTolokaClient(place.key, url=place.url)
        made = await asyncio.gather(*(client.create_skill(name=fresh("async")) for _ in range(3)))
        found = [one.id async for one in client.get_skills(id_gte=min(one.id for one in made), batch_size=2)]
        assert {one.id for one in made} <= set(found)

    asyncio.run(run())
