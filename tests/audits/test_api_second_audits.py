"""Second audits by API, and that whoever has one in hand sees the first verdict nowhere."""

import json

import pytest
from django.utils import timezone

from audits.models import SecondAudit, SessionItem
from audits.services.audits import Judgement
from audits.services.second_audits import claim_second, record_second_audit
from callbacks.models import Delivery
from callbacks.services import create_endpoint
from reports.exporting.columns import Format
from reports.exporting.listings import LISTINGS
from tests.audits.api_world import Api, make_key
from tests.audits.scene import make_scene
from tests.audits.test_second_audits import first_audits
from tests.factories import client_of

pytestmark = pytest.mark.django_db(transaction=True)
FIX = Judgement("fixed", "canary of alice", {"category": "swan"})
# What the first audit said and left behind.
TOLD = ("canary of alice", '"category": "swan"', '"fixed"', "alice@")


@pytest.fixture
def scene():
    return make_scene(tasks=3, roles={"alice": "auditor", "bob": "auditor", "lead": "lead", "carol": "auditor"})


@pytest.fixture
def session(scene):
    session = scene.session(second_share=1.0)
    first_audits(scene, session, FIX)
    return session


def api_of(scene, name):
    return Api(make_key(scene.organization, scene.members[name].user))


def held(claim):
    return {"task_id": claim["task"]["task_id"], "lock_token": claim["lock"]["token"]}


def page(scene, name, rest):
    return client_of(scene.members[name].user).get(f"/o/{scene.organization.slug}/{rest}")


def test_claimed_held_and_judged(scene, session):
    bob, root = api_of(scene, "bob"), f"audit_sessions/{session.public_id}/second_audits"
    assert api_of(scene, "alice").post(f"{root}/claim").body == {"task": None, "lock": None, "remaining": 0}
    claim = bob.post(f"{root}/claim")
    assert claim["task"]["response"] == {"category": "duck", "is_customer_fix": False}, "as the first one saw it"
    assert (claim["task"]["second_audit"], claim["remaining"]) == ("outstanding", 1)
    assert not [word for word in TOLD if word in json.dumps(claim["task"])]
    hold = held(claim)
    beat = bob.post(f"{root}/heartbeat", hold)
    assert beat["lock"]["token"] == hold["lock_token"]
    assert bob.post(f"{root}/release", hold)["lock"] is None
    assert bob.post(f"{root}/heartbeat", hold).status == 409
    hold = held(bob.post(f"{root}/claim"))
    assert bob.post(f"{root}/submit", {**hold, "audit_result": "rejected", "nonsense": 1}).status == 400
    sent = {**hold, "audit_result": "rejected", "comments": "No goose."}
    kept, again = bob.post(f"{root}/submit", sent), bob.post(f"{root}/submit", sent)
    assert kept.body == again.body
    assert (kept["audit_result"], kept["audited_by"]) == ("rejected", scene.members["bob"].user.email)
    told = bob.get(f"audit_sessions/{session.public_id}")["second_audits"]
    assert (told["planned"], told["done"]) == (3, 1)
    assert bob.get(f"task/{hold['task_id']}")["customer_review_status"] == "fixed", "open again"


def test_a_lead_hands_in_for_somebody_and_unknown_ids_are_unknown(scene, session):
    lead, root = api_of(scene, "lead"), f"audit_sessions/{session.public_id}/second_audits"
    email = scene.members["bob"].user.email
    hold = held(lead.post(f"{root}/claim", {"auditor": email}))
    assert lead.post(f"{root}/submit", {**hold, "accepted": True})["audited_by"] == email
    assert lead.get(f"task/{hold['task_id']}")["customer_review_status"] == "fixed", "a lead was not handed it"
    assert api_of(scene, "bob").post(f"{root}/claim", {"auditor": "lead@nowhere.example"}).status == 403
    assert lead.post(f"{root}/heartbeat", {**hold, "task_id": "0" * 32}).status == 404
    assert lead.post("audit_sessions/" + "0" * 32 + "/second_audits/claim").status == 404


