"""A batch that is given to groups, where auditors need an assignment: nobody else of the project meets its tasks."""

import pytest
from django.utils import timezone

from audits.models import Batch, Task, TaskLock
from audits.services.batches import create_batch
from audits.services.groups import assign_people, change_group, create_group, give_batch_to_groups
from audits.services.locks import lock_task
from audits.services.sessions import claim_next
from labelops.errors import NotFound
from labelops.tenancy.models import Organization
from tests.audits.api_world import Api, make_key
from tests.audits.scene import Scene, make_scene

pytestmark = pytest.mark.django_db
ROLES = {"alice": "auditor", "bob": "auditor", "lead": "lead"}


@pytest.fixture
def scene() -> Scene:
    """alice and bob are assigned to the project; the batch is given to bob's group; one task is in it, one is not."""
    scene = make_scene(tasks=1, roles=ROLES)
    emails = [scene.members[name].user.email for name in ("alice", "bob")]
    place = {"organization": scene.organization, "actor": None, "now": timezone.now()}
    with scene.scope():
        Organization.objects.filter(pk=scene.organization.pk).update(auditors_need_assignment=True)
        batch = create_batch(project=scene.project, actor=None, name="night", now=timezone.now())
        assign_people(emails=emails, project_names=[scene.project.name], **place)
        create_group(project=scene.project, name="owls", emails=emails[1:], **place)
        give_batch_to_groups(batch=batch, group_names=["owls"], **place)
    scene.organization.auditors_need_assignment = True
    scene.add_task(batch=batch)
    return scene


def claimed(scene: Scene, who: str) -> set:
    """The tasks that this person is handed out of a session that a lead opened."""
    session, found = scene.session("lead"), set()
    with scene.scope():
        while (claim := claim_next(auditor=scene.members[who], session=session)) and claim.task.pk not in found:
            found.add(claim.task.pk)
            session.items.filter(task=claim.task).update(state=1)
        TaskLock.objects.for_organization(scene.organization).delete()
    return found


def seen(scene: Scene, who: str) -> set:
    with scene.scope():
        tasks = Task.objects.for_organization(scene.organization).visible_to(scene.members[who])
        batches = Batch.objects.for_organization(scene.organization).visible_to(scene.members[who])
        assert batches.exists() == (who != "alice")
        return set(tasks.values_list("pk", flat=True))


def test_others_of_the_project_neither_see_nor_get_it(scene):
    free, given = (task.pk for task in scene.tasks)
    assert seen(scene, "alice") == {free}
    assert seen(scene, "bob") == seen(scene, "lead") == {free, given}
    assert claimed(scene, "alice") == {free}
    assert claimed(scene, "bob") == {free, given}
    assert claimed(scene, "lead") == {free, given}
    with pytest.raises(NotFound), scene.scope():
        lock_task(auditor=scene.members["alice"], task_id=given)


def test_a_verdict_by_api_is_a_404(scene):
    api = Api(make_key(scene.organization, scene.members["alice"].user))
    free, given = (task.public_id for task in scene.tasks)
    assert api.post(f"task/{given}/audit", {"accepted": True}).status == 404
    assert api.get(f"task/{given}").status == 404
    assert api.post(f"task/{free}/audit", {"accepted": True}).status == 200


def test_in_the_group_it_is_there(scene):
    email = scene.members["alice"].user.email
    place = {"organization": scene.organization, "actor": None, "now": timezone.now()}
    with scene.scope():
        change_group(project=scene.project, name="owls", add=[email], remove=[], **place)
    assert claimed(scene, "alice") == {task.pk for task in scene.tasks}
