"""Nobody gets a task that somebody else holds. Each race has a control that shows it when the guard is off."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audits.models import Audit, SessionItem, TaskLock
from audits.services.audits import Judgement, record_verdict
from audits.services.locks import LockLost, lock_task, renew_lock, take_lock_away
from audits.services.sessions import claim_next, leave_session, skip_item
from labelops.errors import Locked
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Event, EventType
from tests.audits.scene import make_scene
from tests.concurrency.together import run_together

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = {f"auditor{number}": "auditor" for number in range(12)}


def claim(scene, name, session):
    with scene.scope():
        return claim_next(auditor=scene.members[name], session=session)


def expire(scene, task_id):
    with scene.scope():
        TaskLock.objects.filter(pk=task_id).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_auditors_who_ask_at_the_same_moment_get_different_tasks():
    scene = make_scene(tasks=12, roles=CROWD)
    session = scene.session()

    claimed = run_together([lambda name=name: claim(scene, name, session) for name in CROWD])

    assert len({claim.task.pk for claim in claimed}) == len(CROWD)
    assert len({claim.lease.token for claim in claimed}) == len(CROWD)


def test_control_looking_first_and_locking_then_hands_one_task_to_several():
    scene = make_scene(tasks=12, roles=CROWD)
    session, looked = scene.session(), threading.Barrier(len(CROWD))

    def look_then_lock(name):
        with scene.scope():
            item = SessionItem.objects.filter(session=session, state=0).order_by("position").first()
            looked.wait(timeout=10)
            return item.task_id

    assert len(set(run_together([lambda name=name: look_then_lock(name) for name in CROWD]))) == 1


def test_one_of_many_gets_the_lock_on_a_single_task_and_the_others_learn_who_holds_it():
    scene = make_scene(tasks=1, roles=CROWD)
    task = scene.tasks[0]

    def lock(name):
        with scene.scope():
            return lock_task(auditor=scene.members[name], task_id=task.pk)

    results = run_together([lambda name=name: lock(name) for name in CROWD])

    refused = [result for result in results if isinstance(result, Locked)]
    assert len(refused) == len(CROWD) - 1
    assert {error.data["holder"] for error in refused} <= {member.user.email for member in scene.members.values()}


def test_control_without_the_conflict_clause_every_claimant_believes_to_hold_the_task():
    scene = make_scene(tasks=1, roles=CROWD)
    task, looked = scene.tasks[0], threading.Barrier(len(CROWD))

    def check_then_act(name):
        with scene.scope():
            free = not TaskLock.objects.filter(pk=task.pk).exists()
            looked.wait(timeout=10)
            return free

    assert all(run_together([lambda name=name: check_then_act(name) for name in CROWD]))


def test_the_session_and_the_single_entry_share_one_lock():
    scene = make_scene(tasks=1)
    held = claim(scene, "alice", scene.session())

    with scene.scope(), pytest.raises(Locked) as refused:
        lock_task(auditor=scene.members["bob"], task_id=held.task.pk)

    assert refused.value.data["holder"] == scene.members["alice"].user.email


def test_two_sessions_over_the_same_tasks_never_hand_out_one_task_twice():
    scene = make_scene(tasks=6, roles=CROWD)
    sessions = [scene.session(), scene.session()]

    claimed = run_together([lambda name=name, n=n: claim(scene, name, sessions[n % 2]) for n, name in enumerate(CROWD)])

    tasks = [found.task.pk for found in claimed if found]
    assert len(tasks) == len(set(tasks)) == 6


def test_asking_again_returns_the_same_task_and_renews():
    scene = make_scene(tasks=3)
    session = scene.session()
    first = claim(scene, "alice", session)

    again = claim(scene, "alice", session)

    assert (again.task.pk, again.lease.token) == (first.task.pk, first.lease.token)
    assert again.lease.expires_at > first.lease.expires_at


def test_an_expired_lock_is_anybodys_and_the_late_submit_is_refused():
    scene = make_scene(tasks=1)
    session = scene.session()
    late = claim(scene, "alice", session)
    expire(scene, late.task.pk)
    now_held = claim(scene, "bob", session)

    assert now_held.task.pk == late.task.pk
    assert now_held.lease.token > late.lease.token
    with scene.scope(), pytest.raises(LockLost) as refused:
        record_verdict(auditor=scene.members["alice"], task_id=late.task.pk, judgement=Judgement("accepted"),
                       session_id=session.pk, lock_token=late.lease.token, now=timezone.now())  # fmt: skip
    assert refused.value.data["holder"] == scene.members["bob"].user.email
    assert scene.reload(late.task).review_status == ""


def test_an_old_token_is_refused_also_to_whoever_holds_the_task_again():
    scene = make_scene(tasks=1)
    session = scene.session()
    old = claim(scene, "alice", session)
    for name in ("bob", "alice"):
        expire(scene, old.task.pk)
        again = claim(scene, name, session)

    assert again.lease.token > old.lease.token
    with scene.scope(), pytest.raises(LockLost):
        record_verdict(auditor=scene.members["alice"], task_id=old.task.pk, judgement=Judgement("accepted"),
                       session_id=session.pk, lock_token=old.lease.token, now=timezone.now())  # fmt: skip
    assert scene.reload(old.task).review_status == ""


def test_an_expired_lock_that_nobody_took_still_submits_and_renews():
    scene = make_scene(tasks=1)
    session = scene.session()
    held = claim(scene, "alice", session)
    expire(scene, held.task.pk)

    with scene.scope():
        renewed = renew_lock(auditor=scene.members["alice"], task_id=held.task.pk, token=held.lease.token, in_use=True)
    expire(scene, held.task.pk)
    with scene.scope():
        record_verdict(auditor=scene.members["alice"], task_id=held.task.pk, judgement=Judgement("accepted"),
                       session_id=session.pk, lock_token=held.lease.token, now=timezone.now())  # fmt: skip

    assert renewed > timezone.now()
    assert scene.reload(held.task).review_status == "accepted"


def test_a_lead_takes_a_lock_away_with_a_reason_and_the_next_auditor_gets_the_task():
    scene = make_scene(tasks=1, roles={"alice": "auditor", "bob": "auditor", "lead": "lead"})
    session = scene.session()
    held = claim(scene, "alice", session)
    with scene.scope():
        take_lock_away(by=scene.members["lead"], task_id=held.task.pk, reason="gone home", now=timezone.now())

    assert claim(scene, "bob", session).task.pk == held.task.pk
    with scene.scope():
        event = Event.objects.get(type=EventType.LOCK_TAKEN_AWAY)
    assert event.after == {"reason": "gone home"}
    assert event.before["holder"] == scene.members["alice"].user.email


def test_skipping_puts_the_task_behind_the_others_and_frees_it():
    scene = make_scene(tasks=3)
    session = scene.session()
    first = claim(scene, "alice", session)
    with scene.scope():
        skip_item(auditor=scene.members["alice"], session=session, task_id=first.task.pk, token=first.lease.token,
                  reason="blurred", now=timezone.now())  # fmt: skip

    seen = [claim(scene, name, session).task.pk for name in ("alice", "bob", "owner")]

    assert seen[2] == first.task.pk
    assert len(set(seen)) == 3


def test_leaving_gives_the_task_back():
    scene = make_scene(tasks=1)
    session = scene.session()
    held = claim(scene, "alice", session)
    assert claim(scene, "bob", session) is None

    with scene.scope():
        leave_session(auditor=scene.members["alice"], session=session, now=timezone.now())

    assert claim(scene, "bob", session).task.pk == held.task.pk


def test_nobody_is_handed_what_they_did_themselves():
    scene = make_scene(tasks=0)
    own, other = scene.add_task(done=False), scene.add_task()
    from audits.models import Performer
    from audits.services.tasks import complete_task

    with scene.scope():
        Performer.objects.create(
            id=uuid7(), organization=scene.organization, external_id="alice", user=scene.members["alice"].user
        )
        complete_task(organization=scene.organization, actor=None, task_id=own.pk, response={"category": "swan"},
                      completed_by="alice", now=timezone.now())  # fmt: skip
    session = scene.session()

    assert claim(scene, "alice", session).task.pk == other.pk
    with scene.scope(), pytest.raises(Exception, match="yourself"):
        lock_task(auditor=scene.members["alice"], task_id=own.pk)
    assert claim(scene, "bob", session).task.pk == own.pk


def test_claims_with_expiries_and_kills_in_between_never_give_two_verdicts_on_one_item():
    scene = make_scene(tasks=40, roles=CROWD)
    session = scene.session()

    def work(name):
        done = 0
        while held := claim(scene, name, session):
            if held.lease.token % 3 == 0:
                expire(scene, held.task.pk)
            try:
                with scene.scope():
                    record_verdict(auditor=scene.members[name], task_id=held.task.pk, now=timezone.now(),
                                   judgement=Judgement("accepted"), session_id=session.pk,
                                   lock_token=held.lease.token, version=held.task.version)  # fmt: skip
                done += 1
            except LockLost:
                continue
        return done

    done = run_together([lambda name=name: work(name) for name in list(CROWD)[:6]])

    with scene.scope():
        audits = Audit.objects.for_organization(scene.organization)
        assert (sum(done), audits.count(), audits.values("task").distinct().count()) == (40, 40, 40)
        assert TaskLock.objects.count() == 0
        assert session.progress.done == 40


def test_the_claim_uses_the_partial_index_at_depth():
    scene = make_scene(tasks=1)
    session = scene.session()
    with scene.scope(), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO audits_task (id, organization_id, type, status, instruction, params, metadata, urgency,
                   response, prior_responses, completed_at, review_status, version, callback_sequence, created_at,
                   updated_at, callback_url)
               SELECT gen_random_uuid(), %s, 'custom', 'completed', '', '{}', '{}', 'standard', '{}', '[]', now(), '',
                      0, 0, now(), now(), '' FROM generate_series(1, 20000)""",
            [scene.organization.pk],
        )
        cursor.execute(
            """INSERT INTO audits_sessionitem
                   (id, organization_id, session_id, task_id, position, state, skips, skip_reason)
               SELECT gen_random_uuid(), %s, %s, id, row_number() OVER (), (random() < 0.95)::int, 0, ''
               FROM audits_task WHERE type = 'custom'""",
            [scene.organization.pk, session.pk],
        )
        cursor.execute("ANALYZE audits_sessionitem")
        cursor.execute(
            """EXPLAIN SELECT i.id FROM audits_sessionitem i WHERE i.organization_id = %s AND i.session_id = %s
               AND i.state = 0 AND i.position > -1 ORDER BY i.position LIMIT 1 FOR UPDATE OF i SKIP LOCKED""",
            [scene.organization.pk, session.pk],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "session_item_open" in plan
    assert "Sort" not in plan


def test_the_queue_s_start_moves_on_while_verdicts_are_under_way():
    """Each of them holds the session's key until its commit; if the start stands still, claims grow with the queue."""
    scene = make_scene(tasks=2, roles={"alice": "auditor"})
    session = scene.session()
    with scene.scope():
        first, second = SessionItem.objects.filter(session=session).order_by("position")
        SessionItem.objects.filter(pk=first.pk).update(state=SessionItem.State.DONE)
        SessionItem.objects.filter(pk=second.pk).update(position=500)
    under_way, claimed = threading.Event(), threading.Event()

    def verdict():
        with scene.scope(), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM audits_auditsession WHERE id = %s FOR KEY SHARE", [session.pk])
            under_way.set()
            claimed.wait(timeout=10)

    def look():
        under_way.wait(timeout=10)
        found = claim(scene, "alice", session)
        claimed.set()
        return found

    _, found = run_together([verdict, look])
    assert found.task.pk == second.task_id
    with scene.scope():
        assert type(session).objects.get(pk=session.pk).first_open == 500
