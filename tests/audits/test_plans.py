"""Sessions bound to an acceptance plan: the draw, the decision, and what may still change it."""

import pytest
from django.utils import timezone

from audits.models import AuditSession
from audits.plans import PlanRequest
from audits.services.audits import Judgement
from audits.services.flow import judge_and_claim
from audits.services.planning import bind_plan, pace_of
from audits.services.reverts import revert_audit
from audits.services.sessions import PlanDecided, claim_next, finish_session, resume_session
from labelops.errors import InvalidInput
from labelops.statistics.plans import Wishes
from labelops.tenancy.models import Event, EventType
from tests.audits.scene import make_scene

pytestmark = pytest.mark.django_db(transaction=True)
WISHES = Wishes(0.05, 0.40, 0.05, 0.10)
SINGLE, SEQUENTIAL = PlanRequest("single", WISHES), PlanRequest("sequential", WISHES)
ACCEPT, REJECT = Judgement("accepted"), Judgement("rejected", "wrong")
FIX = Judgement("fixed", "", {"category": "swan"})


def judge(scene, session, judgement, name="alice"):
    with scene.scope():
        session = AuditSession.objects.for_organization(scene.organization).get(pk=session.pk)
        claimed = claim_next(auditor=scene.members[name], session=session)
        return judge_and_claim(
            auditor=scene.members[name], session_id=session.pk, task_id=claimed.task.pk, judgement=judgement,
            lock_token=claimed.lease.token, version=claimed.task.version, now=timezone.now(),
        )  # fmt: skip


def reload(scene, session):
    with scene.scope():
        return AuditSession.objects.for_organization(scene.organization).with_progress().get(pk=session.pk)


def finish(scene, session):
    with scene.scope():
        return finish_session(by=scene.members["owner"], session=session, now=timezone.now())


def test_a_plan_says_how_many_are_drawn_and_is_kept_as_it_was():
    scene = make_scene(tasks=20)
    session = scene.session(plan=SINGLE, seed=5)
    bound = bind_plan(SINGLE, 20)
    assert session.size == bound.size < 20
    assert session.bound_plan == bound
    assert session.manifest["inclusion_probability"] == bound.size / 20
    with scene.scope():
        opened = Event.objects.for_organization(scene.organization).get(type=EventType.SESSION_OPENED)
    assert opened.after["plan"] == session.plan


def test_a_single_plan_releases_what_is_good_and_holds_what_is_not():
    scene = make_scene(tasks=12)
    good, bad = scene.session(plan=SINGLE, seed=1), scene.session(plan=SINGLE, seed=2)
    for _ in range(good.size):
        judge(scene, good, ACCEPT)
    assert reload(scene, good).status == "open"
    good = finish(scene, good)
    assert (good.decision, good.decided_on) == ("release", {"judged": good.size, "defects": 0, "by_plan": True})
    for number in range(bad.size):
        judge(scene, bad, FIX if number < 2 else REJECT if number < 4 else ACCEPT)
    bad = finish(scene, bad)
    assert (bad.decision, bad.decided_on["defects"]) == ("hold", 4)
    with scene.scope():
        ends = Event.objects.for_organization(scene.organization).filter(type=EventType.SESSION_FINISHED)
        assert list(ends.order_by("at").values_list("after__decision", flat=True)) == ["release", "hold"]
        with pytest.raises(PlanDecided):
            resume_session(by=scene.members["owner"], session=good, now=timezone.now())


def test_a_sample_that_was_not_judged_whole_releases_nothing_and_may_be_resumed():
    scene = make_scene(tasks=12)
    session = scene.session(plan=SINGLE)
    judge(scene, session, ACCEPT)
    session = finish(scene, session)
    assert (session.decision, session.decided_on["by_plan"]) == ("hold", False)
    with scene.scope():
        session = resume_session(by=scene.members["owner"], session=session, now=timezone.now())
    assert (session.status, session.decision, session.decided_on) == ("open", "", {})


def test_what_counts_as_defective_is_the_plans_to_say():
    scene = make_scene(tasks=12)
    session = scene.session(plan=PlanRequest("single", WISHES, "rejected"))
    for _ in range(session.size):
        judge(scene, session, FIX)
    assert finish(scene, session).decision == "release"


def test_a_sequential_plan_stops_by_itself_and_an_undone_slip_opens_it_again():
    scene = make_scene(tasks=30)
    session = scene.session(plan=SEQUENTIAL, seed=3)
    assert session.size > 3
    judged = judge(scene, session, REJECT)
    assert judged.claimed is not None
    judged = judge(scene, session, REJECT)
    assert judged.claimed is None
    stopped = reload(scene, session)
    assert (stopped.status, stopped.decision) == ("finished", "hold")
    assert stopped.decided_on == {"judged": 2, "defects": 2, "by_plan": True}
    with scene.scope():
        revert_audit(by=scene.members["alice"], task_id=judged.recorded.task.pk, now=timezone.now())
    again = reload(scene, session)
    assert (again.status, again.decision, again.progress.done) == ("open", "", 1)


def test_a_sequential_plan_releases_early_too():
    scene = make_scene(tasks=40)
    session, number = scene.session(plan=SEQUENTIAL), 0
    while reload(scene, session).status == "open":
        judge(scene, session, ACCEPT)
        number += 1
    assert reload(scene, session).decision == "release"
    assert number < session.size


def test_another_auditors_verdict_in_hand_still_counts():
    scene = make_scene(tasks=30)
    session = scene.session(plan=SEQUENTIAL)
    with scene.scope():
        held = claim_next(auditor=scene.members["bob"], session=session)
    judge(scene, session, REJECT)
    judge(scene, session, REJECT)
    assert reload(scene, session).decision == "hold"
    with scene.scope():
        judge_and_claim(
            auditor=scene.members["bob"], session_id=session.pk, task_id=held.task.pk, judgement=ACCEPT,
            lock_token=held.lease.token, version=held.task.version, now=timezone.now(),
        )  # fmt: skip
    after = reload(scene, session)
    assert (after.decision, after.decided_on["judged"], after.progress.done) == ("hold", 2, 3)


def test_shares_that_no_sample_tells_apart_are_refused_at_their_field():
    for request in (PlanRequest("single", Wishes(0.01, 0.0101)), PlanRequest("sequential", Wishes(0.02, 0.025))):
        with pytest.raises(InvalidInput) as refused:
            bind_plan(request, 10_000_000)
        assert "limiting" in refused.value.fields
    with pytest.raises(InvalidInput):
        make_scene(tasks=0).session(plan=SINGLE)


def test_the_pace_is_the_teams_own():
    scene = make_scene(tasks=3)
    with scene.scope():
        assert pace_of(scene.organization) is None
    session = scene.session()
    judge(scene, session, ACCEPT)
    judge(scene, session, ACCEPT, name="bob")
    with scene.scope():
        pace = pace_of(scene.organization)
    assert (pace.verdicts, pace.auditors) == (2, 2)
    assert pace.hours(3600) == pytest.approx(pace.seconds)
