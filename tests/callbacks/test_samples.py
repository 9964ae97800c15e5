"""The programs on the page “Verify a signature”, run as they stand there, against real deliveries."""

import html
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callbacks import services
from callbacks.models import Endpoint
from callbacks.signing import secret_from_key
from labelops.tenancy.encryption import decrypt
from tests.audits.scene import Scene, make_scene
from tests.callbacks.conftest import deliver
from tests.callbacks.test_pages import all_of, get, make_endpoint, reload, test_event

NODE = shutil.which("node")
LANGUAGES = [
    "python",
    pytest.param("node", marks=pytest.mark.skipif(NODE is None, reason="no Node on the path")),
]
# A header's name may hold what ends a text in either language.
HEADER = "x-it's-`ours`"


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene(tasks=0, roles={"robot": "integrator"})


def copied(scene: Scene, endpoint: Endpoint, language: str) -> str:
    """What the page's Copy button puts on the clipboard."""
    page = get(scene, f"callbacks/endpoints/{endpoint.pk.hex}/verify/").content.decode()
    programs = [html.unescape(text) for text in re.findall(r'data-copy="([^"]*)"', page)]
    mark = "from http.server import" if language == "python" else 'from "node:http"'
    return next(text for text in programs if mark in text)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    """start(language, program, port, **environment) -> the process, when it answers."""
    running = []

    def _start(language: str, program: str, port: int, **environment: str) -> subprocess.Popen:
        file = tmp_path / ("receiver.py" if language == "python" else "receiver.mjs")
        file.write_text(program)
        command = [sys.executable, str(file)] if language == "python" else [str(NODE), str(file)]
        process = subprocess.Popen(
            command, env={**os.environ, "PORT": str(port), **environment}, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        running.append(process)
        wait_for_port(process, port)
        return process

    yield _start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for_port(process: subprocess.Popen, port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert process.poll() is None, "the program ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nothing listens")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answered(scene: Scene, delivery: Any) -> int:
    deliver()
    return reload(scene, delivery).last_status_code


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_program_believes_us_and_nobody_else(scene, start, language):
    port = free_port()
    endpoint = make_endpoint(
        scene, f"http://127.0.0.1:{port}/", profile="scale", header_name=HEADER, header_value="seventeen letters"
    )
    secret, key = services.secret_of(endpoint), decrypt(scene.organization.callback_auth_key)
    known = {"WEBHOOK_SECRET": secret, "CALLBACK_AUTH_KEY": key, "HEADER_VALUE": "seventeen letters"}
    program = copied(scene, endpoint, language)
    process = start(language, program, port, **known)
    delivery = test_event(scene, endpoint)
    assert answered(scene, delivery) == 204
    assert process.stdout.readline().split() == ["genuine", delivery.event_id.hex, "endpoint.test", "1"]
    # With any of the three wrong, none of our callbacks is believed.
    for wrong in known:
        process.kill()
        process.wait()
        other = {**known, wrong: secret_from_key("somebody else")}
        process = start(language, program, port, **other)
        assert answered(scene, test_event(scene, endpoint)) == 401, wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_callback_url_is_checked_with_the_callback_key(scene, start, language):
    port = free_port()
    scene.add_task(callback_url=f"http://127.0.0.1:{port}/")
    (endpoint,) = all_of(scene, Endpoint)
    key = decrypt(scene.organization.callback_auth_key)
    program = copied(scene, endpoint, language)
    process = start(language, program, port, WEBHOOK_SECRET=secret_from_key(key), CALLBACK_AUTH_KEY=key)
    deliver()
    assert process.stdout.readline().split()[2:] == ["task.completed", "1"]


def test_the_programs_stand_on_the_page_as_text(scene):
    endpoint = make_endpoint(scene, header_name=HEADER, header_value="x")
    page = get(scene, f"callbacks/endpoints/{endpoint.pk.hex}/verify/").content.decode()
    assert "import base64" in page
    assert "=&gt; {" in page
    assert "(&quot;x-it&#x27;s-`ours`&quot;" in page
