"""Today, Quality, “Audit Tasks”, sessions, projects and batches."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.models import AuditSession, Batch, Project, ProjectAuditor, SessionItem, Verdict
from audits.services.audits import Judgement, record_verdict
from audits.services.sessions import claim_next
from tests.audits.scene import Scene, make_scene
from tests.factories import client_of
from tests.statements import asked

pytestmark = pytest.mark.django_db
DRAW = {"how": "number", "size": "2", "seed": "7"}


@pytest.fixture
def scene() -> Scene:
    roles = {"alice": "auditor", "bob": "auditor", "lead": "lead", "robot": "integrator", "boss": "requester"}
    return make_scene(tasks=4, roles=roles)


@pytest.fixture
def ask(scene):
    """ask("alice", "tasks/") -> the answer; with data it is sent."""

    def _ask(who: str, rest: str, data: dict | None = None):
        client, url = client_of(scene.members[who].user), f"/o/{scene.organization.slug}/{rest}"
        return client.get(url) if data is None else client.post(url, data)

    return _ask


def sessions(scene: Scene) -> list[AuditSession]:
    with scene.scope():
        return list(AuditSession.objects.for_organization(scene.organization).newest_first())


def judge(scene: Scene, number: int, **judgement):
    with scene.scope():
        record_verdict(auditor=scene.members["alice"], task_id=scene.tasks[number].pk, judgement=Judgement(**judgement),
                       now=timezone.now())  # fmt: skip


def test_today_tells_a_new_organization_what_to_do_first(ask, scene):
    empty = make_scene(tasks=0)
    text = client_of(empty.members["owner"].user).get(f"/o/{empty.organization.slug}/").content.decode()
    assert "Three steps to the first audit" in text
    assert "Three steps" not in ask("owner", "").content.decode()


@pytest.mark.parametrize("who", ["owner", "alice", "lead", "robot", "boss"])
def test_today_is_for_everybody(ask, scene, who):
    scene.session()
    assert ask(who, "").status_code == 200


def test_audit_tasks_draws_what_the_filter_says_and_leads_into_the_workspace(ask, scene):
    judge(scene, 0, verdict=Verdict.ACCEPTED)
    answer = ask("lead", "sessions/new/?review_status=pending", DRAW)
    (session,) = sessions(scene)
    assert answer.url.endswith(f"/audit/{session.public_id}/")
    assert (session.population, session.size, session.seed) == (3, 2, 7)
    assert session.filter == {"review_status": "pending"}


def test_the_same_seed_draws_the_same_tasks(ask, scene):
    for _ in range(2):
        ask("lead", "sessions/new/", DRAW)
    with scene.scope():
        drawn = [list(one.items.order_by("position").values_list("task_id", flat=True)) for one in sessions(scene)]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("given", "size"),
    [({"how": "percent", "size": "50"}, 2), ({"how": "percent", "size": "51"}, 3), ({"how": "all", "size": ""}, 4)],
)
def test_a_size_may_be_a_percentage_or_all(ask, scene, given, size):
    ask("alice", "sessions/new/", DRAW | given)
    assert sessions(scene)[0].size == size


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"size": ""}, "Say how many, or choose all."),
        ({"size": "0"}, "at least 1"),
        ({"size": "1.5"}, "whole number"),
        ({"how": "percent", "size": "101"}, "up to 100"),
        ({"size": "NaN"}, "Enter a number"),
        ({"seed": "x"}, "whole number"),
        ({"seed": str(2**60)}, "less than or equal"),
        ({"auditors": ["nobody"]}, "nobody"),
        ({"how": "some"}, "some"),
    ],
)
def test_a_wrong_draw_is_told_at_its_field(ask, scene, given, sentence):
    answer = ask("lead", "sessions/new/", DRAW | given)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert sessions(scene) == []


def test_what_is_refused_after_the_queue_was_written_leaves_nothing(ask, scene):
    """One auditor cannot audit twice; the form is shown again with everybody who may be chosen."""
    chosen = {"auditors": [scene.members["bob"].pk.hex], "second_percent": "50"}
    answer = ask("lead", "sessions/new/", DRAW | chosen)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "A second audit needs a second auditor" in text
    assert scene.members["alice"].pk.hex in text
    assert sessions(scene) == []
    with scene.scope():
        assert not SessionItem.objects.exists()


def test_a_draw_asks_for_nobody_who_was_not_chosen(ask, scene):
    with CaptureQueriesContext(connection) as drawn:
        ask("lead", "sessions/new/", DRAW)
    assert not [text for text in asked(drawn) if "FROM tenancy_membership m JOIN" in text]


def test_a_filter_that_matches_nothing_is_said_in_the_form(ask, scene):
    answer = ask("lead", "sessions/new/?project=none", DRAW)
    assert answer.status_code == 400
    assert "No completed task matches this filter" in answer.content.decode()


def test_chosen_auditors_are_the_only_ones(ask, scene):
    ask("lead", "sessions/new/", DRAW | {"auditors": [scene.members["bob"].pk.hex]})
    session = sessions(scene)[0].public_id
    assert ask("alice", f"sessions/{session}/").status_code == 404
    assert ask("bob", f"sessions/{session}/").status_code == 200
    assert session not in ask("alice", "sessions/").content.decode()


def test_a_summary_shows_progress_auditors_holders_and_the_draw(ask, scene):
    session = scene.session()
    with scene.scope():
        claimed = claim_next(auditor=scene.members["alice"], session=session)
        record_verdict(
            auditor=scene.members["alice"], task_id=claimed.task.pk, session_id=session.pk,
            judgement=Judgement(Verdict.ACCEPTED), lock_token=claimed.lease.token, now=timezone.now(),
        )  # fmt: skip
        claim_next(auditor=scene.members["bob"], session=session)
    text = ask("lead", f"sessions/{session.public_id}/").content.decode()
    for part in ("1 of 4 judged", scene.members["alice"].user.email, "Who holds what", session.manifest["frame_hash"],
                 session.manifest["algorithm"], "Release…"):  # fmt: skip
        assert part in text
    assert "Release…" not in ask("alice", f"sessions/{session.public_id}/").content.decode()


def test_a_session_is_left_finished_and_opened_again_by_who_may(ask, scene):
    session = scene.session("lead")
    url = f"sessions/{session.public_id}/"
    for act in ("finish", "abandon", "resume"):
        assert ask("alice", f"{url}{act}/", {}).status_code == 403
    assert ask("alice", f"{url}leave/", {}).status_code == 302
    for act, status in (("finish", "finished"), ("resume", "open"), ("abandon", "abandoned")):
        assert ask("lead", f"{url}{act}/", {}).status_code == 302
        assert sessions(scene)[0].status == status
    assert ask("lead", f"{url}finish/", {}).status_code == 409


def test_sessions_are_listed_by_status(ask, scene):
    scene.session()
    assert len(ask("alice", "sessions/").context["page"].rows) == 1
    assert ask("alice", "sessions/?status=finished").context["page"].rows == []


def test_an_auditor_draws_from_the_quality_page_or_by_itself(ask):
    assert ask("alice", "quality/").status_code == 200
    assert ask("alice", "sessions/new/").status_code == 200


def test_a_project_is_set_up_once(ask, scene):
    data = {"name": "fish", "type": "imageannotation", "instruction": "Box every fish."}
    assert ask("boss", "projects/", data).status_code == 302
    again = ask("boss", "projects/", data)
    assert again.status_code == 400
    assert "already exists" in again.content.decode()
    assert ask("alice", "projects/", data).status_code == 403
    with scene.scope():
        project = Project.objects.for_organization(scene.organization).get(name="fish")
    assert "Box every fish." in ask("alice", f"projects/{project.pk.hex}/").content.decode()


def test_a_projects_callback_must_be_an_address(ask, scene):
    url = f"projects/{scene.project.pk.hex}/callback/"
    assert ask("boss", url, {"callback_url": "javascript:alert(1)"}).status_code == 400
    assert ask("boss", url, {"callback_url": "https://hooks.example/labels"}).status_code == 302
    with scene.scope():
        found = Project.objects.for_organization(scene.organization).get(pk=scene.project.pk)
    assert found.callback_url == "https://hooks.example/labels"


def test_auditors_are_assigned_by_who_sets_the_organization_up(ask, scene):
    url = f"projects/{scene.project.pk.hex}/auditors/"
    data = {"auditors": [scene.members["bob"].pk.hex]}
    assert ask("lead", url, data).status_code == 403
    assert ask("owner", url, data).status_code == 302
    with scene.scope():
        assigned = ProjectAuditor.objects.for_organization(scene.organization)
        assert list(assigned.values_list("user_id", flat=True)) == [scene.members["bob"].user_id]


def test_a_batch_is_set_up_and_started(ask, scene):
    data = {"name": "june", "project": scene.project.pk.hex, "staging": "on"}
    assert ask("boss", "batches/", data).status_code == 302
    assert "already exists" in ask("boss", "batches/", data).content.decode()
    with scene.scope():
        batch = Batch.objects.for_organization(scene.organization).get(name="june")
    assert batch.status == "staging"
    assert ask("boss", f"batches/{batch.pk.hex}/finalize/", {}).status_code == 302
    assert "june" in ask("alice", "batches/").content.decode()
