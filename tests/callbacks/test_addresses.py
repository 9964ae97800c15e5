"""One judge of addresses for every field in which people write them; who may see where a task's callbacks go."""

import pytest

from tests.audits.scene import Scene, make_scene
from tests.callbacks.conftest import answer_status, deliver
from tests.factories import client_of

BAD = "http://192.168.1.7/hooks"
SENTENCE = "192.168.1.7 is not a public address"


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene(tasks=0, roles={"robot": "integrator", "alice": "auditor"})


def post(scene: Scene, rest: str, data: dict) -> str:
    answer = client_of(scene.members["owner"].user).post(f"/o/{scene.organization.slug}/{rest}", data, follow=True)
    return answer.content.decode()


def fields(scene: Scene) -> dict[str, tuple[str, dict]]:
    """Field -> the form's address and what else it needs."""
    settings = {"name": "Acme", "time_zone": "UTC", "lock_minutes": 5}
    project = scene.project.pk.hex
    return {
        "callback_url of the organization": ("settings/", settings | {"callback_url": "{}"}),
        "callback_url of test mode": ("settings/", settings | {"test_callback_url": "{}"}),
        "callback_url of a project": (f"projects/{project}/callback/", {"callback_url": "{}"}),
        "callback_url of a batch": ("batches/", {"name": "one", "project": project, "callback_url": "{}"}),
        "address of an endpoint": ("callbacks/endpoints/new/", {"profile": "standard", "url": "{}"}),
    }


def filled(data: dict, value: str) -> dict:
    return {name: value if given == "{}" else given for name, given in data.items()}


def test_each_field_refuses_the_same_with_the_same_sentence_and_takes_mail(scene):
    for name, (place, data) in fields(scene).items():
        refused = post(scene, place, filled(data, BAD))
        assert SENTENCE in refused, name
        assert 'class="field__error"' in refused, name
        assert "field__error" not in post(scene, place, filled(data, "ops@example.com")), name


@pytest.mark.parametrize(("who", "sees"), [("owner", True), ("robot", True), ("alice", False)])
def test_the_task_page_says_where_to_only_to_those_who_manage_callbacks(scene, receiver, who, sees):
    receiver.answer = answer_status(500)
    task = scene.add_task(callback_url=receiver.url)
    deliver()
    client = client_of(scene.members[who].user)
    page = client.get(f"/o/{scene.organization.slug}/tasks/{task.public_id}/").content.decode()
    assert "task.completed" in page
    assert "On its way" in page
    assert "1 attempt" in page
    assert (receiver.url in page) is sees
    assert ("HTTP 500" in page) is sees


def test_the_task_page_shows_what_the_api_says_of_its_callback(scene, receiver):
    task = scene.add_task(callback_url=receiver.url)
    deliver()
    client = client_of(scene.members["robot"].user)
    page = client.get(f"/o/{scene.organization.slug}/tasks/{task.public_id}/").content.decode()
    assert "&quot;callback_succeeded&quot;: true" in page
    assert "&quot;callback_completed&quot;: true" in page
