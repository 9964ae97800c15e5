import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from callbacks.models import Delivery
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Event
from tests.audits.api_world import DUCK, WORK, Api, World, make_world
from tests.counted import count_everything


@pytest.fixture
def world(db) -> World:
    return make_world()


@pytest.fixture
def api(world) -> Api:
    return world.api


def test_create_answers_the_whole_task(api):
    task = api.create(
        project="birds", metadata={"row": 7}, tags=["new"], unique_id="u-1", callback_url="https://a.example/cb"
    )
    assert task.status == 200
    assert task["status"] == "pending"
    assert task["type"] == "categorization"
    assert task["instruction"] == "Which bird?"
    assert task["params"] == {key: WORK[key] for key in ("attachment_type", "attachment", "categories")}
    assert (task["project"], task["project_param_version"]) == ("birds", 0)
    assert (task["metadata"], task["tags"], task["unique_id"]) == ({"row": 7}, ["new"], "u-1")
    assert task["is_test"] is False
    assert task["processed_attachments"] == []
    assert api.get(f"task/{task['task_id']}").body == task.body


def test_keys_without_a_value_are_absent(api):
    task = api.create(project=None, tags=None)
    absent = {"tags", "unique_id", "callback_url", "project", "batch", "response", "completed_at", "audits",
              "customer_review_status", "callback_completed", "prior_responses"}  # fmt: skip
    assert not absent & set(task.body)
    assert task["metadata"] == {}


def test_unknown_fields_are_tolerated_and_set_nothing(api):
    task = api.create(force=True, status="completed", customer_review_status="accepted", task_id="x", response=DUCK)
    assert (task.status, task["status"]) == (200, "pending")
    assert "customer_review_status" not in task.body


def test_parameters_of_the_project_fill_the_gaps(api):
    api.post("projects", {"name": "p", "type": "categorization", "params": {"instruction": "All", "attachment": "x"}})
    api.post("projects/p/setParams", {"attachment": "y", "patch": True})
    new = {"project": "p", "instruction": "Mine"}
    task = api.post("task/categorization", new)
    assert (task["instruction"], task["params"]["attachment"], task["project_param_version"]) == ("Mine\n\nAll", "y", 1)
    assert api.post("task/categorization", {**new, "project_version": 0})["params"] == {"attachment": "x"}
    assert api.post("task/categorization", {**new, "project_version": -1}).status == 400  # nothing to label is left
    assert api.post("task/categorization", {**new, "project_version": 9}).status == 400


def test_a_batch_brings_its_project(api):
    api.post("projects", {"name": "q", "type": "categorization"})
    api.post("batches", {"project": "birds", "name": "b"})
    task = api.create(batch="b")
    assert (task["project"], task["batch"]) == ("birds", "b")
    assert api.create(batch="b", project="q").status == 400
    assert api.create(batch="b", project="nope").status == 404


@pytest.mark.parametrize("fields", [{"project": "nope"}, {"batch": "nope"}])
def test_unknown_neighbours_are_404(api, fields):
    assert api.create(**fields).status == 404


def test_unknown_type_is_404_and_missing_parameters_are_400(api):
    assert api.create("nonsense").status == 404
    missing = api.post("task/imageannotation", {"instruction": "x"})
    assert (missing.status, missing["error"]) == (400, "Please include an attachment or attachments parameter.")


def test_a_used_unique_id_is_409_and_names_the_first_task(api):
    first = api.create(unique_id="u")
    again = api.create(unique_id="u")
    assert again.status == 409
    assert again["error"] == f'The unique_id ("u") is already used for a different task ({first["task_id"]}).'


def test_the_same_unique_id_in_another_organization_tells_nothing(world):
    world.api.create(unique_id="u")
    assert world.other.create(unique_id="u").status == 200


def test_unique_id_set_taken_and_cleared(api):
    first, second = api.create(unique_id="a")["task_id"], api.create()["task_id"]
    assert api.post(f"task/{second}/unique_id", {"unique_id": "a"}).status == 409
    assert api.post(f"task/{second}/unique_id", {"unique_id": "b"})["unique_id"] == "b"
    assert "unique_id" not in api.call("DELETE", f"task/{first}/unique_id").body
    assert api.create(unique_id="a").status == 200
    assert api.post(f"task/{second}/unique_id", {}).status == 400


def test_get_by_unique_id(api):
    for name in ("mine", "a/b c", uuid7().hex):
        assert api.get(f"task/{api.create(unique_id=name)['unique_id']}")["unique_id"] == name


def test_an_unknown_task_is_404_in_the_words_of_the_original(api):
    for name in (uuid7().hex, "x", "5f1a2b3c4d5e6f7a8b9c0d1e", "%00"):
        answer = api.get(f"task/{name}")
        assert answer.status == 404
    assert api.get(f"task/{uuid7().hex}").body == {"status_code": 404, "error": "Task with that ID not found."}


