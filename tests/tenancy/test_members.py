"""Memberships in both modes, and the owner that an organization always has."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from labelops.errors import Conflict, NotFound
from labelops.tenancy.models import Membership, User
from labelops.tenancy.permissions import Role
from labelops.tenancy.scope import system_scope
from labelops.tenancy.services import people as services
from tests.factories import client_of, make_member, make_organization, twin_of


def memberships(user) -> set[tuple[str, str, bool]]:
    with system_scope("command line"):
        rows = Membership.objects.filter(user=user)
        return set(rows.values_list("organization__slug", "role", "is_active"))


def owner_of(organization) -> User:
    with system_scope("command line"):
        return services.first_owner(organization=organization)


def test_a_role_changes_in_both_modes(acme):
    user = make_member(organization=acme, role=Role.AUDITOR).user
    services.change_role(organization=twin_of(acme), user=user, role=Role.LEAD, actor=None, now=timezone.now())
    assert memberships(user) == {("acme", "lead", True), ("acme-test", "lead", True)}


def test_a_removed_member_is_out_of_both_modes_and_may_come_back(acme):
    user = make_member(organization=acme, role=Role.AUDITOR).user
    services.remove_member(organization=acme, user=user, actor=None, now=timezone.now())
    assert memberships(user) == {("acme", "auditor", False), ("acme-test", "auditor", False)}
    assert client_of(user).get("/o/acme/settings/").status_code == 404
    with pytest.raises(NotFound):
        services.remove_member(organization=acme, user=user, actor=None, now=timezone.now())
    services.add_member(organization=acme, user=user, role=Role.LEAD, now=timezone.now())
    assert memberships(user) == {("acme", "lead", True), ("acme-test", "lead", True)}


def test_the_last_owner_can_neither_leave_nor_step_down(acme):
    owner = owner_of(acme)
    with pytest.raises(Conflict, match="needs an owner"):
        services.remove_member(organization=acme, user=owner, actor=None, now=timezone.now())
    with pytest.raises(Conflict, match="needs an owner"):
        services.change_role(organization=acme, user=owner, role=Role.LEAD, actor=None, now=timezone.now())
    assert memberships(owner) == {("acme", "owner", True), ("acme-test", "owner", True)}


def test_an_owner_who_cannot_sign_in_does_not_count(acme):
    other = make_member(organization=acme, role=Role.OWNER).user
    User.objects.filter(pk=other.pk).update(is_active=False)
    with pytest.raises(Conflict, match="needs an owner"):
        services.remove_member(organization=acme, user=owner_of(acme), actor=None, now=timezone.now())


def leave_at_once(organization, owners) -> list[str]:
    """Each owner removes the other at the same moment; what became of each call."""
    barrier, outcomes = threading.Barrier(len(owners)), []

    def leave(user):
        try:
            barrier.wait(timeout=10)
            services.remove_member(organization=organization, user=user, actor=None, now=timezone.now())
            outcomes.append("gone")
        except Conflict:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=[user]) for user in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_leave_at_once_one_stays():
    organization = make_organization()
    owners = [owner_of(organization), make_member(organization=organization, role=Role.OWNER).user]
    assert leave_at_once(organization, owners) == ["gone", "refused"]
    assert owner_of(organization) in owners


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_go(monkeypatch):
    """The negative control: with the organization's row unlocked, and both past the check, nobody is left."""
    organization = make_organization()
    owners = [owner_of(organization), make_member(organization=organization, role=Role.OWNER).user]
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda self, **options: self)
    both_checked, check = threading.Barrier(2), services._refuse_without_owner

    def check_and_wait(*arguments):
        check(*arguments)
        both_checked.wait(timeout=10)

    monkeypatch.setattr(services, "_refuse_without_owner", check_and_wait)
    assert leave_at_once(organization, owners) == ["gone", "gone"]
    with pytest.raises(NotFound):
        owner_of(organization)


def test_the_members_page_shows_the_permission_table(people, owner_client):
    text = owner_client.get("/o/acme/settings/members/").content.decode()
    assert "Release others&#x27; locks" in text
    assert all(user.email in text for user in people.values())


def test_the_settings_page_of_the_twin_is_the_live_ones(people, owner_client):
    answer = owner_client.get("/o/acme-test/settings/members/")
    assert (answer.status_code, answer["Location"]) == (302, "/o/acme/settings/members/")


def test_a_refusal_of_a_button_is_a_message_on_the_page(acme):
    owner = owner_of(acme)
    answer = client_of(owner).post(f"/o/acme/settings/members/{owner.pk}/remove/", follow=True)
    assert "Make somebody else an owner first" in answer.content.decode()


def test_settings_hold_for_both_modes(acme):
    data = {
        "name": "Acme Inc.",
        "time_zone": "Europe/Berlin",
        "lock_minutes": 30,
        "callback_url": "https://acme.example/hook",
        "test_callback_url": "https://acme.example/test-hook",
        "auditors_need_assignment": "on",
    }
    browser = client_of(owner_of(acme))
    assert browser.post("/o/acme/settings/", data).status_code == 302
    twin = twin_of(acme)
    assert (twin.name, twin.time_zone, twin.lock_minutes) == ("Acme Inc.", "Europe/Berlin", 30)
    assert twin.auditors_need_assignment
    # Test mode never tells the live receiver.
    assert twin.callback_url == "https://acme.example/test-hook"


@pytest.mark.parametrize(
    "wrong",
    [
        {"lock_minutes": 0},
        {"lock_minutes": 1441},
        {"time_zone": "Mars/Base"},
        {"callback_url": "javascript:alert(1)"},
        {"callback_url": "ftp://x.example/"},
        {"name": ""},
        {"name": "a\x00b"},
    ],
)
def test_wrong_settings_are_told_at_their_field(acme, wrong):
    data = {"name": "Acme", "time_zone": "UTC", "lock_minutes": 5, "callback_url": ""}
    answer = client_of(owner_of(acme)).post("/o/acme/settings/", data | wrong)
    assert answer.status_code == 200
    assert "field__error" in answer.content.decode()
    assert twin_of(acme).lock_minutes == 15
