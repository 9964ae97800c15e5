"""What pages keep between answers is nobody else's, speaks the reader's language, and shows a change at once."""

import re

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.filters import page_filter
from audits.models import Batch, Project, Task, Verdict, page_rows
from audits.services.audits import Judgement, record_verdict
from audits.services.batches import create_batch
from audits.services.locks import lock_task
from labelops.tenancy.services.people import add_member, remove_member
from reports.services.following import follow_events
from tests.audits.scene import Scene, make_scene
from tests.factories import client_of, make_organization

pytestmark = pytest.mark.django_db


def place(scene: Scene, name: str) -> Scene:
    """With a project and a batch of this name over its task."""
    with scene.scope():
        Project.objects.for_organization(scene.organization).update(name=name, public_name=name)
        batch = create_batch(project=scene.project, actor=None, name=f"{name}-batch", now=timezone.now())
        Task.objects.for_organization(scene.organization).update(batch=batch)
    return scene


def read(scene: Scene, rest: str, language: str = "en", client=None) -> str:
    client = client or client_of(scene.members["owner"].user)
    client.cookies["language"] = language
    answer = client.get(f"/o/{scene.organization.slug}/{rest}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(
    "rest",
    ["tasks/?status=completed", "quality/?review_status=pending", "quality/report/tasks/", "batches/", "projects/"],
)
def test_each_organization_and_each_language_has_its_own(rest):
    scenes = {name: place(make_scene(tasks=1), name) for name in ("heron", "magpie")}
    follow_events()
    for _look in range(2):
        for name, scene in scenes.items():
            other = "magpie" if name == "heron" else "heron"
            pages = {language: read(scene, rest, language) for language in ("en", "de")}
            for page in pages.values():
                assert name in page
                assert other not in page
                assert scenes[other].organization.slug not in page
                assert not re.search("[\ue000\ue001]", page)  # No hole is left open.
            words = {"en": ("Skip to the content", "Filter the "), "de": ("Zum Inhalt", " filtern")}
            for language, page in pages.items():
                for tongue, texts in words.items():
                    assert [text in page for text in texts] == [tongue == language] * len(texts)


def test_lists_of_places_draw_what_changed_and_no_row_again():
    """Fifty batches cost 58,000 calls of Python on each look."""
    scene = place(make_scene(tasks=2), "heron")
    follow_events()
    # The token in each form is of one answer: no look has another's.
    looks = [read(scene, "batches/") for _look in range(2)]
    assert len({token for look in looks for token in re.findall(r'csrfmiddlewaretoken" value="(\w+)"', look)}) >= 2
    with scene.scope():
        Project.objects.for_organization(scene.organization).update(name="plover", public_name="plover")
        Batch.objects.for_organization(scene.organization).update(name="plover-batch", status="staging")
    for rest in ("batches/", "projects/"):
        page = read(scene, rest)
        assert "plover" in page
        assert "heron" not in page
    assert "Start it" in read(scene, "batches/")


def test_a_change_shows_at_once():
    scene = place(make_scene(tasks=1), "heron")
    client = client_of(scene.members["owner"].user)
    assert "heron-batch" in read(scene, "tasks/", client=client)
    with scene.scope():
        Batch.objects.for_organization(scene.organization).update(name="kingfisher")
        Project.objects.for_organization(scene.organization).update(name="riverside")
    page = read(scene, "tasks/", client=client)
    assert "heron" not in page
    assert page.count("kingfisher") == page.count("riverside") == 3  # The filter's choice, its words, and the row.


def test_the_switch_shows_where_somebody_may_go_now():
    scene, elsewhere = make_scene(tasks=0), make_organization(slug="elsewhere")
    me, client = scene.members["owner"].user, client_of(scene.members["owner"].user)
    assert "/o/elsewhere/" not in read(scene, "tasks/", client=client)
    add_member(organization=elsewhere, user=me, role="auditor", now=timezone.now())
    assert "/o/elsewhere/" in read(scene, "tasks/", client=client)
    remove_member(organization=elsewhere, user=me, actor=None, now=timezone.now())
    assert "/o/elsewhere/" not in read(scene, "tasks/", client=client)


def test_a_form_carries_the_token_of_its_own_answer():
    scene = make_scene(tasks=1)
    pages = [read(scene, "tasks/"), read(scene, "tasks/")]
    tokens = [set(re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page)) for page in pages]
    assert [len(found) for found in tokens] == [1, 1]
    assert tokens[0] != tokens[1]


def test_a_row_has_its_newest_audit_and_who_holds_it():
    scene, stranger = place(make_scene(tasks=3), "heron"), make_scene(tasks=0)
    judged, held, bare = scene.tasks
    with scene.scope():
        for verdict, comment in ((Verdict.REJECTED, "a goose"), (Verdict.ACCEPTED, "")):
            record_verdict(auditor=scene.members["alice"], task_id=judged.pk, now=timezone.now(),
                           judgement=Judgement(verdict=verdict, comment=comment))  # fmt: skip
        lock_task(auditor=scene.members["bob"], task_id=held.pk)
        tasks = Task.objects.for_organization(scene.organization).order_by("-created_at", "-id")
        rows = page_rows(tasks[:3], organization=scene.organization)
        assert [row.id for row in rows] == [bare.pk, held.pk, judged.pk]
        assert [row.held_by for row in rows] == [None, scene.members["bob"].user.email, None]
        newest = rows[2]
        assert (newest.auditor, newest.review_status, newest.comment) == (
            scene.members["alice"].user.email,
            "accepted",
            "",
        )
        assert (newest.project, newest.batch, rows[0].auditor) == ("heron", "heron-batch", None)
        assert newest.completed_at == scene.reload(judged).completed_at
        assert page_rows(tasks[:3], organization=stranger.organization) == []
        assert page_rows(tasks.none(), organization=scene.organization) == []
    with stranger.scope():
        assert page_rows(tasks.all()[:3], organization=scene.organization) == []


def test_a_form_that_was_sent_with_empty_fields_asks_for_nothing():
    scene = make_scene(tasks=1)
    with scene.scope():
        tasks = Task.objects.for_organization(scene.organization)
        sent = QueryDict("status=&review_status=&completed_after=&q=&project=&redo=")
        assert page_filter(sent, tasks=tasks, organization=scene.organization).checked().count() == 1
        sent = QueryDict("status=&status=pending&review_status=")
        assert page_filter(sent, tasks=tasks, organization=scene.organization).checked().count() == 0


def test_tasks_that_nobody_counted_yet_can_be_drawn_and_where_nothing_is_new_nobody_counts():
    scene = make_scene(tasks=1)
    follow_events()
    rest, words = "quality/?batch=new", "No completed task matches the filter"

    def look() -> tuple[bool, bool]:
        with CaptureQueriesContext(connection) as captured:
            page = read(scene, rest)
        return words in page, any("audits_count_up_to" in one["sql"] for one in captured)

    look()
    assert look() == (True, False)
    with scene.scope():
        batch = create_batch(project=scene.project, actor=None, name="new", now=timezone.now())
    scene.add_task(batch=batch)
    assert look() == (False, True)
    follow_events()
    assert look() == (False, False)
