"""What else the official client can: files, known tasks, templates, the team, the studio."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
import scaleapi
from scaleapi import TeammateRole
from scaleapi.exceptions import ScaleException, ScaleInvalidRequest, ScaleResourceNotFound
from scaleapi.tasks import TaskType

from tests.clients.conftest import BOXES, DUCK, fresh, make_task, png
from tests.embedded.conftest import wait_until

BIRD = png()
GOOSE = {"category": "goose"}
pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("scaleapi")]


@pytest.fixture
def shelf() -> Iterator[str]:
    """The address of a server with a picture, a text that is none, and ways that lead elsewhere."""
    pictures = {"/bird.png": BIRD, "/broken.png": BIRD[:60]}
    inward = {"/inward": "http://10.1.2.3/secret", "/around": "/around", "/on": "/bird.png"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if target := inward.get(self.path):
                self.send_response(302)
                self.send_header("location", target)
                self.end_headers()
                return
            body = pictures.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def state_of(sandbox, file: scaleapi.files.File) -> dict[str, Any]:
    return sandbox.call("GET", f"files/{file.id}").json()


def ended(sandbox, file: scaleapi.files.File) -> dict[str, Any]:
    known: dict[str, Any] = {}

    def is_over() -> bool:
        known.update(state_of(sandbox, file))
        return known["status"] != "waiting"

    wait_until(is_over, seconds=30, what=f"the file is fetched: {known}")
    return known


def test_upload(client, birds):
    picture = png() + fresh("upload").encode()
    file = client.upload_file(io.BytesIO(picture), project_name=birds)
    known = file.as_dict()
    assert (known["mime_type"], known["size"], known["project_names"]) == ("image/png", len(picture), [birds])
    assert client.upload_file(io.BytesIO(picture)).id == file.id
    with pytest.raises(ScaleInvalidRequest, match="empty"):
        client.upload_file(io.BytesIO(b""))
    with pytest.raises(ScaleResourceNotFound):
        client.upload_file(io.BytesIO(picture), project_name="none such")


def test_an_import_is_noted_at_once_and_fetched_by_a_worker(sandbox, client, birds, shelf):
    file = client.import_file(f"{shelf}/on", project_name=birds)
    assert file.as_dict()["project_names"] == [birds]
    assert make_task(client, birds, attachment=file.attachment_url).params["attachment"] == file.attachment_url
    known = ended(sandbox, file)
    assert (known["status"], known["mime_type"], known["size"]) == ("kept", "image/png", len(BIRD))
    page = sandbox.browser("LABELOPS").get(f"attachments/{file.id}/")
    assert page.content == BIRD


def test_attachment_links_open_without_a_key_for_a_while(sandbox, client, project):
    file = client.upload_file(io.BytesIO(BIRD))
    stored = make_task(client, project, attachment=file.attachment_url)
    elsewhere = make_task(client, project)
    links = {task.id: task.attachment_url for task in client.get_tasks(project_name=project)}
    assert links[elsewhere.id] == elsewhere.params["attachment"]
    opened = requests.get(links[stored.id], timeout=20)
    assert (opened.content, opened.headers["content-type"]) == (BIRD, "image/png")
    assert sandbox.call("GET", f"files/{file.id}/content").content == BIRD
    assert "attachment_url" not in client.tasks(project=project).docs[0].as_dict()
    other = client.upload_file(io.BytesIO(png(width=32)))
    link = links[stored.id]
    for address in (link.replace(file.id, other.id), f"{link}x", link.partition("?")[0]):
        refused = requests.get(address, timeout=20)
        assert refused.status_code in (401, 404)
        assert isinstance(refused.json()["error"], str)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("inward", "10.1.2.3"), ("around", "redirects"), ("none", "404"), ("broken.png", "damaged")],
)
def test_an_import_that_fails_says_why(sandbox, client, shelf, path, reason):
    known = ended(sandbox, client.import_file(f"{shelf}/{path}"))
    assert known["status"] == "failed"
    assert reason in known["error"]


@pytest.mark.parametrize("url", ["http://10.1.2.3/a.png", "file:///etc/passwd", "s3://bucket/a.png", "a@b.example", ""])
def test_addresses_that_are_never_fetched(client, url):
    with pytest.raises(ScaleInvalidRequest, match="file_url"):
        client.import_file(url)


@pytest.mark.parametrize("kind", ["evaluation", "training"])
def test_known_tasks_are_stored_whole(sandbox, client, birds, kind):
    create = {"evaluation": client.create_evaluation_task, "training": client.create_training_task}[kind]
    work = {"project": birds, "attachment": "https://a.example/b.jpg", "categories": ["duck", "goose"]}
    extra = {"instruction": "Which?", "metadata": {"a": 1}, "tags": ["hard"], "custom": {"deep": [1]}}
    task = create(
        TaskType.Categorization, **work, **extra, expected_response=DUCK, initial_response={"category": "goose"}
    )
    assert task.expected_response == DUCK
    known = sandbox.call("GET", f"{kind}_tasks/{task.id}").json()
    assert known == task.as_dict()
    assert known["initial_response"] == GOOSE
    assert known["instruction"] == "Which?\n\nLook twice."
    assert (known["params"]["custom"], known["metadata"], known["tags"]) == ({"deep": [1]}, {"a": 1}, ["hard"])
    with pytest.raises(ScaleInvalidRequest, match="expected_response is required"):
        create(TaskType.Categorization, **work)
    with pytest.raises(ScaleInvalidRequest, match="swan"):
        create(TaskType.Categorization, **work, expected_response={"category": "swan"})
    with pytest.raises(ScaleInvalidRequest, match="attachment"):
        create(TaskType.Categorization, expected_response=DUCK)


def test_templates(client):
    name = client.create_project(fresh("chat"), TaskType.TextCollection, {"fields": ["a"]}).name
    client.update_project(name, patch=True, template_variables={"language": "en"})
    template = client.get_project(name).get_template()
    assert (template.version, template.template_variables) == (1, {"language": "en"})
    assert set(template.get_response_schema()["properties"]) == {"fields", "rows"}


def test_project_versions(client):
    name = client.create_project(fresh("versions"), TaskType.ImageAnnotation, {"instruction": "Old", "a": 1}).name
    assert client.update_project(name, patch=True, b=2).params == {
        "instruction": "Old", "a": 1, "b": 2, "version": 1, "created_at": client.get_project(name).params["created_at"],
    }  # fmt: skip
    replaced = client.update_project(name, b=3)
    assert (replaced.version, replaced.instruction, "a" in replaced.params) == (2, "", False)
    made = client.create_task(TaskType.ImageAnnotation, project=name, project_version=0, **BOXES)
    assert (made.project_param_version, made.params["a"], made.instruction) == (0, 1, "Old")
    assert client.get_projects()[0].name == client.projects()[0].name == name


def test_the_team(sandbox, client):
    email, other = f"{fresh('new')}@a.example", f"{fresh('other')}@a.example"
    team = {one.email: one for one in client.invite_teammates([email, other], TeammateRole.Member)}
    assert (team[email].role, team[other].role) == ("member", "member")
    assert team[email].expiry
    assert team[sandbox.environment["LABELOPS_EMAIL"]].role == "admin"
    assert team[sandbox.environment["LABELOPS_LEAD_EMAIL"]].role == "manager"
    assert team[sandbox.environment["LABELOPS_AUDITOR_EMAIL"]].role == "labeler"
    roles = {one.email: one.role for one in client.update_teammates_role([email], TeammateRole.Manager)}
    assert (roles[email], roles[other]) == ("manager", "member")
    assert team[other].update_teammate_role(TeammateRole.Labeler)
    assert {one.email: one.role for one in client.list_teammates()}[other] == "labeler"
    with pytest.raises(ScaleInvalidRequest, match="not in the team"):
        client.update_teammates_role([email, "nobody@a.example"], TeammateRole.Admin)
    with pytest.raises(ScaleInvalidRequest, match="admin"):
        client.update_teammates_role([sandbox.environment["LABELOPS_EMAIL"]], TeammateRole.Labeler)
    with pytest.raises(ScaleInvalidRequest, match="no e-mail"):
        client.invite_teammates(["not an address"], TeammateRole.Member)
    assert {one.email: one.role for one in client.list_teammates()}[email] == "manager"


def test_a_test_key_changes_nobody(sandbox):
    tested = sandbox.client("LABELOPS_TEST_KEY")
    for call in (tested.invite_teammates, tested.update_teammates_role):
        with pytest.raises(ScaleException) as refused:
            call([sandbox.environment["LABELOPS_AUDITOR_EMAIL"]], TeammateRole.Admin)
        assert refused.value.code == 403


def test_assignments(sandbox, client, project):
    auditor, lead = (sandbox.environment[f"LABELOPS_{who}_EMAIL"] for who in ("AUDITOR", "LEAD"))
    assert project not in client.list_studio_assignments()[auditor].assigned_projects
    added = client.add_studio_assignments([auditor, lead], [project])
    assert project in added[auditor].assigned_projects
    assert project in added[lead].assigned_projects
    assert client.add_studio_assignments([auditor], [project])[auditor].assigned_projects.count(project) == 1
    removed = client.remove_studio_assignments([lead], [project])
    assert lead not in removed or project not in removed[lead].assigned_projects
    assert project in client.list_studio_assignments()[auditor].assigned_projects
    with pytest.raises(ScaleInvalidRequest, match="nobody"):
        client.add_studio_assignments(["nobody@a.example"], [project])
    with pytest.raises(ScaleResourceNotFound):
        client.add_studio_assignments([auditor], ["none such"])


def test_groups(sandbox, client, project):
    auditor, lead = (sandbox.environment[f"LABELOPS_{who}_EMAIL"] for who in ("AUDITOR", "LEAD"))
    made = client.create_project_group(project, [auditor], "night shift/2")
    assert (made.name, made.numWorkers, made.isSingleton) == ("night shift/2", 1, False)
    changed = client.update_project_group(project, "night shift/2", [lead], [auditor])
    assert (changed.id, [one["email"] for one in changed.as_dict()["workers"]]) == (made.id, [lead])
    (listed,) = client.list_project_groups(project)
    assert listed.as_dict() == changed.as_dict()
    for call in (lambda: client.create_project_group(project, [auditor], "night shift/2"),
                 lambda: client.update_project_group(project, "night shift/2", ["nobody@a.example"], [])):  # fmt: skip
        with pytest.raises(ScaleInvalidRequest):
            call()
    with pytest.raises(ScaleResourceNotFound):
        client.update_project_group(project, "day shift", [], [])


def test_batches_have_groups_and_an_order(sandbox, client, project):
    first, second = (client.create_batch(project, fresh("ordered")) for _ in range(2))
    urgent = client.create_batch(project, fresh("urgent"), calibration_batch=True)
    make_task(client, project, batch=first.name)
    sandbox.complete(make_task(client, project, batch=first.name))
    mine = [first.name, second.name, urgent.name]

    def order(batches):
        return [one.name for one in batches if one.name in mine]

    listed = client.list_studio_batches()
    assert order(listed) == [urgent.name, first.name, second.name]
    known = next(one for one in listed if one.name == first.name)
    assert (known.project_name, known.total, known.completed, known.groups) == (project, 2, 1, [])
    every = [one.name for one in listed if one.name not in mine]
    assert order(client.set_studio_batches_priorities([second.name, *every, *mine[::2]])) == [
        second.name, first.name, urgent.name,
    ]  # fmt: skip
    for names in (mine[:2], [*every, *mine, "none such"], [*every, *mine, first.name]):
        with pytest.raises(ScaleInvalidRequest):
            client.set_studio_batches_priorities(names)
    assert order(client.list_studio_batches())[0] == second.name
    assert order(client.reset_studio_batches_priorities()) == [urgent.name, first.name, second.name]
    client.create_project_group(project, [sandbox.environment["LABELOPS_AUDITOR_EMAIL"]], "few")
    assert client.assign_studio_batches(first.name, ["few"]).groups == ["few"]
    with pytest.raises(ScaleInvalidRequest, match="none such"):
        client.assign_studio_batches(first.name, ["none such"])
    assert client.assign_studio_batches(first.name, []).groups == []
