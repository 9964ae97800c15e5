"""One sandbox for all tests of the official client: to boot it takes most of their time."""

import io
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import scaleapi
from PIL import Image
from scaleapi.tasks import TaskType

from tests.embedded.conftest import PROJECT, environment
from tests.faults.browser import Browser

HOLD = "import json, os, sys; print(json.dumps(dict(os.environ)), flush=True); sys.stdin.read()"
PICTURE = "https://a.example/bird.jpg"
WORK = {
    "instruction": "Which bird?",
    "attachment_type": "image",
    "attachment": PICTURE,
    "categories": ["duck", "goose"],
}
BOXES = {"attachment": PICTURE, "geometries": {"box": {"objects_to_annotate": ["duck"]}}}
DUCK = {"category": "duck"}
_number = itertools.count(1)


def png(width: int = 30) -> bytes:
    """A picture."""
    file = io.BytesIO()
    Image.effect_noise((width, 20), 40).save(file, "PNG")
    return file.getvalue()


def fresh(word: str) -> str:
    """A name that no other test has: all share one organization."""
    return f"{word}-{os.getpid()}-{next(_number)}"


@dataclass(frozen=True)
class Sandbox:
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return self.environment["LABELOPS_URL"]

    @property
    def slug(self) -> str:
        return self.environment["LABELOPS_ORGANIZATION"]

    def client(self, key: str = "LABELOPS_API_KEY") -> scaleapi.ScaleClient:
        """With this variable's key, or with the key itself."""
        return scaleapi.ScaleClient(self.environment.get(key, key), api_instance_url=f"{self.url}/v1")

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        auth = (self.environment["LABELOPS_API_KEY"], "")
        address = f"{self.url}/v1/{path}"
        return requests.request(method, address, json=body, auth=auth, timeout=30, allow_redirects=False, **options)

    def post(self, path: str, body: Any = None) -> requests.Response:
        return self.call("POST", path, body)

    def complete(self, task: scaleapi.Task, response: dict[str, Any] | None = None) -> None:
        answer = self.post(f"task/{task.id}/response", {"response": response or DUCK})
        assert answer.status_code == 200, answer.text

    def browser(self, person: str = "LABELOPS_AUDITOR") -> Browser:
        names = (f"{person}_EMAIL", f"{person}_PASSWORD")
        return Browser(self.url, self.slug).sign_in(*(self.environment[name] for name in names))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """`manage.py sandbox`, held open; the one we are in, where the tests are its command already."""
    if "LABELOPS_OTHER_API_KEY" in os.environ:
        yield Sandbox(dict(os.environ))
        Browser.close_all()
        return
    command = [sys.executable, str(PROJECT / "manage.py"), "sandbox", "--", sys.executable, "-c", HOLD]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "start_new_session": True}
    # Files are served on this machine to be imported; what asks for more than this is refused all the same.
    child = subprocess.Popen(command, cwd=PROJECT, env=environment(PROJECT), **pipes)
    try:
        line = child.stdout.readline()
        assert line.startswith("{"), f"the sandbox did not start: {line}"
        yield Sandbox(json.loads(line))
    finally:
        Browser.close_all()
        child.stdin.close()
        try:
            child.wait(40)
        finally:
            child.kill()
            child.stdout.close()


@pytest.fixture
def client(sandbox: Sandbox) -> scaleapi.ScaleClient:
    return sandbox.client()


@pytest.fixture(scope="session")
def birds(sandbox: Sandbox) -> str:
    """The name of a project for categorization, in live and in test mode."""
    name = fresh("birds")
    for key in ("LABELOPS_API_KEY", "LABELOPS_TEST_KEY"):
        sandbox.client(key).create_project(name, TaskType.Categorization, {"instruction": "Look twice."})
    return name


@pytest.fixture
def project(client: scaleapi.ScaleClient) -> str:
    """The name of a project that is this test's own."""
    return client.create_project(fresh("own"), TaskType.Categorization, {}).name


def make_task(client: scaleapi.ScaleClient, project: str, /, **fields: Any) -> scaleapi.Task:
    return client.create_task(TaskType.Categorization, **{**WORK, "project": project, **fields})
