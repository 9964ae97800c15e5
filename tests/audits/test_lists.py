"""The lists: order, keyset pages in it, columns, saved views, and what changes while somebody looks."""

import re

import pytest
from django.utils import timezone

from audits.models import AuditSession, Project
from audits.services.projects import create_project
from labelops.lists.paging import PAGE_SIZE
from labelops.tenancy.models import SavedView
from tests.audits.scene import Scene, make_scene
from tests.factories import client_of

ROW = re.compile(r'data-row="([0-9a-f]{32})"')
LIVE = {"X-Live": "1", "HX-Request": "true", "HX-Target": "task-list"}


@pytest.fixture
def scene(db) -> Scene:
    return make_scene(tasks=3)


@pytest.fixture
def root(scene) -> str:
    return f"/o/{scene.organization.slug}"


@pytest.fixture
def owner(scene):
    return client_of(scene.members["owner"].user)


def rows(page) -> list[str]:
    return ROW.findall(page.text)


def walk(client, address: str) -> list[str]:
    """The rows of all pages, by the link to the next."""
    found = []
    while True:
        page = client.get(address)
        found += rows(page)
        link = re.search(r'rel="next" href="([^"]*)"', page.text)
        if link is None:
            return found
        address = address.partition("?")[0] + link[1].replace("&amp;", "&")


@pytest.fixture
def many(scene) -> list[Project]:
    now = timezone.now()
    with scene.scope():
        for number in range(PAGE_SIZE * 2 + 7):
            name = f"{'same' if number % 3 else 'name'} {number * 7919 % 1000:04}"
            create_project(
                organization=scene.organization, actor=None, name=name, type=("categorization", "custom")[number % 2],
                params={}, now=now,
            )  # fmt: skip
        return list(Project.objects.for_organization(scene.organization))


@pytest.mark.parametrize("sort", ["name", "-name", "type", "-type", "created", "-created"])
def test_pages_in_any_order_show_every_row_once(owner, root, many, sort):
    found = walk(owner, f"{root}/projects/?sort={sort}")
    field = {"name": "name", "type": "type", "created": "created_at"}[sort.removeprefix("-")]
    wanted = sorted(many, key=lambda one: (getattr(one, field), one.id), reverse=sort.startswith("-"))
    assert found == [one.id.hex for one in wanted]


def test_the_way_back_shows_the_same_pages(owner, root, many):
    first = owner.get(f"{root}/projects/?sort=-type")
    second = owner.get(f"{root}/projects/{link(first, 'next')}")
    assert rows(owner.get(f"{root}/projects/{link(second, 'prev')}")) == rows(first)


def link(page, rel: str) -> str:
    return re.search(f'rel="{rel}" href="([^"]*)"', page.text)[1].replace("&amp;", "&")


@pytest.mark.parametrize("query", ["older=x", "sort=name&older=a%00_" + "0" * 32, "sort=created&older=x_" + "0" * 32])
def test_a_page_that_does_not_exist_is_refused(owner, root, query):
    assert owner.get(f"{root}/projects/?{query}").status_code == 400


def test_an_order_that_there_is_not_is_the_usual_one(owner, root):
    assert rows(owner.get(f"{root}/tasks/?sort=params")) == rows(owner.get(f"{root}/tasks/"))


def test_tasks_by_completion_are_completed_ones(owner, root, scene):
    waiting = scene.add_task(done=False)
    assert waiting.public_id in rows(owner.get(f"{root}/tasks/"))
    found = rows(owner.get(f"{root}/tasks/?status=completed&sort=completed"))
    assert found == [task.public_id for task in scene.tasks[:3]]
    assert found[::-1] == rows(owner.get(f"{root}/tasks/?status=completed&sort=-completed"))
    # Without the filter the others would have no place in that order.
    assert waiting.public_id in rows(owner.get(f"{root}/tasks/?sort=-completed"))


def test_columns_are_remembered_for_this_person_alone(owner, root, scene):
    owner.post(f"{root}/views/tasks/columns/", {"columns": ["type", "tags"], "back": f"{root}/tasks/"})
    assert headings(owner.get(f"{root}/tasks/")) == ["Task", "Type", "Tags"]
    assert "Auditor" in headings(client_of(scene.members["alice"].user).get(f"{root}/tasks/"))
    assert headings(owner.get(f"{root}/tasks/?columns=status")) == ["Task", "Status"]
    owner.post(f"{root}/views/tasks/columns/", {"reset": "1"})
    assert "Auditor" in headings(owner.get(f"{root}/tasks/"))


def headings(page) -> list[str]:
    found = re.findall(r'<th scope="col"(?![^>]*table__select)[^>]*>(?:<a[^>]*>)?([^<]+)', page.text)
    return [word for word in found if word.strip()]