def test_whoever_has_it_in_hand_sees_the_first_verdict_nowhere(scene, session):
    bob, root = api_of(scene, "bob"), f"audit_sessions/{session.public_id}"
    hold = held(bob.post(f"{root}/second_audits/claim"))
    task_id, number = hold["task_id"], len(scene.tasks)
    answers = [
        bob.get(f"task/{task_id}"), bob.get("tasks"), bob.get("tasks", customer_review_status="fixed"),
        bob.get("reports/tasks"), bob.get("audits", task_id=task_id), bob.post(f"{root}/heartbeat", hold),
        bob.post(f"{root}/submit", {**hold, "accepted": True}), bob.post(f"task/{task_id}/audit", {"accepted": True}),
        bob.get("/v2/tasks"),
    ]  # fmt: skip
    for answer in answers:
        assert not [word for word in TOLD if word in json.dumps(answer.body)], answer.body
    assert answers[0]["second_audit"] == "outstanding"
    assert (len(answers[1]["docs"]), len(answers[2]["docs"])) == (number, 0)
    assert [answer.status for answer in answers[4:8]] == [403, 403, 403, 403]
    for rest in (f"tasks/{task_id}/", f"tasks/{task_id}/audit/"):
        answer = page(scene, "bob", rest)
        assert answer.status_code == 403
        assert "second time" in answer.content.decode()
    for rest in ("tasks/?review_status=fixed", "quality/report/tasks/"):
        assert task_id not in page(scene, "bob", rest).content.decode()
    # Nobody else is blinded, and giving it back opens nothing.
    assert bob.post(f"{root}/second_audits/release", hold).status == 200
    assert page(scene, "bob", f"tasks/{task_id}/").status_code == 403
    for name in ("alice", "lead", "carol"):
        assert page(scene, name, f"tasks/{task_id}/").status_code == 200


def test_not_in_another_session_that_drew_the_task_nor_in_what_is_sent_of_it():
    """The owner has it in hand, who may look at callbacks; the response that a fix left behind tells as much."""
    scene = make_scene(tasks=2, roles={"alice": "auditor"})
    session = scene.session(second_share=1.0)
    with scene.scope():
        create_endpoint(organization=scene.organization, url="https://receiver.example/hook", now=timezone.now())
    first_audits(scene, session, FIX)
    other = scene.session()
    with scene.scope():
        turn = claim_second(auditor=scene.members["owner"], session=session)
        sent = Delivery.objects.filter(subject_id=turn.task.pk, event__type__startswith="task.").last()
    log, owner = f"callbacks/deliveries/{sent.pk.hex}", api_of(scene, "owner")
    with scene.scope():
        SessionItem.objects.filter(session=other).exclude(task=turn.task).update(state=SessionItem.State.WITHDRAWN)
    there = page(scene, "owner", f"audit/{other.public_id}/")
    assert there.status_code == 302
    assert f"{session.pk.hex}/" in there.url or str(session.pk) in there.url, "to its second audit, which comes first"
    shown = page(scene, "owner", f"{log}/")
    assert shown.status_code == 200
    for text in (shown.content.decode(), json.dumps(owner.get(log).body)):
        assert not [word for word in TOLD[:2] if word in text]
    with scene.scope():
        record_second_audit(
            auditor=scene.members["owner"], session_id=session.pk, task_id=turn.task.pk,
            judgement=Judgement("accepted"), now=timezone.now(),
            lock_token=claim_second(auditor=scene.members["owner"], session=session).lease.token,
        )  # fmt: skip
    assert "canary of alice" in page(scene, "owner", f"{log}/").content.decode()
    assert page(scene, "owner", f"audit/{other.public_id}/").status_code == 200


def test_a_lead_who_has_one_in_hand_exports_the_others_only(scene, session):
    with scene.scope():
        turn = claim_second(auditor=scene.members["lead"], session=session)
        for name in ("tasks", "audits", "task_report"):
            rows = LISTINGS[name].rows_for(scene.members["lead"], "")
            text = "".join(line for portion in rows.portions(Format.JSONL) for (line,) in portion)
            assert turn.task.public_id not in text, name
        whole = LISTINGS["audits"].rows_for(scene.members["owner"], "")
        assert whole.total() == 1


def test_it_is_open_again_when_nothing_is_outstanding_any_more(scene, session):
    with scene.scope():
        turn = claim_second(auditor=scene.members["bob"], session=session)
        seconds = SecondAudit.objects.for_organization(scene.organization)
        assert seconds.blinding(scene.members["bob"].user_id).count() == 1
        again = claim_second(auditor=scene.members["bob"], session=session)
        assert seconds.get(task_id=again.task.pk).handed_to == [scene.members["bob"].user_id], "once"
    url = f"/o/{scene.organization.slug}/sessions/{session.public_id}/abandon/"
    assert client_of(scene.members["owner"].user).post(url).status_code == 302
    assert page(scene, "bob", f"tasks/{turn.task.public_id}/").status_code == 200
