"""The audit workspace: one request per verdict, nothing lost when one is refused."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.models import AuditSession, Draft, SessionItem, TaskLock
from audits.services.locks import take_lock_away
from audits.services.sampling import SampleSize
from audits.services.sessions import finish_session
from tests.audits.scene import Scene, make_scene
from tests.factories import client_of
from tests.statements import asked

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def scene() -> Scene:
    return make_scene(tasks=3, roles={"alice": "auditor", "bob": "auditor", "lead": "lead"})


class Auditor:
    """One person's browser at work in one session."""

    def __init__(self, scene: Scene, name: str, session: AuditSession | None = None) -> None:
        self.scene, self.client = scene, client_of(scene.members[name].user)
        self.root = f"/o/{scene.organization.slug}/"
        self.session, self.context = session, {}

    def open(self):
        return self._seen(self.client.get(f"{self.root}audit/{self.session.public_id}/"))

    def open_alone(self, task, back: str = ""):
        return self._seen(self.client.get(f"{self.root}tasks/{task.public_id}/audit/?back={back}"))

    def _seen(self, answer):
        if answer.status_code == 200 and answer.context and "lock" in answer.context:
            self.context = {name: answer.context[name] for name in ("task", "lock", "urls")}
        return answer

    def judge(self, verdict: str = "accepted", *, headers: dict | None = None, **fields):
        return self._seen(self.send("verdict", headers=HTMX if headers is None else headers, verdict=verdict, **fields))

    def send(self, what: str, headers: dict | None = None, **fields):
        task, lock = self.context["task"], self.context["lock"]
        data = {"lock_token": lock.token, "version": task.version, "comment": "", "response": "", **fields}
        return self.client.post(self.context["urls"][what], data, headers=headers or {"Accept": "application/json"})


@pytest.fixture
def alice(scene) -> Auditor:
    return Auditor(scene, "alice", scene.session())


def reload(scene: Scene, session: AuditSession) -> AuditSession:
    with scene.scope():
        return AuditSession.objects.for_organization(scene.organization).with_progress().get(pk=session.pk)


def statements(auditor: Auditor, **judgement) -> list[str]:
    auditor.open()
    with CaptureQueriesContext(connection) as captured:
        assert auditor.judge(**judgement).status_code == 200
    return asked(captured)


def assert_begin_with(found: list[str], expected: list[str]) -> None:
    assert len(found) == len(expected), "\n".join(sql[:150] for sql in found)
    for sql, part in zip(found, expected, strict=True):
        assert part in sql


APPROVAL = [
    "tenancy_enter_by_membership",  # who is this, in which organization, with which role: and the scope for RLS
    "audits_judge_and_claim",  # session, fence, verdict with all that belongs to it, and the next task with its lock
    "callbacks_publish",  # the outbox
]


def test_a_verdict_with_the_next_task_is_three_statements(alice):
    assert_begin_with(statements(alice), APPROVAL)


def test_a_fix_needs_one_more_to_check_the_response(alice):
    found = statements(alice, verdict="fixed", response=json.dumps({"category": "goose"}))
    # params of the task, to check the new response against
    assert_begin_with(found, [*APPROVAL[:1], 'FROM "audits_task"', *APPROVAL[1:]])


def test_eight_at_the_most_a_fix_by_an_assigned_auditor_of_a_task_that_was_audited_before(scene):
    from audits.services.projects import assign_auditors
    from labelops.tenancy.models import Organization
    from labelops.tenancy.scope import system_scope

    scene.organization.auditors_need_assignment = True
    with system_scope("command line"):
        Organization.objects.filter(pk=scene.organization.pk).update(auditors_need_assignment=True)
    with scene.scope():
        assign_auditors(project=scene.project, actor=None, auditors=[scene.members["alice"]], now=timezone.now())
    first = Auditor(scene, "owner", scene.session("owner"))
    first.open()
    for _ in scene.tasks:
        first.judge()
    alice = Auditor(scene, "alice", scene.session("owner"))
    found = statements(alice, verdict="fixed", response=json.dumps({"category": "goose"}))
    expected = [*APPROVAL[:1], 'FROM "audits_task"']
    expected += ['FROM "audits_projectauditor"']  # which projects this auditor may get a task of
    expected += [APPROVAL[1], "FROM audits_audit", APPROVAL[2]]  # the task's audits, for the callback's body
    expected += ["FROM audits_secondaudit"]  # whether its first verdict is hidden from this auditor
    expected += ['FROM "audits_audit"']  # earlier audits of the next task, for the panel
    assert_begin_with(found, expected)


def test_a_queue_is_walked_to_its_end_and_then_the_summary_follows(alice, scene):
    alice.open()
    seen = [alice.context["task"].pk]
    for _ in range(2):
        alice.judge()
        seen.append(alice.context["task"].pk)
    assert sorted(seen) == sorted(task.pk for task in scene.tasks)
    last = alice.judge()
    assert last.headers["HX-Redirect"].endswith(f"/sessions/{alice.session.public_id}/")
    page = alice.client.get(last.headers["HX-Redirect"]).content.decode()
    assert "Well done" in page
    assert reload(scene, alice.session).progress.accepted == 3


