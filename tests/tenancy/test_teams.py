"""The team in the words of the Scale dialect."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from labelops.errors import Forbidden, InvalidInput
from labelops.tenancy.models import Event, Invitation, Membership
from labelops.tenancy.scope import organization_scope, system_scope
from labelops.tenancy.services.people import first_owner, remove_member
from labelops.tenancy.services.teams import invite_teammates, list_teammates, set_team_roles
from tests.factories import twin_of


def invite(acme, people, *emails, role="member", now=None):
    with organization_scope(acme.pk):
        return invite_teammates(
            organization=acme,
            emails=list(emails),
            team_role=role,
            invited_by=people["owner"],
            now=now or timezone.now(),
        )


def team(acme):
    with organization_scope(acme.pk):
        return {one.email: one for one in list_teammates(organization=acme)}


def set_role(acme, role, *emails):
    with organization_scope(acme.pk):
        actor = first_owner(organization=acme)
        return set_team_roles(organization=acme, emails=list(emails), team_role=role, actor=actor, now=timezone.now())


def told(acme):
    """(type, before, after) of the events about members, oldest first."""
    with organization_scope(acme.pk):
        events = Event.objects.for_organization(acme).filter(type__startswith="member.").order_by("id")
        return list(events.values_list("type", "before", "after"))


def roles_of(user):
    with system_scope("command line"):
        return set(Membership.objects.filter(user=user).values_list("role", flat=True))


def test_every_role_counts_as_one_of_the_four(acme, people):
    known = team(acme)
    assert {role: known[user.email].team_role for role, user in people.items()} == {
        "owner": "admin", "requester": "member", "integrator": "member", "lead": "manager", "auditor": "labeler",
    }  # fmt: skip


def test_invitations_go_out_once(acme, people, django_capture_on_commit_callbacks):
    now, auditor = timezone.now(), people["auditor"].email
    with django_capture_on_commit_callbacks(execute=True):
        invite(acme, people, "New@a.example", "new@a.example", "other@a.example", auditor, now=now)
        invite(acme, people, "new@a.example", "other@a.example", now=now + timedelta(seconds=9))
    assert sorted(letter.to[0] for letter in mail.outbox) == ["new@a.example", "other@a.example"]
    assert team(acme)["new@a.example"].expires_at
    assert team(acme)[auditor].expires_at is None
    with django_capture_on_commit_callbacks(execute=True):
        invite(acme, people, "new@a.example", role="manager", now=now + timedelta(seconds=9))
    assert len(mail.outbox) == 3
    assert [after["email"] for kind, _, after in told(acme) if kind == "member.invited"] == [
        "new@a.example", "other@a.example", "new@a.example",
    ]  # fmt: skip
    with organization_scope(acme.pk):
        assert [one.role for one in Invitation.objects.open().filter(email="new@a.example")] == ["lead"]


def test_a_role_is_set_in_both_modes(acme, people):
    set_role(acme, "manager", people["auditor"].email.upper(), people["lead"].email)
    assert roles_of(people["auditor"]) == {"lead"}
    change = ("member.role_changed", {"role": "auditor"}, {"role": "lead"})
    assert told(acme)[-1] == told(twin_of(acme))[-1] == change
    # An integrator counts as a member already.
    set_role(acme, "member", people["integrator"].email)
    assert roles_of(people["integrator"]) == {"integrator"}


@pytest.mark.parametrize("refused", ["owner", "stranger", "removed"])
def test_one_who_cannot_be_changed_stops_all(acme, people, rival, refused):
    with organization_scope(acme.pk):
        remove_member(organization=acme, user=people["lead"], actor=people["owner"], now=timezone.now())
    emails = {"owner": people["owner"].email, "stranger": "owner@rival.example", "removed": people["lead"].email}
    with pytest.raises(InvalidInput):
        set_role(acme, "labeler", people["requester"].email, emails[refused])
    assert roles_of(people["requester"]) == {"requester"}
    assert roles_of(people["owner"]) == {"owner"}


@pytest.mark.parametrize(("emails", "role"), [([], "member"), (["a@b.example"], "boss"), (["no address"], "member")])
def test_bad_input_invites_nobody(acme, people, emails, role):
    with pytest.raises(InvalidInput):
        invite(acme, people, "first@a.example", *emails, role=role) if emails else invite(acme, people)
    assert "first@a.example" not in team(acme)


def test_test_mode_changes_no_one(acme, people):
    twin = twin_of(acme)
    with organization_scope(twin.pk):
        options = {"team_role": "manager", "actor": people["owner"], "now": timezone.now()}
        with pytest.raises(Forbidden):
            set_team_roles(organization=twin, emails=[people["auditor"].email], **options)
        with pytest.raises(Forbidden):
            invite(twin, people, "new@a.example")
        assert {one.email for one in list_teammates(organization=twin)} == set(team(acme))
    assert roles_of(people["auditor"]) == {"auditor"}
