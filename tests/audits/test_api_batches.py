import pytest

from tests.audits.api_world import Api, World, make_world


@pytest.fixture
def world(db) -> World:
    return make_world()


@pytest.fixture
def api(world) -> Api:
    return world.api


ODD = ["a b/c?d#é", "task/1%", "task-1", "//", "a/", "日本", "a&b=c+d", "..."]


def quoted(name: str) -> str:
    # What a WSGI server hands on: decoded, slashes too. `?` and `#` must stay quoted for the test client.
    return name.replace("%", "%25").replace("?", "%3F").replace("#", "%23")


def test_project_create_get_list_and_versions(api):
    nulls = {"rapid": None, "studio": None, "datasetId": None}
    made = api.post("projects", {"type": "categorization", "name": "p", "params": {"instruction": "Do"}, **nulls})
    assert made.status == 200
    assert (made["name"], made["type"]) == ("p", "categorization")
    assert [(v["version"], v["instruction"]) for v in made["param_history"]] == [(0, "Do")]
    api.post("projects/p/setParams", {"a": 1, "instruction": "Do it"})
    patched = api.post("projects/p/setParams", {"b": 2, "patch": True})
    assert [v["version"] for v in patched["param_history"]] == [0, 1, 2]
    newest = patched["param_history"][-1]
    assert (newest["a"], newest["b"], newest["instruction"], "patch" in newest) == (1, 2, "Do it", False)
    replaced = api.post("projects/p/setParams", {"b": 3, "patch": False})["param_history"][-1]
    assert ("a" in replaced, replaced["b"]) == (False, 3)
    assert api.get("projects/p")["param_history"][-1] == replaced
    assert [project["name"] for project in api.get("projects").body] == ["p", "birds"]
    assert api.get("projects", archived="true").body == []


def test_project_errors(api):
    assert api.post("projects", {"type": "categorization", "name": "birds"}).status == 409
    assert api.get("projects/none").status == 404
    assert api.post("projects/none/setParams", {}).status == 404
    for wrong in ({}, {"name": "x"}, {"name": 1, "type": "categorization"}, {"name": "a\nb", "type": "categorization"},
                  {"name": "x/status", "type": "categorization"},
                  {"name": "x" * 256, "type": "categorization"}, {"name": "  ", "type": "categorization"},
                  {"name": "x", "type": "categorization", "params": []},
                  {"name": "x", "type": "categorization", "params": {"instruction": 1}}):  # fmt: skip
        assert api.post("projects", wrong).status == 400, wrong
    assert api.post("projects", {"name": "x", "type": "nonsense"}).status == 404


def test_batch_create_get_and_list(api):
    made = api.post(
        "batches", {"project": "birds", "name": "b", "calibration_batch": False, "self_label_batch": False,
                    "callback": "", "metadata": {"k": "v"}},
    )  # fmt: skip
    assert made.status == 200
    assert (made["name"], made["project"], made["status"], made["metadata"]) == (
        "b",
        "birds",
        "in_progress",
        {"k": "v"},
    )
    assert api.get("batches/b").body == made.body
    assert api.get("batches/b/status").body == {"status": "in_progress"}
    for number in range(3):
        api.post("batches", {"project": "birds", "name": f"b{number}"})
    page = api.get("batches", limit=2)
    assert [batch["name"] for batch in page["docs"]] == ["b2", "b1"]
    assert (page["totalDocs"], page["total"], page["limit"], page["offset"], page["has_more"]) == (4, 4, 2, 0, True)
    last = api.get("batches", limit=2, offset=2)
    assert ([batch["name"] for batch in last["docs"]], last["has_more"]) == (["b0", "b"], False)
    assert api.get("batches", project="birds", exclude_archived="True", status="in_progress")["total"] == 4
    assert api.get("batches", project="none")["total"] == 0
    assert api.get("batches", end_time="2020-01-01")["total"] == 0
    assert api.get("batches", status="nonsense").status == 400


def test_batch_errors(api):
    api.post("batches", {"project": "birds", "name": "b"})
    assert api.post("batches", {"project": "birds", "name": "b"}).status == 409
    assert api.post("batches", {"project": "none", "name": "c"}).status == 404
    for wrong in ({"name": "c"}, {"project": "birds"}, {"project": "birds", "name": "c", "metadata": []},
                  {"project": "birds", "name": "c", "callback": "ftp://a.example"},
                  {"project": "birds", "name": "c", "calibration_batch": "yes"}):  # fmt: skip
        assert api.post("batches", wrong).status == 400, wrong
    for method, path in [("GET", "batches/n"), ("GET", "batches/n/status"), ("POST", "batches/n/finalize"),
                         ("POST", "batches/n/setMetadata")]:  # fmt: skip
        assert api.call(method, path).status == 404


def test_metadata_of_a_batch(api):
    api.post("batches", {"project": "birds", "name": "b", "metadata": {"a": 1}})
    assert api.post("batches/b/setMetadata", {"b": 2})["metadata"] == {"b": 2}
    assert api.get("batches/b")["metadata"] == {"b": 2}
    assert api.post("batches/b/setMetadata")["metadata"] == {}
    assert api.post("batches/b/setMetadata", [1]).status == 400


def test_a_staged_batch_begins_with_finalize(api):
    assert api.post("batches", {"project": "birds", "name": "b", "staging": True})["status"] == "staging"
    api.done(batch="b")
    assert api.get("batches/b/status").body == {"status": "staging", "completed": 1}
    assert api.post("batches/b/finalize")["status"] == "completed"
    api.post("batches", {"project": "birds", "name": "empty", "staging": True})
    assert api.post("batches/empty/finalize")["status"] == "in_progress"
    assert api.post("batches/empty/finalize")["status"] == "in_progress"


@pytest.mark.parametrize("name", ODD)
def test_odd_names(api, name):
    assert api.post("projects", {"name": name, "type": "categorization"})["name"] == name
    assert api.post("batches", {"project": name, "name": name})["name"] == name
    path = quoted(name)
    assert api.get(f"projects/{path}")["name"] == name
    assert api.post(f"projects/{path}/setParams", {"x": 1})["name"] == name
    assert api.get(f"batches/{path}/status")["status"] == "in_progress"
    assert api.post(f"batches/{path}/finalize")["name"] == name
    assert api.post(f"batches/{path}/setMetadata", {"a": 1})["metadata"] == {"a": 1}
    assert api.create(project=name, batch=name)["batch"] == name
    assert api.get("tasks", batch=name)["total"] == 1
    assert api.get(f"batches/{path}")["name"] == name
