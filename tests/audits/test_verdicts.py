"""What each verdict does to a task, its history, and those who wait for it."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audits.models import Audit
from audits.services.audits import Judgement, NotCompleted, NothingChanged, OwnWork, record_verdict
from audits.services.sessions import claim_next
from audits.services.tasks import complete_task
from audits.wire import callback_json, task_json
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.models import Event
from labelops.tenancy.scope import system_scope
from tests.audits.scene import make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene(tasks=1)


def judge(scene, judgement, name="alice", task=None, **options):
    task = task or scene.tasks[0]
    with scene.scope():
        return record_verdict(
            auditor=scene.members[name], task_id=task.pk, judgement=judgement, now=timezone.now(), **options
        )


def wire(scene):
    return task_json(scene.reload(scene.tasks[0]), scene.organization)


def test_before_the_first_audit_the_task_has_no_review_keys(scene):
    keys = set(wire(scene))
    assert not keys & {"customer_review_status", "customer_review_comments", "prior_responses", "audits", "tags"}


def test_approving_leaves_the_response_and_sets_the_status(scene):
    judge(scene, Judgement("accepted", "well done"))

    found = wire(scene)
    assert found["customer_review_status"] == "accepted"
    assert found["customer_review_comments"] == ["well done"]
    assert (found["prior_responses"], found["status"]) == ([], "completed")
    assert found["audits"][0]["audited_by"] == scene.members["alice"].user.email


def test_two_fixes_append_prior_responses_oldest_first(scene):
    judge(scene, Judgement("fixed", "a goose", {"category": "goose"}))
    judge(scene, Judgement("fixed", "no, a swan", {"category": "swan"}), name="bob")

    found = wire(scene)
    assert found["response"] == {"category": "swan", "is_customer_fix": True}
    assert [(r["category"], r["is_customer_fix"]) for r in found["prior_responses"]] == [
        ("duck", False),
        ("goose", True),
    ]
    assert found["customer_review_comments"] == ["a goose", "no, a swan"]
    assert [audit["audited_by"].split("@")[0] for audit in found["audits"]] == ["bob", "alice"]


def test_the_newest_verdict_is_the_status_and_every_comment_stays(scene):
    judge(scene, Judgement("rejected", "bad"))
    judge(scene, Judgement("accepted"))

    found = wire(scene)
    assert found["customer_review_status"] == "accepted"
    assert found["customer_review_comments"] == ["bad", ""]
    assert found["customer_reviewed_by"] == found["audits"][0]["audited_by"]


def test_the_callback_speaks_the_words_of_the_seed_at_top_level(scene):
    recorded = judge(scene, Judgement("fixed", "a goose", {"category": "goose"}))

    body = callback_json(recorded.task, scene.organization)
    assert body["customer_review_status"] == "Fixed"
    assert body["task"]["customer_review_status"] == "fixed"
    assert body["response"] == body["task"]["response"]
    assert body["prior_responses"] == [{"category": "duck", "is_customer_fix": False}]
    assert body["task"]["changes"] == [
        {"op": "replace", "path": "/category", "value": "goose"},
        {"op": "replace", "path": "/is_customer_fix", "value": True},
    ]
    assert (body["task_id"], body["status"]) == (scene.tasks[0].id.hex, "completed")


def test_only_the_newest_fix_is_told_as_changes(scene):
    judge(scene, Judgement("fixed", "a goose", {"category": "goose", "note": "long neck"}))
    judge(scene, Judgement("fixed", "a swan", {"category": "swan"}), name="bob")
    assert wire(scene)["changes"] == [
        {"op": "remove", "path": "/note"}, {"op": "replace", "path": "/category", "value": "swan"}
    ]  # fmt: skip
    judge(scene, Judgement("accepted"))
    assert "changes" not in wire(scene)


@pytest.mark.parametrize(
    "judgement",
    [
        Judgement("fixed"),
        Judgement("accepted", response={"category": "goose"}),
        Judgement("maybe"),
        Judgement("fixed", response={"category": "penguin"}),
        Judgement("fixed", response={"nonsense": 1}),
    ],
)
def test_a_judgement_that_makes_no_sense_changes_nothing(scene, judgement):
    with pytest.raises(InvalidInput):
        judge(scene, judgement)

    with scene.scope():
        assert Audit.objects.count() == 0


def test_a_fix_that_changes_nothing_is_refused(scene):
    with pytest.raises(NothingChanged):
        judge(scene, Judgement("fixed", response={"category": "duck"}))


def test_a_pending_task_cannot_be_audited(scene):
    with pytest.raises(NotCompleted):
        judge(scene, Judgement("accepted"), task=scene.add_task(done=False))


def test_nobody_audits_what_they_did_themselves(scene):
    task = scene.add_task(done=False)
    with scene.scope():
        complete_task(organization=scene.organization, actor=None, task_id=task.pk, response={"category": "duck"},
                      completed_by="alice", now=timezone.now())  # fmt: skip
        from audits.models import Performer

        Performer.objects.filter(external_id="alice").update(user=scene.members["alice"].user)

    with pytest.raises(OwnWork):
        judge(scene, Judgement("accepted"), task=task)
    judge(scene, Judgement("accepted"), name="bob", task=task)


def test_an_auditor_without_the_assignment_finds_no_such_task(scene):
    scene.organization.auditors_need_assignment = True

    with pytest.raises(NotFound):
        judge(scene, Judgement("accepted"))
    judge(scene, Judgement("accepted"), name="owner")


def test_each_verdict_writes_one_event_with_before_and_after(scene):
    judge(scene, Judgement("rejected", "bad"))

    with scene.scope():
        event = Event.objects.about_task(scene.tasks[0].pk).get(type="task.audited")
    assert event.actor == scene.members["alice"].user
    assert event.before["review_status"] == ""
    assert event.after == {"review_status": "rejected", "comment": "bad", "version": event.before["version"] + 1}


def test_the_event_log_refuses_change_and_removal(scene):
    from django.db import IntegrityError, transaction

    for change in (lambda events: events.update(type="x"), lambda events: events._raw_delete("default")):
        with scene.scope(), pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change(Event.objects.all())


@pytest.mark.parametrize("change", ["DELETE FROM tenancy_user", "UPDATE tenancy_user SET id = gen_random_uuid()"])
def test_a_person_whom_a_verdict_names_is_kept_even_by_hand(scene, change):
    judge(scene, Judgement("accepted"))
    alice = scene.members["alice"].user_id
    with connection.cursor() as cursor:
        with system_scope("command line"):
            cursor.execute("DELETE FROM tenancy_membership WHERE user_id = %s", [alice])
        with pytest.raises(IntegrityError, match="name this person"), transaction.atomic():
            cursor.execute(f"{change} WHERE id = %s", [alice])


def test_a_verdict_out_of_a_session_counts_there_and_frees_the_lock(scene):
    session = scene.session()
    with scene.scope():
        held = claim_next(auditor=scene.members["alice"], session=session)
    judge(scene, Judgement("accepted"), session_id=session.pk, lock_token=held.lease.token, version=held.task.version)

    with scene.scope():
        assert (session.progress.accepted, session.progress.remaining) == (1, 0)
        audit = Audit.objects.get()
        assert claim_next(auditor=scene.members["alice"], session=session) is None
    assert audit.session_id == session.pk
    assert audit.active_seconds <= audit.seconds
