import io

import pytest
from django.core.management import CommandError, call_command

from labelops.tenancy.entry import enter_by_key
from labelops.tenancy.keys import parse_key
from labelops.tenancy.models import Membership, Organization, User
from labelops.tenancy.permissions import Role
from labelops.tenancy.scope import system_scope
from tests.factories import PASSWORD, client_of, forget_scope, make_member, make_organization, twin_of

pytestmark = pytest.mark.django_db


def run(command: str, **options: str) -> str:
    printed = io.StringIO()
    call_command(command, stdout=printed, stderr=io.StringIO(), **options)
    return printed.getvalue()


def test_an_organization_comes_with_its_test_twin():
    assert run("create_organization", name="Acme Corporation", slug="acme") == "acme\n"
    with system_scope("command line"):
        live = Organization.objects.get(slug="acme")
        assert (live.test.slug, live.test.is_test, live.is_test) == ("acme-test", True, False)
        assert bytes(live.callback_auth_key) != bytes(live.test.callback_auth_key)


@pytest.mark.parametrize("slug", ["", "Acme", "a b", "a-", "acme-test", "a/b", "ä", "a" * 51, "a\x00"])
def test_a_slug_that_cannot_be_an_address_is_refused_in_one_sentence(slug):
    with pytest.raises(CommandError, match="cannot be an address"):
        run("create_organization", name="Acme", slug=slug)


def test_a_taken_slug_is_refused(acme):
    with pytest.raises(CommandError, match="is taken"):
        run("create_organization", name="Other", slug="acme")


def test_a_user_is_a_member_of_both_modes_and_signs_in_at_once(acme, client):
    run("create_user", email="Ada@Acme.example", password=PASSWORD, organization="acme", role="lead")
    with system_scope("command line"):
        roles = Membership.objects.filter(user__email="ada@acme.example").values_list("organization__slug", "role")
        assert set(roles) == {("acme", "lead"), ("acme-test", "lead")}
    answer = client.post("/accounts/login/", {"login": "ada@acme.example", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_an_existing_user_gets_the_membership_and_keeps_the_password(acme, rival):
    ada = make_member(organization=acme, role=Role.LEAD).user
    run("create_user", email=ada.email.upper(), password="another-password-7", organization="rival", role="auditor")
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)
    with system_scope("command line"):
        assert Membership.objects.get(organization=rival, user=ada).role == "auditor"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "ada"}, "no e-mail address"),
        ({"organization": "nowhere"}, "no organization"),
        ({"organization": "acme-test"}, "no organization"),
        ({"password": ""}, "password is empty"),
    ],
)
def test_a_user_that_cannot_be_made_leaves_nothing_behind(acme, changes, sentence):
    options = {"email": "ada@acme.example", "password": PASSWORD, "organization": "acme", "role": "lead"}
    with pytest.raises(CommandError, match=sentence):
        run("create_user", **options | changes)
    assert not User.objects.filter(email="ada@acme.example").exists()


def test_a_member_twice_is_refused(acme):
    with pytest.raises(CommandError, match="is a member already"):
        run("create_user", email="owner@acme.example", password=PASSWORD, organization="acme", role="lead")


@pytest.mark.parametrize("mode", ["live", "test"])
def test_the_key_alone_is_printed_and_opens_its_mode(acme, mode):
    text = run("create_api_key", organization="acme", mode=mode, name="ci")
    assert text.count("\n") == 1
    assert parse_key(text.strip()).mode == mode
    forget_scope()
    entry = enter_by_key(text=text.strip())
    assert entry.organization == (acme if mode == "live" else twin_of(acme))
    assert entry.user.email == "owner@acme.example"


def test_a_key_acts_for_the_named_member(acme):
    lead = make_member(organization=acme, role=Role.LEAD).user
    text = run("create_api_key", organization="acme", mode="live", name="ci", user=lead.email)
    forget_scope()
    assert enter_by_key(text=text.strip()).membership.role == "lead"


def test_a_key_for_somebody_else_or_nobody_is_refused(acme, rival):
    with pytest.raises(CommandError, match="no member"):
        run("create_api_key", organization="acme", mode="live", name="ci", user="owner@rival.example")
    with pytest.raises(CommandError, match="no user"):
        run("create_api_key", organization="acme", mode="live", name="ci", user="nobody@example.com")


def test_the_first_page_leads_to_the_last_organization(acme):
    owner = User.objects.get(email="owner@acme.example")
    make_organization(slug="zebra", owner=owner)
    browser = client_of(owner)
    assert browser.get("/")["Location"] == "/o/acme/"
    browser.get("/o/zebra/settings/")
    assert browser.get("/")["Location"] == "/o/zebra/"
