"""From the owner's form through the mail to the member's first page."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.utils import timezone

from labelops.console_mail import EmailBackend
from labelops.errors import Forbidden, InvalidInput, NotFound
from labelops.tenancy.models import Invitation, Membership, User
from labelops.tenancy.scope import system_scope
from labelops.tenancy.services import invitations
from tests.factories import PASSWORD, client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def invite(acme, people, django_capture_on_commit_callbacks):
    """Invites this address through the page; the path of the link in the mail."""

    def send(email: str, role: str = "lead") -> str:
        with django_capture_on_commit_callbacks(execute=True):
            data = {"email": email, "role": role}
            answer = client_of(people["owner"]).post("/o/acme/settings/members/invite/", data)
        assert answer.status_code == 302
        assert mail.outbox[-1].to == [email.lower()]
        return re.search(r"http://127\.0\.0\.1:8000(/invitations/\S+)", mail.outbox[-1].body)[1]

    return send


def roles_of(email: str) -> set[tuple[str, str]]:
    with system_scope("command line"):
        rows = Membership.objects.filter(user__email=email, is_active=True)
        return set(rows.values_list("organization__slug", "role"))


def test_a_new_person_makes_an_account_on_the_spot(client, invite):
    path = invite("New@Example.com")
    assert "Make my account and join" in client.get(path).content.decode()
    answer = client.post(path, {"name": "Nora New", "password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/o/acme/")
    assert roles_of("new@example.com") == {("acme", "lead"), ("acme-test", "lead")}
    assert User.objects.get(email="new@example.com").emailaddress_set.get().verified
    assert client.get("/")["Location"] == "/o/acme/"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"again": "other"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "too short"),
        ({"password": "new@example.com", "again": "new@example.com"}, "too similar"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_a_form_that_is_wrong_says_so_and_makes_nothing(client, invite, changes, sentence):
    path = invite("new@example.com")
    answer = client.post(path, {"name": "Nora", "password": PASSWORD, "again": PASSWORD} | changes)
    assert sentence in answer.content.decode()
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_person_with_an_account_signs_in_first(client, invite):
    user = make_user(email="ada@example.com")
    path = invite("ada@example.com", role="auditor")
    assert f"/accounts/login/?next={path}" in client.get(path).content.decode()
    client.post(path, {"name": "Eve", "password": PASSWORD, "again": PASSWORD})
    assert roles_of("ada@example.com") == set()
    browser = client_of(user)
    assert "Join" in browser.get(path).content.decode()
    assert browser.post(path)["Location"] == "/o/acme/"
    assert roles_of("ada@example.com") == {("acme", "auditor"), ("acme-test", "auditor")}


def test_somebody_else_cannot_use_the_link(invite):
    path = invite("ada@example.com")
    eve = client_of(make_user(email="eve@example.com"))
    assert "for somebody else" in eve.post(path).content.decode()
    with pytest.raises(Forbidden):
        invitations.accept_invitation(
            token=path.split("/")[2], user=User.objects.get(email="eve@example.com"), now=timezone.now()
        )
    assert roles_of("eve@example.com") == set()


def test_a_link_works_once(client, invite):
    path = invite("new@example.com")
    client.post(path, {"name": "Nora", "password": PASSWORD, "again": PASSWORD})
    again = client_of().get(path)
    assert (again.status_code, "This invitation does not work" in again.content.decode()) == (404, True)


def test_a_link_that_was_taken_back_replaced_or_is_too_old_opens_nothing(acme, invite):
    first = invite("new@example.com")
    second = invite("new@example.com")
    assert [client_of().get(path).status_code for path in (first, second)] == [404, 200]
    with system_scope("command line"):
        invitation = Invitation.objects.open().get(email="new@example.com")
    invitations.revoke_invitation(organization=acme, invitation_id=invitation.pk, actor=None, now=timezone.now())
    assert client_of().get(second).status_code == 404
    third = invite("new@example.com")
    with system_scope("command line"):
        Invitation.objects.open().update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client_of().get(third).status_code == 404


def test_a_removed_member_comes_back_by_invitation(acme, people, invite):
    from labelops.tenancy.services.people import remove_member

    remove_member(organization=acme, user=people["auditor"], actor=None, now=timezone.now())
    path = invite(people["auditor"].email, role="lead")
    client_of(people["auditor"]).post(path)
    assert roles_of(people["auditor"].email) == {("acme", "lead"), ("acme-test", "lead")}


def test_a_member_is_not_invited_again(acme, people):
    with pytest.raises(InvalidInput, match="is a member already"):
        invitations.invite_member(
            organization=acme,
            email=people["lead"].email,
            role="auditor",
            invited_by=people["owner"],
            now=timezone.now(),
        )


def test_only_a_hash_of_the_link_is_kept(invite):
    token = invite("new@example.com").split("/")[2]
    with system_scope("command line"):
        kept = bytes(Invitation.objects.get().token_hash)
    assert token.encode() not in kept
    with pytest.raises(NotFound):
        invitations.find_invitation(token=kept.hex())


def test_a_name_cannot_write_headers_of_the_mail(acme, people, invite):
    User.objects.filter(pk=people["owner"].pk).update(name="Mallory\r\nBcc: everybody@example.com")
    invite("new@example.com")
    assert "\n" not in mail.outbox[-1].subject
    assert mail.outbox[-1].recipients() == ["new@example.com"]


def test_a_link_in_a_mail_on_the_output_can_be_opened():
    link, output = f"https://labelops.example/work/invitations/{'a' * 90}/", StringIO()
    told = mail.EmailMessage("Werkzeug für dich", f"Öffne dies:\n{link}\n", "from@example.com", ["ann@example.com"])
    assert EmailBackend(stream=output).send_messages([told]) == 1
    assert {link, "Öffne dies:", "To: ann@example.com", "Subject: Werkzeug für dich"} <= {
        *output.getvalue().split("\n")
    }
