"""What is done to settings, people and keys stands in the event log: who, when, what was before and after."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audits.models import TaskLock
from audits.services.locks import lock_task
from audits.services.sessions import claim_next, finish_session
from labelops.tenancy.models import Event, EventType
from labelops.tenancy.scope import system_scope
from labelops.tenancy.services import invitations, keys, organizations, people
from tests.audits.scene import make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene(roles={"alice": "auditor", "bob": "auditor", "lead": "lead"})


def log(scene, *types):
    with system_scope("command line"):
        found = Event.objects.filter(type__in=types, organization=scene.organization).select_related("actor")
        return list(found.order_by("id"))


def set_settings(scene, **changed):
    values = {"name": scene.organization.name, "time_zone": "UTC", "lock_minutes": 15, "callback_url": "",
              "test_callback_url": "", "auditors_need_assignment": False, **changed}  # fmt: skip
    owner = scene.members["owner"].user
    organizations.update_organization_settings(
        organization=scene.organization, actor=owner, now=timezone.now(), **values
    )


def test_settings_tell_what_changed_and_who_did_it(scene):
    set_settings(scene)
    set_settings(scene, lock_minutes=5)
    first, second = log(scene, EventType.SETTINGS_CHANGED)
    assert (first.before, first.after) == ({"time_zone": "America/Los_Angeles"}, {"time_zone": "UTC"})
    assert (second.before, second.after) == ({"lock_minutes": 15}, {"lock_minutes": 5})
    assert second.actor == scene.members["owner"].user


def test_saving_what_is_there_already_is_no_event(scene):
    set_settings(scene)
    set_settings(scene)
    assert len(log(scene, EventType.SETTINGS_CHANGED)) == 1


def test_people_who_come_change_and_go_are_in_the_log(scene):
    owner, alice, now = scene.members["owner"].user, scene.members["alice"].user, timezone.now()
    given = {"organization": scene.organization, "actor": owner, "now": now}
    made = invitations.invite_member(organization=scene.organization, email="new@example.com", role="auditor",
                                     invited_by=owner, now=now)  # fmt: skip
    invitations.revoke_invitation(invitation_id=made.pk, **given)
    people.change_role(user=alice, role="lead", **given)
    people.change_role(user=alice, role="lead", **given)
    people.remove_member(user=alice, **given)
    told = log(scene, EventType.MEMBER_INVITED, EventType.INVITATION_REVOKED, EventType.MEMBER_ROLE_CHANGED,
               EventType.MEMBER_REMOVED)  # fmt: skip
    assert [event.type for event in told] == [
        "member.invited", "member.invitation_revoked", "member.role_changed", "member.removed",
    ]  # fmt: skip
    assert {event.actor for event in told} == {owner}
    assert (told[2].before, told[2].after) == ({"role": "auditor"}, {"role": "lead"})


def test_keys_are_in_the_log_without_what_opens(scene):
    owner, now = scene.members["owner"], timezone.now()
    _, text = keys.create_api_key(organization=scene.organization, mode="live", name="ci", user=owner.user, by=owner,
                                  now=now)  # fmt: skip
    given = {"organization": scene.organization, "public_id": text.split("_")[2], "by": owner, "now": now}
    _, second = keys.rotate_api_key(overlap=timedelta(0), **given)
    keys.revoke_api_key(**given)
    told = log(scene, EventType.KEY_CREATED, EventType.KEY_ROTATED, EventType.KEY_REVOKED)
    assert [event.type for event in told] == ["key.created", "key.rotated", "key.revoked"]
    assert {event.actor for event in told} == {owner.user}
    written = str([(event.before, event.after) for event in told])
    assert text.split("_")[2] in written
    assert text.split("_")[3] not in written
    assert second.split("_")[3] not in written


@pytest.mark.parametrize("how", ["removed", "made integrator"])
def test_whoever_may_audit_no_more_keeps_no_task_from_others(scene, how):
    owner, alice = scene.members["owner"].user, scene.members["alice"]
    with scene.scope():
        lock_task(auditor=alice, task_id=scene.tasks[0].pk)
        lock_task(auditor=scene.members["bob"], task_id=scene.tasks[1].pk)
    given = {"organization": scene.organization, "user": alice.user, "actor": owner, "now": timezone.now()}
    if how == "removed":
        people.remove_member(**given)
    else:
        people.change_role(role="integrator", **given)
    with scene.scope():
        assert [lock.pk for lock in TaskLock.objects.all()] == [scene.tasks[1].pk]
    (told,) = log(scene, EventType.LOCK_RELEASED)
    assert told.task_id == scene.tasks[0].pk
    assert told.actor == owner
    assert told.before["holder"] == alice.user.email


def test_closing_a_session_tells_of_every_lock_that_it_releases(scene):
    session = scene.session()
    with scene.scope():
        claims = [claim_next(auditor=scene.members[name], session=session) for name in ("alice", "bob")]
        finish_session(by=scene.members["owner"], session=session, now=timezone.now())
        assert not TaskLock.objects.exists()
    told = log(scene, EventType.LOCK_RELEASED)
    assert {event.task_id for event in told} == {claim.task.pk for claim in claims}
    assert {event.session_id for event in told} == {session.pk}
    assert {event.after["reason"] for event in told} == {"The session was finished."}
