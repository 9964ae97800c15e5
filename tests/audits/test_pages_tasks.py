"""The Tasks page and a task's page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.models import Verdict
from audits.services.audits import Judgement, record_verdict
from tests.audits.scene import PARAMS, Scene, make_scene
from tests.factories import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene(tasks=1, roles={"alice": "auditor", "lead": "lead", "robot": "integrator"})


def address(scene: Scene, rest: str = "") -> str:
    return f"/o/{scene.organization.slug}/{rest}"


def read(scene: Scene, rest: str, who: str = "alice", **headers: str):
    return client_of(scene.members[who].user).get(address(scene, rest), headers=headers)


def statements(scene: Scene, rest: str, who: str = "alice") -> list[str]:
    client = client_of(scene.members[who].user)
    client.get(address(scene, rest))
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address(scene, rest)).status_code == 200
    return [one["sql"] for one in captured if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))]


def judge(scene: Scene, task, who: str = "alice", **judgement):
    with scene.scope():
        record_verdict(
            auditor=scene.members[who], task_id=task.pk, judgement=Judgement(**judgement), now=timezone.now()
        )


def test_as_many_statements_for_one_row_as_for_fifty(scene):
    judge(scene, scene.tasks[0], verdict=Verdict.ACCEPTED)
    one = statements(scene, "tasks/")
    for _ in range(49):
        judge(scene, scene.add_task(), verdict=Verdict.ACCEPTED)
    assert len(statements(scene, "tasks/")) == len(one)


def test_pages_go_on_and_back_without_a_gap(scene):
    for _ in range(120):
        scene.add_task()
    client, seen, url = client_of(scene.members["alice"].user), [], address(scene, "tasks/")
    pages = []
    while url:
        page = client.get(url).context["page"]
        pages.append([task.id for task in page.rows])
        seen += pages[-1]
        url = page.older_url and address(scene, "tasks/") + page.older_url
    assert seen == sorted({task.pk for task in scene.tasks}, reverse=True)
    last = client.get(address(scene, "tasks/") + client.get(address(scene, "tasks/")).context["page"].older_url)
    back = client.get(address(scene, "tasks/") + last.context["page"].newer_url)
    assert [task.id for task in back.context["page"].rows] == pages[0]


def test_a_wrong_cursor_is_a_sentence_not_an_error(scene):
    answer = read(scene, "tasks/?older=rubbish")
    assert answer.status_code == 400
    assert "page that does not exist" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=completed", 2),
        ("status=pending", 1),
        ("review_status=pending", 1),
        ("review_status=accepted", 1),
        ("project=birds", 3),
        ("project=no-such", 0),
        ("type=categorization", 3),
        ("performer=wanda", 1),
        ("tag=rare", 1),
        ("q=bird-7", 1),
        ("completed_after=2020-01-01", 2),
        ("completed_before=2020-01-01", 0),
        ("sort=completed&status=completed", 2),
    ],
)
def test_every_filter_finds_what_it_says(scene, query, found):
    scene.add_task(done=False, tags=["rare"])
    with scene.scope():
        from audits.services.tasks import find_performer

        wanda = find_performer(organization=scene.organization, external_id="wanda")
    scene.add_task(done=False, unique_id="bird-77", response={"category": "swan"}, completed_by=wanda)
    judge(scene, scene.tasks[0], verdict=Verdict.ACCEPTED)
    assert len(read(scene, f"tasks/?{query}").context["page"].rows) == found


def test_what_is_filtered_by_stands_as_chips_that_can_be_taken_away(scene):
    chips = read(scene, "tasks/?status=completed&q=bird").context["bar"].chips
    assert [(chip.name, chip.value) for chip in chips] == [("Id or unique id", "bird"), ("Status", "Completed")]
    assert chips[0].remove_url == "?status=completed"


def test_a_wrong_date_is_told_at_its_field(scene):
    answer = read(scene, "tasks/?completed_after=yesterday")
    assert "Use a date such as 2026-11-22" in answer.content.decode()
    assert answer.context["page"].rows == []


def test_htmx_gets_the_list_alone(scene):
    text = read(scene, "tasks/", **{"HX-Request": "true", "HX-Target": "task-list"}).content.decode()
    assert text.lstrip().startswith('<div class="stack stack--small" id="task-list"')
    assert "<html" not in text


def test_an_integrator_sees_no_way_to_audit(scene):
    assert "Audit Task" not in read(scene, "tasks/", who="robot").content.decode()
    assert "Audit Task" in read(scene, "tasks/").content.decode()


def test_a_task_shows_its_history_with_what_was_changed(scene):
    task = scene.tasks[0]
    judge(scene, task, verdict=Verdict.FIXED, comment="It is a goose.", response={"category": "goose"})
    judge(scene, task, who="lead", verdict=Verdict.REJECTED, comment="<script>alert(1)</script>")
    text = read(scene, f"tasks/{task.public_id}/").content.decode()
    assert "made changes: 1 category changed" in text
    assert "duck → goose" in text
    assert "It is a goose." in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert(1)" not in text
    assert "Prior responses" in text


def test_text_in_a_task_never_becomes_markup(scene):
    task = scene.add_task(params=PARAMS | {"attachment": "</script><script>alert(2)</script>"})
    text = read(scene, f"tasks/{task.public_id}/").content.decode()
    assert "<script>alert(2)" not in text


def test_only_the_origins_that_the_task_declares_may_show_pictures(scene):
    task = scene.add_task(params=PARAMS | {"attachment": "https://pictures.example:8443/a b.png?x;script-src *"})
    policy = read(scene, f"tasks/{task.public_id}/").headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";") if " " in rule.strip())
    assert rules["img-src"].endswith(" https://pictures.example:8443")
    assert rules["script-src"] == "'self'"
    assert "pictures" not in read(scene, "tasks/").headers["Content-Security-Policy"]


def test_an_address_cannot_write_into_the_policy(scene):
    task = scene.add_task(params=PARAMS | {"attachment": "https://x.example;script-src/a.png"})
    assert "x.example" not in read(scene, f"tasks/{task.public_id}/").headers["Content-Security-Policy"]


def test_a_lead_gives_a_held_task_back_with_a_reason_and_nobody_else_does(scene):
    from audits.models import TaskLock

    task = scene.tasks[0]
    read(scene, f"tasks/{task.public_id}/audit/")
    assert "alice" in read(scene, f"tasks/{task.public_id}/", who="lead").content.decode()
    url = address(scene, f"tasks/{task.public_id}/release/")
    assert client_of(scene.members["alice"].user).post(url, {"reason": "mine"}).status_code == 403
    assert client_of(scene.members["lead"].user).post(url, {"reason": ""}).status_code == 400
    assert client_of(scene.members["lead"].user).post(url, {"reason": "Lunch"}).status_code == 302
    with scene.scope():
        assert not TaskLock.objects.for_organization(scene.organization).exists()
    assert "Lunch" in read(scene, f"tasks/{task.public_id}/", who="lead").content.decode()
