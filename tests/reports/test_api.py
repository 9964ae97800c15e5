"""/v1/reports: the shapes that integrators rely on, and the filters of the list of tasks."""

import pytest

from reports.services.following import follow_events
from tests.audits.api_world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def test_the_shapes_and_the_filters(world):
    api = world.api
    tasks = [api.create(project="birds", tags=["a"] if n else ["b"]).body["task_id"] for n in range(3)]
    for task in tasks:
        api.post(f"task/{task}/response", {"response": {"category": "duck"}, "completed_by": "w1"})
    api.post(f"task/{tasks[0]}/audit", {"audit_result": "accepted"})
    api.post(f"task/{tasks[1]}/audit", {"audit_result": "rejected", "comments": "A goose"})
    follow_events()

    summary = api.get("reports/summary").body
    assert summary.pop("as_of").endswith("Z")
    assert summary == {"tasks": 3, "reviews": 2, "accepted": 1, "fixed": 0, "rejected": 1,
                       "acceptance": {"estimate": None, "low": None, "high": None, "n": 0}}  # fmt: skip
    for query, number in ({"tags": "a"}, 2), ({"performer": "w1"}, 3), ({"performer": "nobody"}, 0), (
        {"customer_review_status": "rejected"}, 1), ({"project": "birds", "type": "textcollection"}, 0):  # fmt: skip
        assert api.get("reports/summary", **query)["tasks"] == number, query

    weeks = api.get("reports/weeks").body
    assert len(weeks) == 4
    assert weeks[0]["starts_at"] > weeks[1]["starts_at"]
    assert weeks[0]["starts_at"] == weeks[0]["ends_at"] or weeks[1]["ends_at"] == weeks[0]["starts_at"]
    assert set(weeks[0]) == {"starts_at", "ends_at", "completed", "audited", "accepted", "fixed", "rejected"}

    rows = api.get("reports/tasks", performer="w1", limit=2).body
    assert (len(rows["docs"]), rows["total"], rows["has_more"]) == (2, 3, True)
    more = api.get("reports/tasks", performer="w1", limit=2, next_token=rows["next_token"]).body
    assert [row["task_id"] for row in [*rows["docs"], *more["docs"]]] == tasks[::-1]
    rejected = more["docs"][0] if more["docs"][0].get("comment") else rows["docs"][1]
    assert (rejected["comment"], rejected["customer_review_status"], rejected["performer"]) == (
        "A goose",
        "rejected",
        "w1",
    )

    (auditor,) = api.get("reports/auditors").body
    assert {name: auditor[name] for name in ("reviews", "accepted", "rejected")} == {
        "reviews": 2,
        "accepted": 1,
        "rejected": 1,
    }
    assert api.get("reports/tasks", auditor=auditor["auditor"])["total"] == 2
    assert api.get("reports/summary", auditor=auditor["auditor"])["reviews"] == 2
    assert api.get("reports/batches").body["docs"] == []
    assert api.get("reports/summary", completed_after="yesterday").status == 400
    for name in ("summary", "weeks", "tasks", "auditors", "batches"):
        misspelt = api.get(f"reports/{name}", perfomer="w1")
        assert (misspelt.status, misspelt["error"]) == (400, "Unknown filter “perfomer”.")
        assert api.get(f"reports/{name}", project_id="x", limited_response="true").status == 200
