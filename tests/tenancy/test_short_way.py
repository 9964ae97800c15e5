"""Calls go past sessions, forms and messages: nothing of those has a say in them, and nothing of them is sent."""

import pytest

from tests.factories import bearer, client_of, make_key

CALLS = ["/v1/tasks?limit=1", "/v2/batches", "/api/v1/pools"]


@pytest.mark.parametrize("address", CALLS)
def test_a_call_is_answered_as_ever_and_sets_no_cookie(client, acme, people, address):
    key = make_key(organization=acme, user=people["owner"])
    answer = client.get(address, headers=bearer(key))
    assert answer.status_code == 200
    assert int(answer["Content-Length"]) == len(answer.content)
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert "Content-Security-Policy" in answer
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize("address", CALLS)
def test_who_is_signed_in_is_a_stranger_to_the_api(people, address):
    signed_in = client_of(people["owner"])
    assert signed_in.get(address).status_code == 401
    assert signed_in.post(address, {}, content_type="application/json").status_code in (401, 405)


@pytest.mark.parametrize("address", ["/v1/nothing", "/v1", "/v2", "/api/v1/nothing/", "/v1/tasks/"])
def test_an_unknown_address_is_json_and_no_redirect(client, db, address):
    for answer in (client.get(address), client.post(address, {}, content_type="application/json")):
        assert answer.status_code in (401, 404)
        assert answer["Content-Type"] == "application/json"