def test_a_page_of_the_same_kind_gets_only_what_differs(alice, scene):
    shell = alice.open().context["shell"]
    before = alice.context["task"]
    facts = alice.judge(shell=shell).json()
    assert facts["data"]["taskId"] in {task.public_id for task in scene.tasks} - {before.public_id}
    assert facts["fields"]["lock_token"] > alice.context["lock"].token
    assert facts["texts"]["judged"] == 1
    assert facts["editor"]["response"] == {"category": "duck"}


@pytest.mark.parametrize("shell", ["", "comparison -"])
def test_a_page_of_another_kind_gets_the_whole_workspace(alice, shell):
    alice.open()
    assert "data-verdict-form" in alice.judge(shell=shell).content.decode()


def test_what_was_judged_before_comes_as_the_whole_workspace(alice, scene):
    alice.open()
    for _ in scene.tasks:
        alice.judge()
    bob = Auditor(scene, "bob", scene.session())
    shell = bob.open().context["shell"]
    assert "Audited before" in bob.judge(shell=shell).content.decode()


def test_without_a_script_the_verdict_redirects_to_the_next_task(alice):
    alice.open()
    answer = alice.judge(headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.url.endswith(f"/audit/{alice.session.public_id}/")


def test_the_progress_counts_the_verdict_that_was_just_given(alice):
    alice.open()
    assert alice.judge().context["session"]["judged"] == 1


def test_a_fix_is_stored_and_the_response_before_it_kept(alice, scene):
    alice.open()
    task = alice.context["task"]
    alice.judge("fixed", response=json.dumps({"category": "swan"}), comment="White.")
    after = scene.reload(task)
    assert (after.response["category"], after.prior_responses[0]["category"]) == ("swan", "duck")
    assert after.review_status == "fixed"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"verdict": "rejected"}, "Say what is wrong"),
        ({"verdict": "rejected", "comment": "  \n"}, "Say what is wrong"),
        ({"verdict": "fixed"}, "Nothing is changed yet"),
        ({"verdict": "accepted", "response": '{"category": "swan"}'}, "Submit or discard your changes first"),
        ({"verdict": ""}, "Choose: approve"),
        ({"verdict": "superb"}, "superb"),
        ({"verdict": "fixed", "response": "{"}, "not JSON"),
        ({"verdict": "fixed", "response": "[1]"}, "must be a JSON object"),
        ({"verdict": "fixed", "response": '{"category": "penguin"}'}, "penguin"),
        ({"verdict": "fixed", "response": '{"category": "\\u0000"}'}, "NUL"),
        ({"verdict": "fixed", "response": '{"category": "duck"}'}, "unchanged"),
        ({"verdict": "accepted", "comment": "a\0b"}, "ull"),
        ({"verdict": "accepted", "comment": "x" * 10_001}, "10000"),
        ({"verdict": "accepted", "lock_token": "1; DROP TABLE"}, "whole number"),
        ({"verdict": "accepted", "version": 2**40}, "less than"),
    ],
)
def test_what_cannot_be_a_verdict_is_refused_with_a_sentence(alice, scene, fields, sentence):
    alice.open()
    task = alice.context["task"]
    answer = alice.judge(**fields)
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
    assert scene.reload(task).review_status == ""


def test_a_lost_lock_answers_409_and_keeps_the_work_as_a_draft_that_is_offered_again(alice, scene):
    alice.open()
    task = alice.context["task"]
    with scene.scope():
        take_lock_away(by=scene.members["lead"], task_id=task.pk, reason="Lunch", now=timezone.now())
    bob = Auditor(scene, "bob", alice.session)
    bob.open()
    assert bob.context["task"].pk == task.pk
    assert "draft" not in alice.judge("accepted").json()["text"], "nothing was typed"
    answer = alice.judge("fixed", response=json.dumps({"category": "swan"}), comment="White.")
    assert answer.status_code == 409
    assert answer.json()["text"].endswith("Your work is kept as a draft.")
    body = answer.json()
    assert body["holder"] == scene.members["bob"].user.email
    assert body["until"]
    assert scene.reload(task).review_status == ""
    bob.send("release")
    kept = alice.open().context
    assert kept["draft"] == {"comment": "White.", "response": {"category": "swan"}}
    assert "has taken this task" in kept["refusal"]


def test_a_task_that_moved_on_answers_409_with_its_own_code(alice, scene):
    alice.open()
    task = alice.context["task"]
    answer = alice.judge("rejected", comment="Wrong.", version=task.version + 1)
    assert answer.status_code == 409
    assert answer.json()["code"] == "version_conflict"
    with scene.scope():
        assert Draft.objects.for_organization(scene.organization).get(task=task).comment == "Wrong."