def test_complete(api):
    task_id = api.create()["task_id"]
    done = api.post(
        f"task/{task_id}/response",
        {"response": DUCK, "completed_by": "ann", "completed_at": "2026-01-02T03:04:05+01:00"},
    )
    assert done.status == 200
    assert (done["status"], done["completed_by"]) == ("completed", "ann")
    assert done["completed_at"] == "2026-01-02T02:04:05.000Z"
    assert done["response"] == {"category": "duck", "is_customer_fix": False}
    assert api.post(f"task/{task_id}/response", {"response": DUCK}).status == 400


def test_completed_by_is_empty_unless_named(api):
    assert "completed_by" not in api.get(f"task/{api.done()}").body


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"response": None},
        {"response": "duck"},
        {"response": {"category": "cow"}},
        {"response": DUCK, "completed_at": "yesterday"},
        {"response": DUCK, "completed_at": "2999-01-01"},
        {"response": DUCK, "completed_by": 7},
        {"response": DUCK, "status": "completed"},
    ],
)
def test_a_wrong_response_is_400(api, body):
    task_id = api.create()["task_id"]
    assert api.post(f"task/{task_id}/response", body).status == 400
    assert api.get(f"task/{task_id}")["status"] == "pending"


def test_cancel(api):
    pending, done = api.create(unique_id="u")["task_id"], api.done()
    assert api.post(f"task/{pending}/cancel")["status"] == "canceled"
    kept = api.post(f"task/{pending}/cancel")
    assert (kept.status, kept["unique_id"]) == (200, "u")
    assert "unique_id" not in api.post(f"task/{pending}/cancel", clear_unique_id="true").body
    assert api.post(f"task/{done}/cancel").status == 400
    assert api.post(f"task/{uuid7().hex}/cancel").body == {"status_code": 404, "error": "Task with that ID not found."}


def test_metadata_is_replaced_as_a_whole(api):
    task_id = api.create(metadata={"a": 1})["task_id"]
    assert api.post(f"task/{task_id}/setMetadata", {"b": [1]})["metadata"] == {"b": [1]}
    assert api.post(f"task/{task_id}/setMetadata")["metadata"] == {}
    assert api.post(f"task/{task_id}/setMetadata", {"a": "x" * 11_000}).status == 400
    assert api.create(metadata={"a": "x" * 11_000}).status == 400


def test_tags(api):
    path = f"task/{api.create()['task_id']}/tags"
    assert api.post(path, ["a", "b", "a"])["tags"] == ["a", "b"]
    assert api.call("PUT", path, ["b", "c"])["tags"] == ["a", "b", "c"]
    assert api.call("DELETE", path, ["a", "zz"])["tags"] == ["b", "c"]
    assert api.post(path)["tags"] == []
    for wrong in ({"a": 1}, [1], ["x" * 256], [str(n) for n in range(101)]):
        assert api.post(path, wrong).status == 400


def test_a_change_writes_one_event_and_no_change_none(world):
    task_id = world.api.create()["task_id"]
    for _ in range(2):
        world.api.post(f"task/{task_id}/tags", ["a"])
    with world.scene.scope():
        events = Event.objects.for_organization(world.scene.organization).filter(type="task.changed")
        assert [event.after for event in events] == [{"tags": ["a"]}]


def test_test_mode_completes_at_once_and_never_meets_live(world):
    sandbox = world.api_as("owner", mode="test")
    task = sandbox.create()
    assert (task["status"], task["is_test"]) == ("completed", True)
    assert world.api.get(f"task/{task['task_id']}").status == 404
    assert sandbox.get(f"task/{world.api.create()['task_id']}").status == 404


def test_the_last_response_completes_the_batch(api):
    api.post("batches", {"project": "birds", "name": "b"})
    first, second = (api.create(batch="b")["task_id"] for _ in range(2))
    api.post(f"task/{first}/response", {"response": DUCK})
    assert api.get("batches/b/status").body == {"status": "in_progress", "completed": 1, "pending": 1}
    api.post(f"task/{second}/cancel")
    assert api.get("batches/b/status").body == {"status": "completed", "completed": 1, "canceled": 1}
    assert api.create(batch="b").status == 200
    assert api.get("batches/b/status")["status"] == "in_progress"


def test_another_organizations_task_is_as_unknown_as_any(world):
    task_id = world.other.done()
    unknown = uuid7().hex
    calls = [
        ("GET", "", None),
        ("POST", "/cancel", None),
        ("POST", "/audit", {"accepted": True}),
        ("POST", "/response", {"response": DUCK}),
        ("POST", "/unique_id", {"unique_id": "x"}),
        ("DELETE", "/unique_id", None),
        ("POST", "/setMetadata", {"a": 1}),
        ("POST", "/tags", ["a"]),
        ("PUT", "/tags", ["a"]),
        ("DELETE", "/tags", ["a"]),
    ]
    before = world.other.get(f"task/{task_id}").body
    for method, ending, body in calls:
        theirs = world.api.call(method, f"task/{task_id}{ending}", body)
        none = world.api.call(method, f"task/{unknown}{ending}", body)
        assert (theirs.status, theirs.body) == (none.status, none.body) == (404, none.body), ending
    assert world.other.get(f"task/{task_id}").body == before


