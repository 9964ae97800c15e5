"""A project's own fields: set by the requester in rows, done by performers in a form, refused at the field."""

import json

import pytest
from django.utils import timezone

from audits.models import Project, ProjectVersion
from audits.services.projects import set_project_params
from crowd_rules.models import Assignment, Solution
from crowd_rules.services.crowd_projects import describe
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks
from crowd_rules.services.pools import open_pool
from tests.crowd_rules.crowd import make_crowd
from tests.crowd_rules.workplace import client_at_work, office_address, work_address
from tests.factories import client_of

pytestmark = pytest.mark.django_db
OUTPUT = {
    "verdict": {"type": "string", "required": True, "allowed_values": ["good", "bad"]},
    "stars": {"type": "integer", "required": True, "min_value": 0, "max_value": 5},
    "a": {"type": "array_string", "required": False, "description": "kept"},
    "secret": {"type": "string", "required": True, "hidden": True},
}


@pytest.fixture
def crowd():
    crowd = make_crowd()
    with crowd.scope():
        shown = {"photo": {"type": "url"}, "truth": {"type": "string", "required": False, "hidden": True}}
        spec = {"input_spec": shown, "output_spec": OUTPUT}
        set_project_params(project=crowd.project, actor=crowd.owner, params=spec, patch=True, now=timezone.now())
    return crowd


def rows(part: str, *fields: dict[str, str]) -> dict[str, str]:
    data = {f"{part}-TOTAL_FORMS": str(len(fields)), f"{part}-INITIAL_FORMS": "0"}
    return data | {f"{part}-{number}-{key}": value for number, one in enumerate(fields) for key, value in one.items()}


def fields_address(crowd) -> str:
    return f"/o/{crowd.organization.slug}/projects/{crowd.project.pk.hex}/fields/"


def test_the_requester_sets_the_fields_in_rows_and_their_order_stays(crowd):
    office = client_of(crowd.owner)
    page = office.get(fields_address(crowd)).content.decode()
    assert page.index("verdict") < page.index("stars") < page.index('value="a"')
    asked = rows(
        "output_spec",
        {"name": "stars", "type": "integer", "required": "on", "least": "0", "most": "9"},
        {"name": "a", "type": "array_string", "values": "red\nblue\nred", "most": "2"},
        {"name": "", "type": "string", "required": "on"},
    )
    answer = office.post(fields_address(crowd), asked | rows("input_spec", {"name": "photo", "type": "url"}))
    assert answer.status_code == 302, answer.content.decode()
    with crowd.scope():
        project = Project.objects.get(pk=crowd.project.pk)
        assert project.fields_of("output_spec") == {
            "stars": {"type": "integer", "required": True, "min_value": 0, "max_value": 9},
            # What the page does not know of stays.
            "a": {"type": "array_string", "required": False, "description": "kept", "allowed_values": ["red", "blue"],
                  "max_size": 2},
        }  # fmt: skip
        assert list(project.fields_of("output_spec")) == ["stars", "a"]
        assert list(describe(crowd.organization, [project])[0].task_spec["output_spec"]) == ["stars", "a"]
        newest = ProjectVersion.objects.filter(project=project).order_by("-version").first()
        assert newest.params["output_spec"].keys() == {"stars", "a"}


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"name": "a.b", "type": "string"}, "no full stop"),
        ({"name": "n", "type": "integer", "values": "one"}, "Give numbers"),
        ({"name": "n", "type": "integer", "least": "3", "most": "2"}, "Not less than the least"),
        ({"name": "n", "type": "nothing"}, "Select a valid choice"),
    ],
)
def test_a_wrong_row_is_refused_at_its_field(crowd, field, said):
    answer = client_of(crowd.owner).post(fields_address(crowd), rows("output_spec", field) | rows("input_spec"))
    assert answer.status_code == 400
    assert said in answer.content.decode()
    with crowd.scope():
        assert Project.objects.get(pk=crowd.project.pk).fields_of("output_spec") == OUTPUT


def in_hand(crowd, client) -> Assignment:
    pool = crowd.pool(tasks=0)
    with crowd.scope():
        photo = NewPoolTask(input_values={"photo": "https://pictures.example/1.jpg"})
        add_tasks(pool=pool, actor=crowd.owner, tasks=[photo], now=timezone.now())
        pool.status = "OPEN"
        pool.save(update_fields=["status"])
    page = client.get(work_address(crowd, f"pools/{pool.pk.hex}/"))
    assert 'data-task-editor="fields"' in page.content.decode()
    assert "https://pictures.example" in page.headers["Content-Security-Policy"]
    with crowd.scope():
        return Assignment.objects.get(status="ACTIVE")


def hand_in(client, crowd, assignment, solutions):
    return client.post(
        work_address(crowd, f"assignments/{assignment.pk.hex}/submit/"), {"solutions": json.dumps(solutions)}
    )


def test_what_does_not_fit_is_said_at_the_field_and_what_fits_is_taken(crowd):
    client = client_at_work(crowd, "ann")
    held = in_hand(crowd, client)
    refused = hand_in(client, crowd, held, [{"verdict": "fair", "a": ["x", 1], "more": 1}])
    assert refused.status_code == 400
    assert refused.json()["places"] == {
        "0": {
            "verdict": "One of good, bad.",
            "stars": "This field is required.",
            "a.1": "Give a value of the type string.",
            "more": "The project has no such field.",
        }
    }
    assert list(refused.json()["fields"]) == ["0"]
    for nonsense in (5, "x", {"a": 1}, [5]):
        assert hand_in(client, crowd, held, nonsense).status_code == 400
    # A hidden field is nobody's to fill in.
    assert hand_in(client, crowd, held, [{"verdict": "good", "stars": 0}]).status_code == 200
    with crowd.scope():
        assert Solution.objects.get(assignment=held).output_values == {"verdict": "good", "stars": 0}
    review = client_of(crowd.owner).get(office_address(crowd, f"review/{held.pk.hex}/"))
    assert 'data-task-editor="fields"' in review.content.decode()
    assert "https://pictures.example" in review.headers["Content-Security-Policy"]
    assert 'data-task-editor="fields"' in client.get(work_address(crowd, f"history/{held.pk.hex}/")).content.decode()


def test_an_input_field_that_is_hidden_from_performers_reaches_none_of_their_pages(crowd):
    client, pool = client_at_work(crowd, "ann"), crowd.pool(tasks=0)
    with crowd.scope():
        task = NewPoolTask(input_values={"photo": "https://pictures.example/1.jpg", "truth": "a mallard"})
        add_tasks(pool=pool, actor=crowd.owner, tasks=[task], now=timezone.now())
        open_pool(pool=pool, actor=None, now=timezone.now())
    pages = [client.get(work_address(crowd, f"pools/{pool.pk.hex}/")).content.decode()]
    with crowd.scope():
        held = Assignment.objects.get()
    assert hand_in(client, crowd, held, [{"verdict": "good", "stars": 0}]).status_code == 200
    pages.append(client.get(work_address(crowd, f"history/{held.pk.hex}/")).content.decode())
    assert [("1.jpg" in page, "mallard" in page) for page in pages] == [(True, False)] * 2
    review = client_of(crowd.owner).get(office_address(crowd, f"review/{held.pk.hex}/"))
    assert "mallard" in review.content.decode(), "the requester sees it all"
