"""What nobody types and everybody can send: every answer is a refusal in words, never a 500."""

from datetime import UTC, datetime

import pytest

from audits.services.locks import lock_task
from audits.wire import instant
from labelops.errors import InvalidInput
from labelops.tenancy.identifiers import uuid7
from tests.audits.files import Found, bring_in, counts, lines_of, record
from tests.audits.scene import Scene, make_scene
from tests.audits.test_attachments import picture, store
from tests.factories import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene(tasks=2, roles={"lead": "lead"})


@pytest.fixture
def ask(scene):
    def _ask(rest: str, data: dict | None = None, who: str = "owner", **headers: str):
        client, url = client_of(scene.members[who].user), f"/o/{scene.organization.slug}/{rest}"
        return client.get(url, headers=headers) if data is None else client.post(url, data)

    return _ask


@pytest.mark.parametrize("direction", ["older", "newer"])
def test_a_cursor_without_a_time_names_no_page_of_a_list_ordered_by_time(ask, direction):
    answer = ask(f"tasks/?{direction}=_{uuid7().hex}")

    assert (answer.status_code, b"Start again at the first page" in answer.content) == (400, True)


@pytest.mark.parametrize("path", ["/o/%00/", "/o/org%00/tasks/"])
def test_an_organization_with_nul_in_its_address_is_unknown(scene, path):
    assert client_of(scene.members["owner"].user).get(path).status_code == 404


def test_a_key_with_nul_in_its_address_is_unknown(ask):
    assert ask("settings/keys/%00/revoke/", {}).status_code == 404


@pytest.mark.parametrize("span", ["bytes=%s-", "bytes=-%s", "bytes=0-%s"])
def test_a_range_longer_than_any_file_is_no_range(ask, scene, settings, tmp_path, span):
    settings.MEDIA_ROOT = tmp_path
    content = picture()
    kept = store(scene.organization, content)

    answer = ask(f"attachments/{kept.id.hex}/", Range=span % ("9" * 5000))

    assert (answer.status_code, answer.getvalue()) == (200, content)


def test_a_released_lock_leads_back_to_a_session_only_by_its_whole_id(ask, scene):
    task = scene.tasks[0].pk
    with scene.scope():
        lock_task(auditor=scene.members["owner"], task_id=task)

    answer = ask(f"tasks/{task.hex}/release/", {"reason": "lunch", "session": f"x{'0' * 32}/../"}, "lead")

    assert answer.status_code == 400


def test_a_project_calls_back_only_where_callbacks_may_go(ask, scene):
    answer = ask(f"projects/{scene.project.id.hex}/callback/", {"callback_url": "http://169.254.169.254/latest"})

    assert answer.status_code == 400
    with scene.scope():
        scene.project.refresh_from_db()
    assert scene.project.callback_url == ""


def test_an_import_calls_back_only_where_callbacks_may_go(acme):
    with pytest.raises(InvalidInput):
        bring_in(acme, lines_of([record()]), callback_url="http://127.0.0.1/", notify=True)


def test_a_record_with_a_value_of_the_wrong_kind_costs_itself_alone(acme):
    box = {"left": 1, "top": 1, "width": 10**400, "height": 1, "label": "bird"}
    picture_record = {"type": "imageannotation", "params": {"attachment": "https://x.example/a.png"}}
    odd = [
        record(1, status=["completed"]),
        {**picture_record, "unique_id": "huge", "response": {"annotations": [box]}},
    ]

    done = bring_in(acme, lines_of([*odd, record(4)]))

    assert (done.status, done.failure, counts(done)) == ("finished", "", (1, 0, 2))
    assert Found(acme).reasons[1].startswith("status must be one of")


def test_an_early_year_is_written_with_four_digits():
    assert instant(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00.000Z"