def test_a_view_keeps_filter_order_and_columns(owner, root, scene):
    query = "status=pending&sort=-created&columns=status"
    owner.post(f"{root}/views/tasks/", {"name": " Waiting  ones ", "query": query})
    page = owner.get(f"{root}/tasks/")
    assert "Waiting ones" in page.text
    assert f'href="{root}/tasks/?{query.replace("&", "&amp;")}"' in page.text
    assert "Waiting ones" not in client_of(scene.members["alice"].user).get(f"{root}/tasks/").text


def test_a_view_of_the_same_name_is_replaced_and_one_without_is_refused(owner, root, scene):
    for query in ("status=pending", "status=completed"):
        owner.post(f"{root}/views/tasks/", {"name": "mine", "query": query})
    owner.post(f"{root}/views/tasks/", {"name": "   ", "query": "a=b"})
    with scene.scope():
        assert [view.query for view in SavedView.objects.for_organization(scene.organization)] == ["status=completed"]


def test_nobody_deletes_anybody_elses_view(owner, root, scene):
    owner.post(f"{root}/views/tasks/", {"name": "my very own", "query": ""})
    with scene.scope():
        view = SavedView.objects.for_organization(scene.organization).get()
    alice = client_of(scene.members["alice"].user)
    assert alice.post(f"{root}/views/{view.pk}/delete/").status_code == 404
    assert owner.post(f"{root}/views/{view.pk}/delete/").status_code == 302
    owner.get(f"{root}/tasks/")  # Shows the messages.
    assert "my very own" not in owner.get(f"{root}/tasks/").text


def test_an_open_list_is_told_of_changes_only(owner, root, scene, django_assert_num_queries):
    tag = owner.get(f"{root}/tasks/")["ETag"]
    # Who asks (two statements: session and membership) and the newest event.
    same = owner.get(f"{root}/tasks/", headers=LIVE | {"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    scene.add_task()
    fresh = owner.get(f"{root}/tasks/", headers=LIVE | {"If-None-Match": tag})
    assert fresh.status_code == 200
    assert fresh["ETag"] != tag
    assert "<html" not in fresh.text
    assert len(rows(fresh)) == 4


def test_looking_costs_as_little_as_it_can(owner, root, scene):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    tag = owner.get(f"{root}/tasks/")["ETag"]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        owner.get(f"{root}/tasks/", headers=LIVE | {"If-None-Match": tag})
    reads = [one["sql"] for one in asked if one["sql"].startswith("SELECT") and "set_config" not in one["sql"]]
    assert len(reads) <= 2, reads
    assert not any("audits_task" in sql for sql in reads)


def test_an_open_task_is_told_of_its_own_changes_only(owner, root, scene):
    address = f"{root}/tasks/{scene.tasks[0].public_id}/"
    tag = owner.get(address)["ETag"]
    scene.add_task()
    look = LIVE | {"HX-Target": "task-live", "If-None-Match": tag}
    assert owner.get(address, headers=look).status_code == 304
    owner.post(f"{root}/tasks/bulk/", {"action": "add_tags", "tags": "a", "ids": [scene.tasks[0].public_id]})
    fresh = owner.get(address, headers=look)
    assert fresh.status_code == 200
    assert 'id="task-live"' in fresh.text
    assert "<html" not in fresh.text


def test_sessions_projects_and_batches_are_filtered_by_chips(owner, root, scene):
    mine = scene.session(name="mine")
    page = owner.get(f"{root}/sessions/?q=min&status=open&opener=me")
    assert rows(page) == [mine.public_id]
    assert page.text.count('class="chip"') == 3
    assert rows(owner.get(f"{root}/sessions/?status=finished")) == []
    assert rows(owner.get(f"{root}/projects/?q=BIRD")) == [scene.project.id.hex]
    assert rows(owner.get(f"{root}/projects/?type=comparison")) == []


def test_several_projects_are_archived_and_come_back(owner, root, scene):
    owner.post(f"{root}/projects/change/", {"action": "archive", "ids": [scene.project.id.hex]})
    assert rows(owner.get(f"{root}/projects/")) == []
    assert rows(owner.get(f"{root}/projects/?state=archived")) == [scene.project.id.hex]
    owner.post(f"{root}/projects/change/", {"action": "restore", "ids": [scene.project.id.hex]})
    assert rows(owner.get(f"{root}/projects/")) == [scene.project.id.hex]


def test_several_sessions_are_finished_but_not_somebody_elses(owner, root, scene):
    theirs, own = scene.session(), scene.session("alice")
    alice = client_of(scene.members["alice"].user)
    page = alice.post(
        f"{root}/sessions/change/", {"action": "finish", "ids": [theirs.public_id, own.public_id]}, follow=True
    )
    assert "1 session is closed." in page.text
    assert "Only whoever opened it, or a lead, may close it." in page.text
    with scene.scope():
        status = dict(AuditSession.objects.for_organization(scene.organization).values_list("pk", "status"))
    assert status == {theirs.pk: "open", own.pk: "finished"}
