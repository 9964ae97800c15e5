"""Blind second audits: who may, what they see, and that they change nothing."""

import pytest
from django.utils import timezone

from audits.models import AuditSession, SecondAudit
from audits.services.audits import Judgement
from audits.services.flow import judge_and_claim
from audits.services.locks import LockLost
from audits.services.second_audits import NotToBeAuditedAgain, claim_second, record_second_audit
from audits.services.sessions import claim_next
from callbacks.models import Delivery
from labelops.errors import InvalidInput
from labelops.statistics.agreement import agreement
from labelops.tenancy.models import Event, EventType
from tests.audits.scene import make_scene

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["accepted", "fixed", "rejected"]
ACCEPT, REJECT = Judgement("accepted"), Judgement("rejected", "wrong")
FIX = Judgement("fixed", "", {"category": "swan"})


def first_audits(scene, session, *judgements, name="alice"):
    with scene.scope():
        for judgement in judgements:
            claimed = claim_next(auditor=scene.members[name], session=session)
            judge_and_claim(
                auditor=scene.members[name], session_id=session.pk, task_id=claimed.task.pk, judgement=judgement,
                lock_token=claimed.lease.token, version=claimed.task.version, now=timezone.now(),
            )  # fmt: skip


def second(scene, session, name="bob"):
    with scene.scope():
        return claim_second(auditor=scene.members[name], session=session)


def again(scene, session, turn, judgement, name="bob"):
    with scene.scope():
        return record_second_audit(
            auditor=scene.members[name], session_id=session.pk, task_id=turn.task.pk, judgement=judgement,
            lock_token=turn.lease.token, now=timezone.now(),
        )  # fmt: skip


def test_a_share_is_chosen_rounded_up_and_the_same_seed_chooses_the_same():
    scene = make_scene(tasks=7)
    sessions = [scene.session(seed=seed, second_share=0.3) for seed in (4, 4, 5)]
    with scene.scope():
        chosen = [set(SecondAudit.objects.filter(session=one).values_list("task_id", flat=True)) for one in sessions]
    assert [len(one) for one in chosen] == [3, 3, 3]
    assert chosen[0] == chosen[1] != chosen[2]
    assert (sessions[0].second_size, sessions[0].manifest["second_audits"]) == (3, {"share": 0.3, "size": 3})


def test_one_auditor_alone_cannot_be_the_second_too():
    scene = make_scene(tasks=2)
    with pytest.raises(InvalidInput) as refused:
        scene.session(second_share=0.5, auditors=[scene.members["alice"]])
    assert "auditors" in refused.value.fields
    with pytest.raises(InvalidInput):
        scene.session(second_share=1.5)


def test_the_second_auditor_sees_what_the_first_saw_and_nothing_of_the_verdict():
    scene = make_scene(tasks=1)
    session = scene.session(second_share=1.0)
    assert second(scene, session) is None
    first_audits(scene, session, FIX)
    assert second(scene, session, "alice") is None
    turn = second(scene, session)
    assert turn.response == {"category": "duck"}
    assert turn.task.response["category"] == "swan"


def test_a_second_audit_changes_nothing_but_itself():
    scene = make_scene(tasks=1)
    session = scene.session(second_share=1.0)
    first_audits(scene, session, ACCEPT)
    with scene.scope():
        told = Delivery.objects.count()
    turn = second(scene, session)
    before = scene.reload(scene.tasks[0])
    kept = again(scene, session, turn, FIX)
    after = scene.reload(scene.tasks[0])
    assert (after.review_status, after.version, after.response) == (
        before.review_status,
        before.version,
        before.response,
    )
    assert len(after.audits.all()) == 1
    assert (kept.verdict, kept.response, kept.auditor.email) == ("fixed", {"category": "swan"}, kept.auditor.email)
    with scene.scope():
        assert Delivery.objects.count() == told
        assert AuditSession.objects.get(pk=session.pk).progress.done == 1
        event = Event.objects.get(type=EventType.TASK_AUDITED_AGAIN)
        assert (event.task_id, event.session_id, event.after["second_verdict"]) == (turn.task.pk, session.pk, "fixed")


def test_the_same_submit_twice_is_one_and_another_ones_lock_is_lost():
    scene = make_scene(tasks=2, roles={"alice": "auditor", "bob": "auditor", "carol": "auditor"})
    session = scene.session(second_share=1.0)
    first_audits(scene, session, ACCEPT, ACCEPT)
    turn, other = second(scene, session), second(scene, session, "carol")
    assert turn.task.pk != other.task.pk
    assert second(scene, session).lease.token == turn.lease.token
    one, two = again(scene, session, turn, REJECT), again(scene, session, turn, REJECT)
    assert one.pk == two.pk
    with pytest.raises(LockLost):
        again(scene, session, other, ACCEPT)
    with pytest.raises(NotToBeAuditedAgain):
        again(scene, session, turn, ACCEPT, "carol")


def test_agreement_of_the_session_and_of_each_auditor():
    scene = make_scene(tasks=4)
    session = scene.session(second_share=1.0)
    first_audits(scene, session, ACCEPT, ACCEPT, REJECT, FIX)
    for _ in range(4):
        turn = second(scene, session)
        again(scene, session, turn, ACCEPT)
    with scene.scope():
        seconds = SecondAudit.objects.for_organization(scene.organization)
        pairs = seconds.filter(session=session).pairs()
        by_auditor = seconds.pairs_by_auditor()
    assert pairs == {("accepted", "accepted"): 2, ("rejected", "accepted"): 1, ("fixed", "accepted"): 1}
    assert agreement(pairs, NAMES).raw.value == 0.5
    assert by_auditor[scene.members["alice"].user_id] == pairs
    assert by_auditor[scene.members["bob"].user_id]["accepted", "rejected"] == 1
