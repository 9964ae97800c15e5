"""Where auditors need an assignment, nothing of other projects reaches them: no file, no session, no name."""

import pytest

from audits.models import ProjectAuditor, TaskLock
from audits.services.locks import lock_task
from audits.services.projects import create_project
from labelops.tenancy.models import Organization
from tests.audits.scene import PARAMS, Scene, make_scene
from tests.audits.test_attachments import picture, store
from tests.factories import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(settings, tmp_path) -> Scene:
    """alice is assigned to the project birds; the secret one has two tasks of its own."""
    settings.MEDIA_ROOT = tmp_path
    scene = make_scene(tasks=2, roles={"alice": "auditor", "lead": "lead"})
    with scene.scope():
        Organization.objects.filter(pk=scene.organization.pk).update(auditors_need_assignment=True)
        ProjectAuditor.objects.create(
            organization=scene.organization, project=scene.project, user=scene.members["alice"].user
        )
    scene.organization.auditors_need_assignment = True
    return scene


@pytest.fixture
def secret(scene):
    with scene.scope():
        return create_project(organization=scene.organization, actor=None, name="secret-plan", type="categorization",
                              params={}, now=scene.project.created_at)  # fmt: skip


@pytest.fixture
def see(scene):
    def _see(rest: str, who: str = "alice"):
        return client_of(scene.members[who].user).get(f"/o/{scene.organization.slug}/{rest}")

    return _see


def test_a_file_of_another_project_is_unknown(scene, secret, see):
    hidden, shown = store(scene.organization, picture()), store(scene.organization, picture(size=(9, 9)))
    scene.add_task(project=secret, params={**PARAMS, "attachment": hidden.reference})
    scene.add_task(params={**PARAMS, "attachments": [{"content": shown.reference}]})

    assert see(f"attachments/{hidden.id.hex}/").status_code == 404
    for file, who in ((shown, "alice"), (hidden, "lead")):
        assert see(f"attachments/{file.id.hex}/", who).getvalue().startswith(b"\x89PNG")


def test_a_session_over_another_project_is_unknown(scene, secret, see):
    scene.add_task(project=secret, unique_id="secret-task")
    session = scene.session(filter={"project": "secret-plan"}, name="secret-session")

    assert b"secret" not in see("sessions/").content
    assert b"secret" not in see("").content
    assert see(f"sessions/{session.public_id}/").status_code == 404
    assert see(f"audit/{session.public_id}/").status_code == 404
    assert see(f"sessions/{session.public_id}/", "lead").status_code == 200


def test_a_session_over_several_projects_shows_what_is_held_of_the_own_ones_only(scene, secret, see):
    held = [
        scene.add_task(
            project=secret, unique_id=f"secret-{n}", params={**PARAMS, "attachment": "https://secret.example/a.png"}
        )
        for n in range(3)
    ]
    session = scene.session(name="both")
    with scene.scope():
        for task in held:
            lock_task(auditor=scene.members["lead"], task_id=task.pk)
        TaskLock.objects.for_organization(scene.organization).update(session=session)

    page = see(f"sessions/{session.public_id}/")

    assert (page.status_code, b"secret" in page.content) == (200, False)
    workspace = see(f"audit/{session.public_id}/")
    assert "secret.example" not in workspace.headers["Content-Security-Policy"]
