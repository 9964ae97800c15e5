"""A task handed to a colleague waits for them outside of the queue, until they judge it or give it back."""

import pytest
from django.db import transaction
from django.utils import timezone

from audits.models import Flag, SessionItem, TaskLock
from audits.services.audits import Judgement, record_verdict
from audits.services.flags import FlaggedAlready, answer_flag, colleagues_for, flag_task, take_up_flag
from audits.services.flow import judge_and_claim
from audits.services.locks import LockLost, lock_task
from audits.services.sessions import claim_next
from labelops.errors import Forbidden, InvalidInput
from labelops.tenancy.models import Event, EventType
from labelops.tenancy.services.people import remove_member
from tests.audits.scene import make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene(roles={"alice": "auditor", "bob": "auditor", "lead": "lead", "carol": "integrator"})


def flag(scene, claimed, *, by="alice", to="bob", note="Is this a goose?", session=None):
    return flag_task(by=scene.members[by], task_id=claimed.task.pk, assignee_id=scene.members[to].user_id, note=note,
                     token=claimed.lease.token, session=session, now=timezone.now())  # fmt: skip


@pytest.fixture
def flagged(scene):
    """A session in which alice has flagged her first task for bob."""
    session = scene.session()
    with scene.scope():
        claimed = claim_next(auditor=scene.members["alice"], session=session)
        made = flag(scene, claimed, session=session)
    return session, claimed, made


def test_a_flagged_task_is_handed_out_to_nobody(scene, flagged):
    session, claimed, _ = flagged
    with scene.scope():
        names = ("alice", "bob", "lead", "owner")
        handed = [claim_next(auditor=scene.members[name], session=session) for name in names]
    tasks = [one.task for one in handed if one]
    assert claimed.task not in tasks
    assert len(tasks) == 2


def test_its_colleague_takes_it_up_in_the_session_and_the_verdict_ends_the_flag(scene, flagged):
    session, claimed, made = flagged
    bob = scene.members["bob"]
    with scene.scope():
        held = claim_next(auditor=bob, session=session)
        take_up_flag(by=bob, flag_id=made.pk, now=timezone.now())
        assert not TaskLock.objects.filter(pk=held.task.pk).exists()
        mine = claim_next(auditor=bob, session=session)
        assert mine.task == claimed.task
        assert Flag.objects.open().count() == 1
        judge_and_claim(auditor=bob, session_id=session.pk, task_id=mine.task.pk, judgement=Judgement("accepted"),
                        now=timezone.now(), lock_token=mine.lease.token, version=mine.task.version)  # fmt: skip
        assert Flag.objects.open().count() == 0
        assert SessionItem.objects.get(task=claimed.task).state == SessionItem.State.DONE


def test_given_back_it_returns_to_the_queue_with_what_was_said(scene, flagged):
    session, claimed, made = flagged
    with scene.scope():
        answer_flag(by=scene.members["bob"], flag_id=made.pk, note="Ask the\0 owner.", now=timezone.now())
        assert SessionItem.objects.get(task=claimed.task).state == SessionItem.State.OPEN
        told = Event.objects.get(type=EventType.TASK_FLAG_ANSWERED)
    assert told.after == {"comment": "Ask the owner."}
    assert told.session_id == session.pk


def test_a_colleague_who_leaves_gives_it_back(scene, flagged):
    _, claimed, _ = flagged
    owner = scene.members["owner"].user
    remove_member(organization=scene.organization, user=scene.members["bob"].user, actor=owner, now=timezone.now())
    with scene.scope():
        assert SessionItem.objects.get(task=claimed.task).state == SessionItem.State.OPEN
        assert not Flag.objects.open().exists()


def test_somebody_else_may_not_take_it_but_a_lead_may(scene, flagged):
    _, claimed, made = flagged
    with scene.scope():
        with pytest.raises(Forbidden), transaction.atomic():
            take_up_flag(by=scene.members["alice"], flag_id=made.pk, now=timezone.now())
        take_up_flag(by=scene.members["lead"], flag_id=made.pk, now=timezone.now())
        assert TaskLock.objects.get(pk=claimed.task.pk).holder_id == scene.members["lead"].user_id


def test_a_task_audited_by_itself_can_be_flagged_too(scene):
    task, now = scene.tasks[0], timezone.now()
    with scene.scope():
        lease = lock_task(auditor=scene.members["alice"], task_id=task.pk)
        given = {"by": scene.members["alice"], "task_id": task.pk, "assignee_id": scene.members["bob"].user_id}
        made = flag_task(**given, note="Look", token=lease.token, now=now)
        assert not TaskLock.objects.exists()
        take_up_flag(by=scene.members["bob"], flag_id=made.pk, now=now)
        record_verdict(auditor=scene.members["bob"], task_id=task.pk, judgement=Judgement("accepted"), now=now)
        assert not Flag.objects.open().exists()


def test_only_who_may_audit_it_can_be_chosen(scene):
    session = scene.session(auditors=[scene.members["alice"]])
    with scene.scope():
        everywhere = [one.user_id for one in colleagues_for(by=scene.members["alice"])]
        here = [one.user_id for one in colleagues_for(by=scene.members["alice"], session=session)]
        claimed = claim_next(auditor=scene.members["alice"], session=session)
        for wrong in ("alice", "carol", "bob"):
            with pytest.raises(InvalidInput), transaction.atomic():
                flag(scene, claimed, to=wrong, session=session)
        with pytest.raises(InvalidInput), transaction.atomic():
            flag(scene, claimed, to="lead", note="  ", session=session)
    assert scene.members["bob"].user_id in everywhere
    assert {scene.members[name].user_id for name in ("owner", "lead")} == set(here)


def test_without_the_lock_or_twice_it_is_refused(scene, flagged):
    session, claimed, _ = flagged
    with scene.scope():
        with pytest.raises(FlaggedAlready), transaction.atomic():
            flag(scene, claimed)
        other = claim_next(auditor=scene.members["alice"], session=session)
        TaskLock.objects.all().delete()
        with pytest.raises(LockLost), transaction.atomic():
            flag(scene, other, session=session)
