"""Many tasks at once, chosen by hand or by a filter; the job that takes its time, and what stops it."""

import pytest
from django.utils import timezone

from audits.models import BulkAction, BulkJob, Task
from audits.services import bulk_jobs
from audits.services.bulk import MOST_AT_ONCE, Wish, change_tasks, checked_wish
from audits.services.bulk_jobs import BulkLeaseLost, create_bulk_job, run_bulk_job
from labelops.errors import Forbidden, InvalidInput
from labelops.tenancy.models import Event
from labelops.tenancy.services.people import remove_member
from tests.audits.scene import Scene, make_scene
from tests.factories import client_of

TAG = Wish(BulkAction.ADD_TAGS, ["a", "b"])
CANCEL = Wish(BulkAction.CANCEL)


@pytest.fixture
def scene(db) -> Scene:
    return make_scene(tasks=2)


def tasks(scene: Scene) -> dict:
    with scene.scope():
        return {task.pk: task for task in Task.objects.for_organization(scene.organization)}


def change(scene: Scene, wish: Wish, ids, by: str = "owner"):
    with scene.scope():
        return change_tasks(by=scene.members[by], task_ids=ids, wish=wish, now=timezone.now())


def start(scene: Scene, wish: Wish, by: str = "owner", **filter) -> BulkJob:
    with scene.scope():
        return create_bulk_job(by=scene.members[by], wish=wish, filter=filter, now=timezone.now())


def run(job: BulkJob) -> BulkJob:
    return run_bulk_job(organization_id=job.organization_id, job_id=job.pk, now=timezone.now())


def test_tags_come_and_go_with_one_event_each(scene):
    ids = [task.pk for task in scene.tasks]
    assert change(scene, TAG, ids).changed == 2
    assert {tuple(task.tags) for task in tasks(scene).values()} == {("a", "b")}
    assert change(scene, TAG, ids).unchanged == 2
    change(scene, Wish(BulkAction.REMOVE_TAGS, ["a"]), ids)
    assert {tuple(task.tags) for task in tasks(scene).values()} == {("b",)}
    with scene.scope():
        events = Event.objects.for_organization(scene.organization).filter(type="task.changed")
        assert [event.after["tags"] for event in events.order_by("id")] == [["a", "b"]] * 2 + [["b"]] * 2


def test_only_pending_tasks_are_canceled(scene):
    waiting = scene.add_task(done=False)
    outcome = change(scene, CANCEL, [task.pk for task in scene.tasks])
    assert (outcome.changed, outcome.unchanged) == (1, 2)
    assert tasks(scene)[waiting.pk].status == "canceled"


def test_another_organizations_tasks_are_unknown_ones(scene):
    other = make_scene(tasks=1)
    assert change(scene, TAG, [other.tasks[0].pk]).changed == 0
    assert tasks(other)[other.tasks[0].pk].tags is None


def test_whoever_may_not_edit_tasks_is_refused(scene):
    with pytest.raises(Forbidden):
        change(scene, TAG, [], by="alice")
    with pytest.raises(Forbidden):
        start(scene, TAG, by="alice")


@pytest.mark.parametrize(
    ("action", "tags"), [("delete", []), ("add_tags", []), ("add_tags", [" "]), ("add_tags", ["x" * 256])]
)
def test_a_wish_without_sense_is_refused(action, tags):
    with pytest.raises(InvalidInput):
        checked_wish(action=action, tags=tags)


def test_a_job_takes_all_that_match_and_nothing_that_comes_later(scene, monkeypatch):
    monkeypatch.setattr(bulk_jobs, "MOST_AT_ONCE", 2)
    for _ in range(5):
        scene.add_task()
    other = scene.add_task(type="custom")
    job = start(scene, TAG, type="categorization")
    later = scene.add_task()
    done = run(job)
    assert (done.status, done.total, done.changed, done.unchanged) == ("finished", 7, 7, 0)
    found = tasks(scene)
    assert found[later.pk].tags is None
    assert found[other.pk].tags is None
    assert run(job) is None


def test_a_killed_job_goes_on_where_it_stopped(scene, monkeypatch):
    monkeypatch.setattr(bulk_jobs, "MOST_AT_ONCE", 1)
    job, chunks = start(scene, TAG), []

    def die_in_the_second(*arguments):
        chunks.append(1)
        if len(chunks) == 2:
            raise BulkLeaseLost
        return whole(*arguments)

    whole = bulk_jobs._chunk
    monkeypatch.setattr(bulk_jobs, "_chunk", die_in_the_second)
    with pytest.raises(BulkLeaseLost):
        run(job)
    monkeypatch.setattr(bulk_jobs, "_chunk", whole)
    assert run(job) is None, "its lease lasts still"
    with scene.scope():
        BulkJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
    assert (job.organization_id, job.pk) in bulk_jobs.bulk_jobs_without_a_runner()
    assert run(job).changed == 2


def test_a_job_has_no_more_rights_than_its_maker_has_now(scene):
    with scene.scope():
        from labelops.tenancy.services.people import add_member, create_user

        user = create_user(email="requester@gone.example", password="a long password")
        member = add_member(organization=scene.organization, user=user, role="requester", now=timezone.now())
        member.organization = scene.organization
        job = create_bulk_job(by=member, wish=TAG, filter={}, now=timezone.now())
        remove_member(organization=scene.organization, user=user, actor=None, now=timezone.now())
    done = run(job)
    assert (done.status, done.changed) == ("failed", 0)
    assert "no member any more" in done.failure


def test_the_page_does_it_with_the_chosen_and_says_how_many(scene):
    owner, slug = client_of(scene.members["owner"].user), scene.organization.slug
    data = {"action": "add_tags", "tags": "x, y", "ids": [task.public_id for task in scene.tasks]}
    page = owner.post(f"/o/{slug}/tasks/bulk/", data, follow=True)
    assert "2 tasks were tagged." in page.text
    assert owner.post(f"/o/{slug}/tasks/bulk/", {"action": "cancel"}).status_code == 400
    too_many = {"action": "cancel", "ids": [task.public_id for task in scene.tasks] * MOST_AT_ONCE}
    assert owner.post(f"/o/{slug}/tasks/bulk/", too_many).status_code == 400


def test_a_session_over_exactly_the_chosen(scene):
    owner, slug = client_of(scene.members["owner"].user), scene.organization.slug
    chosen = scene.tasks[1]
    answer = owner.post(f"/o/{slug}/tasks/bulk/", {"action": "audit", "ids": [chosen.public_id]})
    page = owner.get(answer["Location"])
    assert chosen.public_id in page.text
    assert scene.tasks[0].public_id not in page.text


def test_all_that_match_become_a_job_with_a_page(scene):
    owner, slug = client_of(scene.members["owner"].user), scene.organization.slug
    data = {"action": "add_tags", "tags": "x", "all": "1", "query": "status=completed&older=_" + "0" * 32}
    answer = owner.post(f"/o/{slug}/tasks/bulk/", data)
    with scene.scope():
        job = BulkJob.objects.for_organization(scene.organization).get()
    assert job.filter == {"status": "completed"}
    assert "Waiting for a worker" in owner.get(answer["Location"]).text
    run(job)
    assert "It is done" in owner.get(answer["Location"], headers={"HX-Request": "true"}).text
