"""The planner, a bound session's summary, and the pages of second audits."""

import re

import pytest
from django.utils import timezone

from audits.models import AuditSession, SecondAudit
from audits.services.audits import Judgement
from audits.services.flow import judge_and_claim
from audits.services.sessions import claim_next
from tests.audits.scene import Scene, make_scene
from tests.factories import client_of

pytestmark = pytest.mark.django_db
PLAN = "sessions/plan/?acceptable=5&limiting=40"
NOTHING_SAID = {"seed": "3", "name": "", "second_percent": ""}


@pytest.fixture
def scene() -> Scene:
    return make_scene(tasks=12, roles={"alice": "auditor", "bob": "auditor", "robot": "integrator"})


@pytest.fixture
def ask(scene):
    def _ask(who: str, rest: str, data: dict | None = None, **headers):
        client, url = client_of(scene.members[who].user), f"/o/{scene.organization.slug}/{rest}"
        return client.get(url, headers=headers) if data is None else client.post(url, data, headers=headers)

    return _ask


def only_session(scene: Scene) -> AuditSession:
    with scene.scope():
        return AuditSession.objects.for_organization(scene.organization).with_progress().get()


def first_audit(scene: Scene, session: AuditSession, judgement: Judgement):
    with scene.scope():
        claimed = claim_next(auditor=scene.members["alice"], session=session)
        judge_and_claim(
            auditor=scene.members["alice"], session_id=session.pk, task_id=claimed.task.pk, judgement=judgement,
            lock_token=claimed.lease.token, version=claimed.task.version, now=timezone.now(),
        )  # fmt: skip


def figures(text: str) -> list[str]:
    return [re.sub(r"\s+", " ", one).strip() for one in re.findall(r'stat__figure">([^<]*)', text)]


def test_the_planner_says_how_many_and_opens_a_session_of_that_plan(ask, scene):
    page = ask("owner", PLAN)
    text = page.content.decode()
    assert figures(text)[:2] == ["4", "0"]
    assert "<polyline" in text
    assert 'style="' not in text
    sent = ask("owner", PLAN, {**NOTHING_SAID, "second_percent": "50"})
    session = only_session(scene)
    assert sent.url.endswith(f"/audit/{session.public_id}/")
    assert (session.size, session.plan["accept"], session.plan["lot"], session.second_size) == (4, 0, 12, 2)


def test_the_planner_keeps_the_filter(ask, scene):
    text = ask("owner", f"{PLAN}&project=birds&goal=sequential").content.decode()
    assert '<input type="hidden" name="project" value="birds">' in text
    assert "Tasks on average" in text
    ask("owner", f"{PLAN}&project=birds&goal=sequential", NOTHING_SAID)
    session = only_session(scene)
    assert (session.filter, session.plan["kind"]) == ({"project": "birds"}, "sequential")
    assert "No completed task matches" in ask("owner", f"{PLAN}&project=nothing").content.decode()


def test_a_wanted_precision_opens_a_session_without_a_plan(ask, scene):
    page = ask("owner", "sessions/plan/?goal=estimate&margin=20")
    assert figures(page.content.decode())[0] == "9"
    ask("owner", "sessions/plan/?goal=estimate&margin=20", NOTHING_SAID)
    assert (only_session(scene).size, only_session(scene).plan) == (9, None)


@pytest.mark.parametrize(
    "query", ["acceptable=20&limiting=10", "acceptable=x", "limiting=nan", "limiting=100", "producer_risk=80",
              "goal=sequential&acceptable=0", "goal=estimate&margin=-1", "goal=estimate&level=inf", "goal=else"],
)  # fmt: skip
def test_what_cannot_be_planned_is_said_at_its_field_and_draws_nothing(ask, scene, query):
    text = ask("owner", f"sessions/plan/?{query}").content.decode()
    assert "field__error" in text
    assert ask("owner", f"sessions/plan/?{query}", NOTHING_SAID).status_code == 400
    with scene.scope():
        assert not AuditSession.objects.for_organization(scene.organization).exists()


def test_who_may_not_draw_plans_nothing(ask):
    assert ask("robot", PLAN).status_code in (403, 404)


def test_the_summary_says_undecided_then_hold(ask, scene):
    ask("owner", PLAN, NOTHING_SAID)
    session = only_session(scene)
    first_audit(scene, session, Judgement("accepted"))
    page = f"sessions/{session.public_id}/"
    text = ask("owner", page).content.decode()
    assert "Undecided" in text
    assert "3 tasks are left" in text
    first_audit(scene, session, Judgement("rejected", "wrong"))
    assert "ruling--hold" in ask("owner", page).content.decode()
    ask("owner", f"{page}finish/", {})
    assert only_session(scene).decision == "hold"
    refused = ask("owner", f"{page}resume/", {})
    assert refused.status_code == 409


def test_a_second_audit_is_blind_and_comes_into_the_table(ask, scene):
    session = scene.session(second_share=1.0)
    first_audit(scene, session, Judgement("rejected", "the beak is wrong"))
    summary = ask("bob", f"sessions/{session.public_id}/").content.decode()
    assert "Audit again, blind" in summary
    assert "Audit again, blind" not in ask("alice", f"sessions/{session.public_id}/").content.decode()
    page = ask("bob", f"audit/{session.public_id}/second/").content.decode()
    for told in ("the beak", "alice@", "/audit/undo/"):
        assert told not in page
    (task,) = re.findall(r"second/([0-9a-f]{32})/verdict/\" data", page)
    (token,) = re.findall(r'name="lock_token" value="(\d+)"', page)
    work = {"lock_token": token, "version": "1", "verdict": "accepted", "comment": "", "response": ""}
    sent = ask("bob", f"audit/{session.public_id}/second/{task}/verdict/", work)
    assert sent.status_code == 302
    with scene.scope():
        assert SecondAudit.objects.for_organization(scene.organization).judged().count() == 1
    text = ask("owner", f"sessions/{session.public_id}/").content.decode()
    assert "Not enough yet: 9 more pairs" in text
    assert "Where they differ" in text


def test_a_second_verdict_without_a_lock_is_refused(ask, scene):
    session = scene.session(second_share=1.0)
    first_audit(scene, session, Judgement("accepted"))
    with scene.scope():
        task_id = SecondAudit.objects.for_organization(scene.organization).with_first().get().task_id
    work = {"lock_token": "99", "version": "1", "verdict": "accepted", "comment": "", "response": ""}
    url = f"audit/{session.public_id}/second/{task_id.hex}/verdict/"
    assert ask("bob", url, work).status_code == 409
    assert ask("alice", url, work).status_code == 409
