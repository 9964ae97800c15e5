"""Sign-in, password reset and what a session is worth, through the pages."""

import os
import re
import subprocess
import sys

import pytest
from django.core import mail
from django.test import override_settings

from labelops import settings
from labelops.tenancy.models import User
from tests.factories import PASSWORD, client_of, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
NEW_PASSWORD = "another-horse-7"


def sign_in(client, email: str, password: str = PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_a_person_signs_in_and_out(client, acme):
    assert sign_in(client, "Owner@Acme.example")["Location"] == "/"
    assert client.get("/o/acme/settings/").status_code == 200
    client.post("/accounts/logout/")
    answer = client.get("/o/acme/settings/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/o/acme/settings/")


def test_a_wrong_password_and_an_unknown_person_look_alike(client, acme):
    known = sign_in(client, "owner@acme.example", "wrong-password-1")
    unknown = sign_in(client, "nobody@acme.example", "wrong-password-1")
    sentence = "The email address and/or password you specified are not correct."
    assert sentence in known.content.decode()
    assert sentence in unknown.content.decode()


def test_guessing_is_slowed_down(client, acme):
    answers = [sign_in(client, "owner@acme.example", f"wrong-password-{number}") for number in range(12)]
    assert "Too many failed login attempts" in answers[-1].content.decode()


def test_a_password_reset_comes_by_mail_and_ends_other_sessions(client, acme):
    other = client_of(User.objects.get(email="owner@acme.example"))
    client.post("/accounts/password/reset/", {"email": "owner@acme.example"})
    (letter,) = mail.outbox
    path = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", letter.body)[1]
    form = client.get(path, follow=True)
    answer = client.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert answer.status_code == 302
    assert other.get("/o/acme/settings/").status_code == 302
    assert sign_in(client, "owner@acme.example", NEW_PASSWORD)["Location"] == "/"


def test_a_reset_for_nobody_says_the_same_and_tells_nobody_where_accounts_are(client, acme):
    known = client.post("/accounts/password/reset/", {"email": "owner@acme.example"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@acme.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_nobody_signs_up_without_an_invitation(client, db):
    data = {"email": "new@example.com", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    answer = client.post("/accounts/signup/", data)
    assert "invitation" in answer.content.decode()
    assert not User.objects.exists()


def test_somebody_who_was_shut_out_is_out_at_once(acme):
    owner = User.objects.get(email="owner@acme.example")
    browser = client_of(owner)
    assert browser.get("/o/acme/settings/").status_code == 200
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert browser.get("/o/acme/settings/").status_code == 302


def test_who_is_nowhere_is_told_what_to_do(client, db):
    answer = client_of(make_user()).get("/")
    assert "Ask an owner" in answer.content.decode()


def test_passwords_are_kept_with_argon2():
    assert settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_cookies_are_secure_where_the_site_is_https():
    """In a process of its own: the settings are read once."""
    names = "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_NAME"
    code = f"from labelops import settings as s; print({names})"
    for address, wanted in (
        ("https://l.example", "True True __Host-session"),
        ("http://127.0.0.1:1", "False False session"),
    ):
        environment = os.environ | {"SITE_URL": address}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == wanted


@override_settings(DEBUG=False)
def test_pages_forbid_inline_code(client, acme):
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