def test_the_same_verdict_sent_twice_counts_once(alice, scene):
    alice.open()
    context = dict(alice.context)
    alice.judge()
    alice.context = context
    assert alice.judge().status_code == 200
    assert reload(scene, alice.session).progress.done == 1


def test_a_skip_goes_behind_the_others_and_says_why(alice, scene):
    alice.open()
    task = alice.context["task"]
    answer = alice.send("skip", headers=HTMX, reason="Blurred")
    assert answer.context["task"].pk != task.pk
    with scene.scope():
        item = SessionItem.objects.for_organization(scene.organization).get(session=alice.session, task=task)
    assert (item.skips, item.skip_reason) == (1, "Blurred")


def test_a_closed_session_hands_out_nothing(alice, scene):
    with scene.scope():
        finish_session(by=scene.members["owner"], session=alice.session, now=timezone.now())
    assert alice.open().status_code == 302


def test_a_session_of_named_auditors_does_not_exist_for_others(scene):
    session = scene.session(auditors=[scene.members["bob"]])
    assert Auditor(scene, "alice", session).open().status_code == 404
    assert Auditor(scene, "bob", session).open().status_code == 200
    assert Auditor(scene, "lead", session).open().status_code == 200


def test_the_heartbeat_renews_and_tells_who_has_a_lost_task(alice, scene):
    alice.open()
    before = alice.context["lock"].expires_at
    body = alice.send("heartbeat").json()
    assert body["expires_at"] > before.isoformat()
    with scene.scope():
        take_lock_away(by=scene.members["lead"], task_id=alice.context["task"].pk, reason="x", now=timezone.now())
    bob = Auditor(scene, "bob", alice.session)
    bob.open()
    lost = alice.send("heartbeat")
    assert lost.status_code == 409
    assert lost.json()["holder"] == scene.members["bob"].user.email


def test_a_closing_page_gives_back_only_what_nobody_renewed_since(alice, scene):
    first = alice.open().context["lock"]
    alice.open()  # the page was reloaded: the same lock, renewed
    url, token = alice.context["urls"]["release"], first.token
    alice.client.post(url, {"lock_token": token, "expires_at": first.expires_at.isoformat()})
    with scene.scope():
        assert TaskLock.objects.for_organization(scene.organization).count() == 1
    latest = alice.context["lock"].expires_at.isoformat()
    alice.client.post(url, {"lock_token": token, "expires_at": latest})
    with scene.scope():
        assert TaskLock.objects.for_organization(scene.organization).count() == 0


def test_a_draft_is_kept_and_thrown_away(alice, scene):
    alice.open()
    assert alice.send("draft", comment="hm", response='{"category": "swan"}').status_code == 200
    assert alice.open().context["draft"] == {"comment": "hm", "response": {"category": "swan"}}
    alice.send("draft")
    assert alice.open().context["draft"] is None


def test_one_task_by_itself_goes_back_to_where_one_came_from(alice, scene):
    alice.session = None
    back = f"{alice.root}tasks/?status=completed"
    alice.open_alone(scene.tasks[0], back=back.replace("?", "%3F"))
    answer = alice.judge(back=back)
    assert answer.headers["HX-Redirect"] == back
    assert scene.reload(scene.tasks[0]).review_status == "accepted"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/o/other/tasks/", "javascript:alert(1)"])
def test_back_never_leads_outside(alice, scene, back):
    alice.open_alone(scene.tasks[0])
    assert alice.judge(back=back).headers["HX-Redirect"] == f"{alice.root}tasks/"


def test_a_task_in_other_hands_says_whose_and_until_when(alice, scene):
    bob = Auditor(scene, "bob")
    bob.open_alone(scene.tasks[0])
    answer = alice.open_alone(scene.tasks[0])
    assert answer.status_code == 423
    assert scene.members["bob"].user.email in answer.content.decode()


def test_a_picture_from_elsewhere_reloads_the_page_so_that_its_policy_fits():
    scene = make_scene(tasks=0)
    for host in ("a", "b", "c"):
        params = {"categories": ["duck"], "attachment_type": "image", "attachment": f"https://{host}.example/1.png"}
        scene.add_task(params=params)
    alice = Auditor(scene, "alice", scene.session(size=SampleSize()))
    answer = alice.open()
    # The policy looks ahead, so that the coming tasks can be swapped in.
    assert all(f"https://{host}.example" in answer.headers["Content-Security-Policy"] for host in "abc")
    assert "lock" in alice.judge(origins=answer.context["origins"]).context
    again = alice.judge(origins="").headers["HX-Redirect"]
    assert again.endswith(f"/audit/{alice.session.public_id}/")


def test_signing_out_gives_everything_back(alice, scene):
    alice.open()
    alice.client.post("/accounts/logout/")
    with scene.scope():
        assert not TaskLock.objects.for_organization(scene.organization).exists()
    assert alice.open().status_code == 302
