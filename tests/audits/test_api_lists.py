import base64
import json
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from audits.api.renderers import QuickJSONRenderer
from audits.models import Task
from tests.audits.api_world import DUCK, Api, World, make_world


@pytest.fixture
def world(db) -> World:
    return make_world()


@pytest.fixture
def api(world) -> Api:
    return world.api


def ids(answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [task["task_id"] for task in answer["docs"]]


def test_newest_first_with_the_envelope_of_the_original(api):
    made = [api.create()["task_id"] for _ in range(3)]
    answer = api.get("tasks")
    assert ids(answer) == made[::-1]
    assert {key: answer[key] for key in answer.body if key != "docs"} == {
        "total": 3, "offset": 0, "limit": 100, "has_more": False,
    }  # fmt: skip


def test_a_list_that_begins_at_a_time_leaves_nothing_out(api):
    """What was completed elsewhere, before it came here, is older than its creation says."""
    here = api.done()
    now = api.get(f"task/{here}")["completed_at"]
    assert ids(api.get("tasks", completed_before="2026-01-02")) == []
    elsewhere = api.create()["task_id"]
    done = {"response": DUCK, "completed_at": "2026-01-01T10:00:00Z"}
    assert api.post(f"task/{elsewhere}/response", done).status == 200
    pending = api.create()["task_id"]

    early = api.get("tasks", completed_before="2026-01-02")
    assert (ids(early), early["total"]) == ([elsewhere], 1)
    assert ids(api.get("tasks", completed_before="2999-01-01")) == [elsewhere, here]
    assert ids(api.get("tasks", completed_after=now)) == [here]
    assert ids(api.get("tasks", updated_before="2999-01-01")) == [pending, elsewhere, here]
    assert ids(api.get("tasks", updated_before="2026-01-02")) == []


def test_what_javascript_takes_for_a_line_end_is_sent_escaped(api):
    task_id = api.create(instruction="one\u2028two")["task_id"]
    assert api.get(f"task/{task_id}")["instruction"] == "one\u2028two"
    content = QuickJSONRenderer().render({"a": "\u2028", "b": gettext_lazy("Reason")})
    assert content == b'{"a":"\\u2028","b":"Reason"}'


def test_pages_by_token_while_tasks_arrive(api):
    made = [api.create()["task_id"] for _ in range(7)]
    seen, token = [], None
    while True:
        page = api.get("tasks", limit=3, **({"next_token": token} if token else {}))
        seen += ids(page)
        api.create()
        assert page["has_more"] == ("next_token" in page.body)
        token = page.body.get("next_token")
        if not token:
            break
    assert seen == made[::-1]


def test_tasks_of_the_same_instant_are_each_seen_once(world):
    made = [world.api.create()["task_id"] for _ in range(5)]
    with world.scene.scope():
        Task.objects.for_organization(world.scene.organization).update(created_at=timezone.now())
    first = world.api.get("tasks", limit=2)
    second = world.api.get("tasks", limit=2, next_token=first["next_token"])
    third = world.api.get("tasks", limit=2, next_token=second["next_token"])
    assert ids(first) + ids(second) + ids(third) == sorted(made, reverse=True)


def test_offset(api):
    made = [api.create()["task_id"] for _ in range(4)]
    page = api.get("tasks", offset=1, limit=2)
    assert (ids(page), page["offset"], page["total"], page["has_more"]) == (made[2:0:-1], 1, 4, True)


def test_a_bad_or_foreign_token_is_400(world):
    for api in (world.api, world.other):
        for _ in range(2):
            api.create()
    theirs = world.other.get("tasks", limit=1)["next_token"]
    mine = json.loads(base64.urlsafe_b64decode(world.api.get("tasks", limit=1)["next_token"]))
    moved = base64.urlsafe_b64encode(json.dumps({**mine, "created_at": "2020-01-01T00:00:00+00:00"}).encode()).decode()
    for token in (theirs, moved, "x", "e30=", "W10=", "bnVsbA==", "é", "\0", "A" * 5000, "[" * 900):
        assert world.api.get("tasks", next_token=token).status == 400, token


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.0", "ten", "10000000000000", "٣", "\0"])
def test_a_limit_outside_1_to_100_is_400(api, limit):
    assert api.get("tasks", limit=limit).status == 400
    assert api.get("batches", limit=limit).status == 400


def test_empty_values_and_unknown_keys_are_no_filter(api):
    api.create()
    keys = ["start_time", "end_time", "status", "type", "project", "batch", "completed_before", "completed_after",
            "updated_before", "updated_after", "customer_review_status", "tags", "unique_id", "limit", "offset",
            "next_token", "limited_response", "include_attachment_url"]  # fmt: skip
    assert api.get("tasks", **dict.fromkeys(keys, ""))["total"] == 1
    assert api.get("tasks", project_id="x", project_name="y", q="z", performer="p", format="xml")["total"] == 1


def test_names_statuses_and_types(api):
    api.post("batches", {"project": "birds", "name": "b"})
    loose, inside, done = api.create()["task_id"], api.create(batch="b")["task_id"], api.done(project="birds")
    assert ids(api.get("tasks", project="birds")) == [done, inside]
    assert ids(api.get("tasks", batch="b")) == [inside]
    assert ids(api.get("tasks", project="birds", batch="b")) == [inside]
    assert ids(api.get("tasks", project="other", batch="b")) == []
    assert ids(api.get("tasks", project="nope")) == []
    assert ids(api.get("tasks", status="completed")) == [done]
    assert ids(api.get("tasks", status="pending")) == [inside, loose]
    assert len(ids(api.get("tasks", type="categorization"))) == 3
    assert ids(api.get("tasks", type="imageannotation")) == []
    assert api.get("tasks", status="nonsense").status == 400


def test_tags_and_unique_ids_mean_any_of_them(api):
    made = [api.create(tags=[tag], unique_id=tag)["task_id"] for tag in ("a", "b,c", "d e&f+g")]
    assert ids(api.get("tasks", tags="a")) == made[:1]
    assert ids(api.get("tasks", tags=["a", "b,c"])) == made[1::-1]
    assert ids(api.get("tasks", unique_id=["d e&f+g", "a", "zz"])) == [made[2], made[0]]


def test_review_statuses(api):
    never, accepted, fixed, rejected, pending = *(api.done() for _ in range(4)), api.create()["task_id"]
    api.post(f"task/{accepted}/audit", {"accepted": True})
    api.post(f"task/{fixed}/audit", {"audit_result": "fixed", "response": {"category": "goose"}})
    api.post(f"task/{rejected}/audit", {"accepted": False})

    def found(status):
        return ids(api.get("tasks", customer_review_status=status))

    assert found("pending") == [never]
    assert found("accepted,fixed") == [fixed, accepted]
    assert found("accepted, rejected,pending") == [rejected, accepted, never]
    assert found(["accepted", "fixed"]) == [fixed, accepted]
    assert found("commented") == []
    assert pending in found("")
    assert api.get("tasks", customer_review_status="good").status == 400


def test_times(world):
    old, new = world.api.done(), world.api.create()["task_id"]
    with world.scene.scope():
        tasks = Task.objects.for_organization(world.scene.organization).filter(pk=old)
        day = timezone.now().replace(year=2021, month=4, day=25, hour=10, minute=0, second=0, microsecond=0)
        tasks.update(created_at=day, completed_at=day + timedelta(hours=1), updated_at=day + timedelta(hours=2))

    def found(**query):
        return ids(world.api.get("tasks", **query))

    assert found(end_time="2021-04-26") == [old]
    assert found(start_time="2021-04-25", end_time="2021-04-25T10:00:00Z") == [old]
    assert found(start_time="2021-04-25T03:00:00-07:00", end_time="2021-04-25 10:00:00.000000") == [old]
    assert found(start_time="2021-04-25T03:00:01-07:00", end_time="2022-01-01") == []
    assert found(completed_after="2021-04-25T11:00:00", completed_before="2021-04-25T11:00:00+00:00") == [old]
    assert found(updated_before="2021-04-25T12:00:00.000Z") == [old]
    assert found(updated_after="2021-04-25T12:00:01") == [new]


@pytest.mark.parametrize(
    "text",
    ["yesterday", "0000-00-00", "2021-02-30", "9999-12-31T23:59:60Z", "2021-01-01T00:00:00+99:99", "\0", "1" * 500,
     "0001-01-01T00:00:00+10:00", "9999-12-31"],
)  # fmt: skip
def test_times_that_are_none_are_400_never_500(api, text):
    for key in ("start_time", "end_time", "completed_after", "updated_before"):
        assert api.get("tasks", **{key: text}).status in (200, 400)
    assert api.get("batches", start_time=text).status in (200, 400)


def test_limited_response(api):
    api.post(f"task/{api.done(project='birds', metadata={'a': 1})}/audit", {"accepted": True})
    (task,) = api.get("tasks", limited_response="True", include_attachment_url="True")["docs"]
    assert set(task) == {"task_id", "status", "metadata", "project"}
    assert api.get("tasks", limited_response="maybe").status == 400


def test_a_list_never_holds_what_belongs_to_others(world):
    canary = "canary-7f3a"
    world.other.post("projects", {"name": canary, "type": "categorization"})
    world.other.post("batches", {"name": canary, "project": canary})
    world.other.create(project=canary, unique_id=canary, tags=[canary])
    for path, query in [
        ("tasks", {}), ("tasks", {"project": canary}), ("tasks", {"batch": canary}), ("tasks", {"tags": canary}),
        ("tasks", {"unique_id": canary}), ("projects", {}), ("batches", {}), ("batches", {"project": canary}),
    ]:  # fmt: skip
        assert canary not in json.dumps(world.api.get(path, **query).body)
