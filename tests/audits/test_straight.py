"""The workspace's submit by the straight way says what the ordinary way says; what it cannot say goes there, whole."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connections
from django.middleware.csrf import _get_new_csrf_string
from django.utils import timezone

from audits.models import Audit, Draft
from audits.views.straight import straight_verdicts
from callbacks.models import Delivery
from callbacks.services import create_endpoint, disable_endpoint
from labelops.tenancy.models import Membership, Organization, User
from tests.audits.scene import Scene, make_scene
from tests.factories import client_of
from tests.ordinary import Ordinary

pytestmark = pytest.mark.django_db
HOST = "127.0.0.1:8000"


class Browser:
    """An auditor's open workspace before a WSGI application; `last`: status, headers and cookies of its last answer."""

    def __init__(self, scene: Scene, name: str, application: Any) -> None:
        self.scene, self.application, self.last = scene, application, (0, {}, [])
        self.client, self.csrf = client_of(scene.members[name].user), _get_new_csrf_string()
        # Their own: of others, who may not audit knows none.
        self.session = scene.session(name)
        context = self.client.get(f"/o/{scene.organization.slug}/audit/{self.session.public_id}/").context
        self.address, self.shell, self.task = context["urls"]["verdict"], context["shell"], context["task"]
        self.fields = {"lock_token": context["lock"].token, "version": self.task.version}

    def judge(self, more: dict[str, Any] | None = None, **fields: Any) -> Any:
        form = {"verdict": "accepted", "comment": "seen", "response": "", "shell": self.shell, "origins": ""}
        body = urlencode({**form, **self.fields, **fields}).encode()
        environ = {**self.environ(len(body)), "wsgi.input": BytesIO(body), **(more or {})}
        environ = {name: value for name, value in environ.items() if value is not None}
        answer = self.application(environ, self.keep)
        text = b"".join(answer).decode()
        return json.loads(text) if self.last[1]["Content-Type"] == "application/json" else text

    def environ(self, length: int) -> dict[str, Any]:
        cookies = f"session={self.client.cookies['session'].value}; csrf={self.csrf}"
        return {
            "REQUEST_METHOD": "POST", "PATH_INFO": self.address, "SCRIPT_NAME": "", "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.errors": BytesIO(),
            "wsgi.url_scheme": "http", "CONTENT_TYPE": "application/x-www-form-urlencoded", "HTTP_HOST": HOST,
            "CONTENT_LENGTH": str(length), "HTTP_HX_REQUEST": "true", "HTTP_COOKIE": cookies,
            "HTTP_X_CSRFTOKEN": self.csrf,
        }  # fmt: skip

    def keep(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        cookies = sorted(value.partition("=")[0] for name, value in headers if name == "Set-Cookie")
        self.last = (int(status[:3]), {name: value for name, value in headers if name != "Set-Cookie"}, cookies)

    def audits(self) -> int:
        with self.scene.scope():
            return Audit.objects.for_organization(self.scene.organization).filter(session=self.session).count()


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """The test's transaction is not what a request begins and ends with."""
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


@pytest.fixture
def scene() -> Scene:
    return make_scene(tasks=4, roles={"alice": "auditor"})


@pytest.fixture
def both(scene) -> tuple[Browser, Browser, Ordinary]:
    """One who is let in by the straight way, one by the ordinary way, each with tasks of their own."""
    ordinary, other = Ordinary(), make_scene(tasks=4, roles={"alice": "auditor"})
    return Browser(scene, "alice", straight_verdicts(ordinary)), Browser(other, "alice", WSGIHandler()), ordinary


def shape(found: Any) -> Any:
    """All but what differs between two tasks, two locks and two moments."""
    return {name: sorted(inner) if isinstance(inner, dict) else "" for name, inner in found.items()}


def alike(browser: Browser) -> tuple[int, dict[str, str], list[str]]:
    status, headers, cookies = browser.last
    return status, {name: value for name, value in headers.items() if name != "Content-Length"}, cookies


def test_both_ways_answer_alike(both):
    alice, bob, ordinary = both
    for fields in ({}, {"verdict": "rejected", "comment": "No goose."}):
        said = [one.judge(**fields) for one in (alice, bob)]
        assert shape(said[0]) == shape(said[1])
        assert said[0]["texts"]["judged"] == said[1]["texts"]["judged"]
        assert alike(alice) == alike(bob)
        for one, facts in zip((alice, bob), said, strict=True):
            one.fields, one.address = facts["fields"], facts["urls"]["verdict"]
    assert not ordinary.bodies
    assert (alice.audits(), bob.audits()) == (2, 2)


SECURE = {"wsgi.url_scheme": "https", "SERVER_PORT": "443"}
STRANGE = {
    "no token": {"HTTP_X_CSRFTOKEN": None},
    "another token": {"HTTP_X_CSRFTOKEN": "a" * 32},
    "a malformed token": {"HTTP_X_CSRFTOKEN": "a"},
    "another origin": {"HTTP_ORIGIN": "https://evil.example"},
    "the right origin by another scheme": {"HTTP_ORIGIN": f"https://{HOST}"},
    "secure, from nowhere": SECURE,
    "secure, from another site": {**SECURE, "HTTP_REFERER": "https://evil.example/"},
    "another host": {"HTTP_HOST": "evil.example"},
    "nobody": {"HTTP_COOKIE": f"csrf={'b' * 32}", "HTTP_X_CSRFTOKEN": "b" * 32},
    "an unknown session": {"HTTP_COOKIE": f"session=none; csrf={'b' * 32}", "HTTP_X_CSRFTOKEN": "b" * 32},
    "another method": {"REQUEST_METHOD": "PUT"},
    "another type": {"CONTENT_TYPE": "text/plain"},
    "no length": {"CONTENT_LENGTH": ""},
}


@pytest.mark.parametrize("what", STRANGE)
def test_whoever_is_not_let_in_hears_it_from_the_ordinary_way(scene, what):
    ordinary = Ordinary()
    alice = Browser(scene, "alice", straight_verdicts(ordinary))
    alice.judge(STRANGE[what])
    here, alice.application = alike(alice), WSGIHandler()
    alice.judge(STRANGE[what])
    assert here == alike(alice)
    assert here[0] >= 300
    assert (len(ordinary.bodies), alice.audits()) == (1, 0)


@pytest.mark.parametrize("secure", [{"HTTP_ORIGIN": f"https://{HOST}"}, {"HTTP_REFERER": f"https://{HOST}/o/"}])
def test_our_own_page_is_let_in_and_told_the_same_over_https(both, secure):
    alice, bob, ordinary = both
    assert shape(alice.judge(SECURE | secure)) == shape(bob.judge(SECURE | secure))
    assert alike(alice) == alike(bob)
    assert not ordinary.bodies


def test_a_changed_password_a_lost_role_and_another_place_are_seen(scene):
    user, member = scene.members["alice"].user, scene.members["alice"]
    changes = {
        302: lambda: (user.set_password("another password"), user.save()),
        403: lambda: _change(scene, member, role="integrator"),
        404: lambda: _change(scene, member, is_active=False),
    }
    for status, change in changes.items():
        alice = Browser(scene, "alice", straight_verdicts(Ordinary()))
        change()
        alice.judge()
        assert alice.last[0] in (status, 401)
        assert alice.audits() == 0
        user.refresh_from_db()
        _change(scene, member, role="auditor", is_active=True)


def _change(scene: Scene, member: Membership, **change: Any) -> None:
    with scene.scope():
        Membership.objects.filter(pk=member.pk).update(**change)


SESSION_ENDS = {
    "signed out": lambda row: row.delete(),
    "expired": lambda row: Session.objects.filter(pk=row.pk).update(expire_date=timezone.now()),
    "changed": lambda row: Session.objects.filter(pk=row.pk).update(session_data="of somebody else"),
}


@pytest.mark.parametrize("how", SESSION_ENDS)
def test_a_session_that_this_process_knows_is_over_when_its_row_says_so(scene, how):
    ordinary = Ordinary()
    alice = Browser(scene, "alice", straight_verdicts(ordinary))
    facts = alice.judge()
    alice.fields, alice.address = facts["fields"], facts["urls"]["verdict"]
    assert not ordinary.bodies
    SESSION_ENDS[how](Session.objects.get(pk=alice.client.cookies["session"].value))
    cache.clear()
    alice.judge()
    assert (alice.last[0], len(ordinary.bodies), alice.audits()) == (401, 1, 1)


def test_who_audits_assigned_projects_only_goes_the_ordinary_way(scene):
    ordinary = Ordinary()
    alice = Browser(scene, "alice", straight_verdicts(ordinary))
    with scene.scope():
        Organization.objects.filter(pk=scene.organization.pk).update(auditors_need_assignment=True)
    alice.judge()
    assert (alice.last[0], len(ordinary.bodies), alice.audits()) == (404, 1, 0)


@pytest.mark.parametrize("listens", [True, False])
def test_the_deliverer_is_woken_where_somebody_listens(scene, listens, monkeypatch, django_capture_on_commit_callbacks):
    woken = []
    monkeypatch.setattr("callbacks.outbox.nudge", lambda: woken.append(1))
    with scene.scope():
        now = timezone.now()
        endpoint, _ = create_endpoint(organization=scene.organization, url="https://a.example/", now=now)
        if not listens:
            disable_endpoint(organization=scene.organization, endpoint_id=endpoint.pk, reason="test", now=now)
    alice = Browser(scene, "alice", straight_verdicts(Ordinary()))
    with django_capture_on_commit_callbacks(execute=True):
        alice.judge()
    assert bool(woken) == listens
    with scene.scope():
        assert Delivery.objects.for_organization(scene.organization).filter(subject_id=alice.task.pk).count() == 1


def test_without_a_script_the_verdict_redirects_as_ever(scene):
    ordinary = Ordinary()
    alice = Browser(scene, "alice", straight_verdicts(ordinary))
    alice.judge({"HTTP_HX_REQUEST": None})
    assert (alice.last[0], len(ordinary.bodies), alice.audits()) == (302, 1, 1)


def test_a_refused_verdict_is_undone_and_its_work_kept(scene):
    ordinary = Ordinary()
    alice = Browser(scene, "alice", straight_verdicts(ordinary))
    assert alice.judge(verdict="rejected", comment=" ")["fields"]["comment"]
    assert alice.judge(verdict="")["status_code"] == 400
    assert alice.judge(version=7)["error"].endswith("Your work is kept as a draft.")
    assert alice.last[0] == 409
    assert len(ordinary.bodies) == 3
    assert alice.audits() == 0
    with scene.scope():
        assert Draft.objects.for_organization(scene.organization).get().comment == "seen"


def test_where_there_is_more_to_show_the_verdict_stands_and_the_ordinary_way_shows_it(scene):
    ordinary = Ordinary()
    alice = Browser(scene, "alice", straight_verdicts(ordinary))
    page = alice.judge(shell="comparison -")
    assert "data-verdict-form" in page
    assert 'data-next-text="judged">1<' in page
    assert (len(ordinary.bodies), alice.audits()) == (1, 1)


def test_a_language_chosen_elsewhere_is_kept_in_the_cookie_as_ever(scene):
    ordinary = Ordinary()
    alice = Browser(scene, "alice", straight_verdicts(ordinary))
    User.objects.filter(pk=scene.members["alice"].user_id).update(language="de")
    alice.judge()
    assert (alice.last[1]["Content-Language"], alice.last[2]) == ("de", ["language"])
    assert (len(ordinary.bodies), alice.audits()) == (1, 1)


def test_the_last_place_that_somebody_was_at_is_kept_as_ever(scene):
    ordinary = Ordinary()
    alice = Browser(scene, "alice", straight_verdicts(ordinary))
    session = alice.client.session
    session["organization"] = "elsewhere"
    session.save()
    alice.judge()
    assert alice.client.session["organization"] == scene.organization.slug
    assert (len(ordinary.bodies), alice.audits()) == (1, 1)


def test_a_database_that_fails_is_the_ordinary_way_s_to_tell(scene, monkeypatch):
    def away(**_: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("audits.views.workspace.enter_and_judge", away)
    monkeypatch.setattr("audits.views.workspace.judge_and_claim", away)
    alice = Browser(scene, "alice", straight_verdicts(Ordinary()))
    alice.judge()
    assert alice.last[0] == 503
