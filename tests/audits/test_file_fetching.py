"""Files that a worker fetches: a real server, real sockets, the real database."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from audits.models import Attachment
from audits.services import file_fetching
from audits.services.file_fetching import MOST_ATTEMPTS, fetch_file, files_to_fetch
from audits.services.files import request_file
from labelops.errors import InvalidInput
from labelops.tenancy.models import Event
from tests.audits.scene import Scene, make_scene

TEXT = b"A duck, or a goose?"


class Shelf:
    """A server that answers `status` and `body`; `asked` counts who came."""

    def __init__(self) -> None:
        self.status, self.body, self.headers, self.asked = 200, TEXT, {}, 0
        self.meanwhile = lambda: None
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shelf.asked += 1
                try:
                    shelf.meanwhile()
                finally:
                    connections.close_all()
                self.send_response(shelf.status)
                for name, value in {**shelf.headers, "content-length": str(len(shelf.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(shelf.body)

            def log_message(self, *args: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/question.txt"
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.server.shutdown()
    shelf.server.server_close()


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings) -> None:
    settings.CALLBACK_ALLOWED_NETWORKS, settings.CALLBACK_ALLOWED_PORTS = ["127.0.0.0/8"], ["*"]


@pytest.fixture
def scene(transactional_db) -> Scene:
    return make_scene(tasks=0)


def ask_for(scene: Scene, url: str) -> Attachment:
    with scene.scope():
        return request_file(organization=scene.organization, actor=None, url=url, project_names=[], now=timezone.now())


def fetch(file: Attachment) -> None:
    fetch_file(organization_id=file.organization_id, attachment_id=file.pk)


def state(scene: Scene, file: Attachment) -> Attachment:
    with scene.scope():
        return Attachment.objects.for_organization(scene.organization).get(pk=file.pk)


def make_due(scene: Scene, file: Attachment) -> None:
    with scene.scope():
        files = Attachment.objects.for_organization(scene.organization).filter(pk=file.pk)
        files.update(next_try_at=timezone.now() - timedelta(seconds=1))


def test_the_file_is_kept_with_its_events(scene, shelf):
    file = ask_for(scene, shelf.url)
    assert (state(scene, file).state, shelf.asked) == ("waiting", 0)
    assert (scene.organization.pk, file.pk) in files_to_fetch()
    fetch(file)
    kept = state(scene, file)
    assert (kept.state, kept.name, kept.content_type, kept.size) == ("kept", "question.txt", "text/plain", len(TEXT))
    with kept.file.open("rb") as stored:
        assert stored.read() == TEXT
    fetch(file)
    assert shelf.asked == 1
    assert files_to_fetch() == []
    with scene.scope():
        told = Event.objects.for_organization(scene.organization).filter(subject_id=file.pk).order_by("id")
        assert list(told.values_list("type", flat=True)) == ["file.requested", "file.fetched"]


def test_the_same_bytes_are_kept_once(scene, shelf):
    first, second = ask_for(scene, shelf.url), ask_for(scene, shelf.url)
    for file in (first, second):
        fetch(file)
    assert state(scene, first).file.name == state(scene, second).file.name


def test_a_server_in_trouble_is_asked_again_later_and_not_for_ever(scene, shelf):
    file = ask_for(scene, shelf.url)
    shelf.status = 503
    for attempt in range(1, MOST_ATTEMPTS):
        fetch(file)
        fetch(file)  # before its time: nobody is asked
        assert (state(scene, file).state, state(scene, file).attempts, shelf.asked) == ("waiting", attempt, attempt)
        make_due(scene, file)
    fetch(file)
    failed = state(scene, file)
    assert (failed.state, failed.failure) == ("failed", "The server answered 503.")
    make_due(scene, file)
    fetch(file)
    assert shelf.asked == MOST_ATTEMPTS


def test_two_workers_at_once_fetch_it_once(scene, shelf):
    file = ask_for(scene, shelf.url)
    shelf.meanwhile = lambda: fetch(file)
    fetch(file)
    assert (shelf.asked, state(scene, file).state) == (1, "kept")


def test_a_worker_that_comes_too_late_changes_nothing(scene, shelf):
    file = ask_for(scene, shelf.url)

    def somebody_else_fetches_it() -> None:
        shelf.meanwhile = lambda: None
        make_due(scene, file)  # its lease is over
        shelf.body = b"The newer one."
        fetch(file)
        shelf.body = TEXT

    shelf.meanwhile = somebody_else_fetches_it
    fetch(file)
    assert (shelf.asked, state(scene, file).size) == (2, len(b"The newer one."))


@pytest.mark.parametrize(
    ("status", "headers", "body", "reason"),
    [
        (404, {}, b"", "404"),
        (200, {}, b"", "empty"),
        (200, {}, b"\x89PNG\r\n\x1a\n and nothing more", "damaged"),
        (302, {"location": "http://10.0.0.1/"}, b"", "10.0.0.1"),
        (302, {"location": "file:///etc/passwd"}, b"", "http"),
        (200, {}, b"x" * 2000, "larger"),
    ],
)
def test_what_will_never_be_a_file_fails_at_once(scene, shelf, settings, status, headers, body, reason):
    settings.ATTACHMENT_MAX_BYTES = 1000
    shelf.status, shelf.headers, shelf.body = status, headers, body
    file = ask_for(scene, shelf.url)
    fetch(file)
    assert state(scene, file).state == "failed"
    assert reason in state(scene, file).failure
    assert shelf.asked == 1


def test_a_name_that_leads_inside_gets_not_one_byte(scene, shelf, settings, monkeypatch):
    """The name is judged by the address that is dialled, whatever it was when it was saved."""
    settings.CALLBACK_ALLOWED_NETWORKS = []
    there = ("127.0.0.1", shelf.server.server_port)
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", there)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: answer)
    file = ask_for(scene, f"http://innocent.example:{shelf.server.server_port}/a.txt")
    fetch(file)
    assert (state(scene, file).state, shelf.asked) == ("failed", 0)
    assert state(scene, file).failure == "The address leads into a network that is not public."


def test_nobody_there(scene, shelf, monkeypatch):
    shelf.server.shutdown()
    shelf.server.server_close()
    file = ask_for(scene, shelf.url)
    fetch(file)
    assert state(scene, file).state == "waiting"
    assert "could not be reached" in state(scene, file).failure


def test_addresses_refused_when_noted(scene, settings):
    settings.CALLBACK_ALLOWED_NETWORKS = []
    for url in (
        "http://127.0.0.1/a",
        "http://localhost/a",
        "ftp://a.example/a",
        "a@b.example",
        "https://u:p@a.example/",
    ):
        with pytest.raises(InvalidInput, match="file_url"):
            ask_for(scene, url)


def test_a_worker_calls_the_service(scene, shelf, monkeypatch):
    from audits.tasks import fetch_files, fetch_one

    file = ask_for(scene, shelf.url)
    asked = []
    monkeypatch.setattr("audits.tasks.nudge_fetch", lambda *ids: asked.append(ids))
    fetch_files.run()
    assert asked == [(scene.organization.pk, file.pk)]
    fetch_one.run(str(file.organization_id), str(file.pk))
    assert state(scene, file).state == "kept"
    assert file_fetching.files_to_fetch() == []
