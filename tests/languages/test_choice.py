"""Each person's language: from the browser's wish, then as chosen, on every device; the API always speaks English."""

import pytest
from django.test import override_settings

from tests.factories import bearer, client_of, make_key

GERMAN = {"Accept-Language": "de-AT,de;q=0.9"}


def test_the_browsers_wish_is_heard(client, db):
    page = client.get("/accounts/login/", headers=GERMAN)
    assert 'lang="de"' in page.text
    assert "Anmelden" in page.text
    assert 'lang="en"' in client.get("/accounts/login/", headers={"Accept-Language": "fr"}).text


def test_the_choice_follows_the_person_to_another_device(acme, people):
    first = client_of(people["owner"])
    first.post("/language/", {"language": "de", "back": "/o/acme/tasks/"})
    assert "Aufgaben" in first.get("/o/acme/tasks/").text
    second = client_of(people["owner"])
    page = second.get("/o/acme/tasks/")
    assert 'lang="de"' in page.text
    assert second.cookies["language"].value == "de"
    first.post("/language/", {"language": "en"})
    assert 'lang="en"' in second.get("/o/acme/tasks/").text


@pytest.mark.parametrize("chosen", ["xx", "", "../etc"])
def test_what_is_no_language_means_as_the_browser_wishes(owner_client, chosen):
    owner_client.post("/language/", {"language": chosen})
    assert 'lang="de"' in owner_client.get("/o/acme/tasks/", headers=GERMAN).text


def test_a_choice_leads_to_no_other_site(owner_client):
    assert owner_client.post("/language/", {"language": "de", "back": "//evil.example/"})["Location"] == "/"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/v1/task/no-such-task", "Task with that ID not found."),
        ("/v2/batches?next_token=x", "next_token is not one of this list's. Start again without it."),
        ("/api/v1/pools/x", "There is no such pool."),
    ],
)
def test_the_api_speaks_english(client, acme, people, address, sentence):
    key = make_key(organization=acme, user=people["owner"])
    answer = client.get(address, headers=bearer(key) | GERMAN).json()
    assert sentence in (answer.get("error"), answer.get("message"))


def test_refusals_speak_the_language_too(owner_client):
    page = owner_client.post("/o/acme/tasks/bulk/", {"action": "nothing"}, headers=GERMAN)
    assert "Diese Aktion gibt es nicht." in page.text


def test_the_words_of_scripts(client):
    assert "Kopiert." in client.get("/words/de.js").text
    assert client.get("/words/xx.js").status_code == 404


@override_settings(LANGUAGES=[("en", "English"), ("ar-xb", "Pseudo")])
def test_a_language_from_right_to_left_turns_the_page(owner_client):
    owner_client.post("/language/", {"language": "ar-xb"})
    assert 'dir="rtl"' in owner_client.get("/o/acme/tasks/").text