def test_another_organizations_names_are_unknown(world):
    world.other.post("batches", {"project": "birds", "name": "theirs"})
    assert world.api.create(batch="theirs").body == world.api.create(batch="none").body
    assert world.api.get("batches/theirs").body == world.api.get("batches/none").body
    assert world.api.get("tasks", batch="theirs")["docs"] == []


@pytest.mark.parametrize("path", ["tasks", "projects", "batches"])
def test_scopes_and_roles(world, path):
    reader = world.api_as("owner", scopes=["tasks:read"])
    assert reader.get(path).status == 200
    assert reader.create().status == 403
    assert reader.post(f"task/{uuid7().hex}/audit", {"accepted": True}).status == 403
    integrator = world.api_as("ingrid")
    assert integrator.create().status == 200
    assert integrator.post(f"task/{uuid7().hex}/audit", {"accepted": True}).status == 403
    assert world.api_as("alice").create().status == 403


def test_an_auditor_with_assignments_sees_only_assigned_projects(world):
    world.reassign(auditors_need_assignment=True)
    task_id = world.api.done(project="birds")
    alice = world.api_as("alice")
    assert alice.get(f"task/{task_id}").status == 404
    assert alice.get("tasks")["total"] == 0
    assert alice.get("projects").body == []
    assert alice.post(f"task/{task_id}/audit", {"accepted": True}).status == 404


@pytest.mark.django_db(transaction=True)
class TestStatements:
    """Counted without BEGIN and COMMIT; on top comes, once a minute, the note that the key was used."""

    @pytest.fixture
    def world(self, transactional_db) -> World:
        return make_world()

    def count(self, call, *arguments, **options):
        with CaptureQueriesContext(connection) as captured:
            answer = call(*arguments, **options)
        assert answer.status == 200, answer.body
        return [query["sql"] for query in captured if query["sql"] not in ("BEGIN", "COMMIT")]

    def test_create(self, api):
        api.post("batches", {"project": "birds", "name": "b"})
        # Key and scope; batch with project and version; task and event, whether its unique_id is taken.
        assert len(self.count(api.create, batch="b", project="birds", unique_id="u")) == 3
        assert len(self.count(api.create, project="birds")) == 3
        assert len(self.count(api.create)) == 2

    def test_get(self, api):
        task_id = api.done(unique_id="u")
        api.post(f"task/{task_id}/audit", {"accepted": True})
        # Key and scope; task with its names, audits and how its callbacks ended; what is hidden from a second auditor.
        assert len(self.count(api.get, f"task/{task_id}")) == 3
        assert len(self.count(api.get, "task/u")) == 3

    def test_list(self, api):
        api.post("batches", {"project": "birds", "name": "b"})
        api.create(batch="b")
        for _ in range(10):
            api.post(f"task/{api.done(batch='b')}/audit", {"accepted": True})
        # Key and scope; the names' ids; page with audits, their auditors and outcomes of callbacks; what is hidden from
        # a second auditor; total. The total of all is first looked for where it was counted ahead, and here nobody has
        # counted yet.
        names = {"project": "birds", "batch": "b"}
        assert [len(self.count(api.get, "tasks", limit=n, **names)) for n in (1, 10)] == [5, 5]
        assert [len(self.count(api.get, "tasks", limit=n)) for n in (1, 10)] == [5, 4]
        assert len(self.count(api.get, "tasks", status="pending")) == 3
        # With a total that was counted ahead, and audits that may be hidden: the most of all lists.
        count_everything()
        reviewed = {"project": "birds", "customer_review_status": "accepted"}
        assert [len(self.count(api.get, "tasks", limit=n, **reviewed)) for n in (1, 10)] == [6, 6]
        # The short form needs neither audits nor callbacks.
        assert len(self.count(api.get, "tasks", limited_response="True")) == 3


def test_a_callback_shows_only_once_it_has_an_outcome(world):
    task_id = world.api.done(callback_url="https://a.example/cb")
    assert "callback_completed" not in world.api.get(f"task/{task_id}").body
    with world.scene.scope():
        Delivery.objects.for_organization(world.scene.organization).update(status="delivered")
    task = world.api.get(f"task/{task_id}")
    assert (task["callback_completed"], task["callback_succeeded"]) == (True, True)
    assert world.api.get("tasks")["docs"] == [task.body]
