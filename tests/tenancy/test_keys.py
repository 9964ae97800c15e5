"""What an API key opens, and the one answer of every key that opens nothing."""

import base64
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.errors import Conflict, Forbidden, InvalidInput, NotFound
from labelops.tenancy.keys import KeyParts, generate_key, parse_key
from labelops.tenancy.models import ApiKey, Membership, Scope
from labelops.tenancy.permissions import Role
from labelops.tenancy.scope import system_scope
from labelops.tenancy.services import keys as services
from labelops.tenancy.services.people import remove_member
from tests.factories import bearer, client_of, make_key, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.tenancy.api_urls")]


def basic(user: str, password: str = "") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def stored(text: str) -> ApiKey:
    with system_scope("command line"):
        return ApiKey.objects.select_related("organization", "user").get(public_id=parse_key(text).public_id)


def status(client, text: str) -> int:
    return client.get("/v1/whoami", headers=bearer(text)).status_code


@pytest.mark.parametrize("headers_of", [bearer, basic])
def test_both_headers_open_the_keys_organization(client, acme, headers_of):
    answer = client.get("/v1/whoami", headers=headers_of(make_key(organization=acme)))
    assert answer.json() == {"organization": "acme", "user": "owner@acme.example", "members": 1}


def test_a_test_key_opens_the_twin_only(client, acme):
    answer = client.get("/v1/whoami", headers=bearer(make_key(organization=acme, mode="test")))
    assert answer.json()["organization"] == "acme-test"


def other_mode(text: str) -> str:
    parts = parse_key(text)
    return KeyParts("test" if parts.mode == "live" else "live", parts.public_id, parts.secret).text


def other_secret(text: str) -> str:
    parts = parse_key(text)
    return KeyParts(parts.mode, parts.public_id, generate_key("live").secret).text


SPOILT = {
    "cut at the end": lambda text: text[:-1],
    "cut at the start": lambda text: text[1:],
    "wrong case": str.swapcase,
    "a letter more": lambda text: text + "a",
    "another mode, checksum right": other_mode,
    "another secret, checksum right": other_secret,
    "never made": lambda text: generate_key("live").text,
    "nothing": lambda text: "",
    "no key": lambda text: "password",
    "very long": lambda text: text * 1000,
    "NUL": lambda text: "labelops_live_\x00",
    "not ASCII": lambda text: "ключ",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_is_no_key_gets_the_one_answer(client, acme, spoil):
    text = spoil(make_key(organization=acme))
    for headers in (bearer(text.encode().decode("latin-1")), basic(text)):
        assert_refused(client.get("/v1/whoami", headers=headers))


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Basic OjoJ", "Digest x", "Bearer", "Basic \xff"])
def test_a_header_that_cannot_be_read_gets_the_one_answer(client, acme, header):
    assert_refused(client.get("/v1/whoami", headers={"Authorization": header}))


def assert_refused(answer):
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="LabelOps"')
    message = "The API key is missing, unknown, expired or revoked."
    assert answer.json() == {"status_code": 401, "error": message}


def test_a_revoked_key_gets_the_one_answer(client, acme):
    text = make_key(organization=acme)
    services.revoke_api_key(organization=acme, public_id=stored(text).public_id, now=timezone.now())
    assert_refused(client.get("/v1/whoami", headers=bearer(text)))


def test_an_expired_key_gets_the_one_answer(client, acme):
    text = make_key(organization=acme, expires_at=timezone.now() - timedelta(seconds=1))
    assert_refused(client.get("/v1/whoami", headers=bearer(text)))


def test_a_key_stops_with_its_users_membership_and_account(client, acme):
    lead = make_member(organization=acme, role=Role.LEAD).user
    text = make_key(organization=acme, user=lead)
    assert status(client, text) == 200
    remove_member(organization=acme, user=lead, actor=None, now=timezone.now())
    assert_refused(client.get("/v1/whoami", headers=bearer(text)))


def test_after_a_rotation_both_keys_work_until_the_overlap_ends(client, acme):
    old = make_key(organization=acme, mode="test", scopes=[Scope.TASKS_READ])
    key, new = services.rotate_api_key(organization=acme, public_id=stored(old).public_id, now=timezone.now())
    assert (status(client, old), status(client, new)) == (200, 200)
    assert (key.scopes, key.organization.is_test) == ([Scope.TASKS_READ], True)
    assert timedelta(hours=23) < stored(old).expires_at - timezone.now() < timedelta(hours=25)
    with system_scope("command line"):
        ApiKey.objects.filter(public_id=stored(old).public_id).update(expires_at=timezone.now())
    assert (status(client, old), status(client, new)) == (401, 200)


def test_a_dead_key_cannot_be_rotated_or_revoked_again(acme):
    public_id = stored(make_key(organization=acme)).public_id
    services.revoke_api_key(organization=acme, public_id=public_id, now=timezone.now())
    with pytest.raises(Conflict):
        services.rotate_api_key(organization=acme, public_id=public_id, now=timezone.now())
    with pytest.raises(Conflict):
        services.revoke_api_key(organization=acme, public_id=public_id, now=timezone.now())


def test_another_organizations_key_does_not_exist_here(acme, rival):
    public_id = stored(make_key(organization=rival)).public_id
    for service in (services.revoke_api_key, services.rotate_api_key):
        with pytest.raises(NotFound):
            service(organization=acme, public_id=public_id, now=timezone.now())


def test_a_scope_and_a_role_are_both_needed(client, acme):
    auditor = make_member(organization=acme, role=Role.AUDITOR).user
    without_scope = client.post("/v1/whoami", headers=bearer(make_key(organization=acme, scopes=[Scope.TASKS_READ])))
    without_right = client.post("/v1/whoami", headers=bearer(make_key(organization=acme, user=auditor)))
    assert (without_scope.status_code, without_right.status_code) == (403, 403)
    assert "lacks the scope" in without_scope.json()["error"]
    assert "lacks the right" in without_right.json()["error"]


def test_only_owners_make_or_rotate_keys_that_act_for_others(acme):
    integrator = make_member(organization=acme, role=Role.INTEGRATOR)
    owners_key = stored(make_key(organization=acme))
    options = {"organization": acme, "by": integrator, "now": timezone.now()}
    with pytest.raises(Forbidden):
        services.create_api_key(mode="live", name="ci", user=owners_key.user, **options)
    with pytest.raises(Forbidden):
        services.rotate_api_key(public_id=owners_key.public_id, **options)
    assert services.create_api_key(mode="live", name="ci", user=integrator.user, **options)


@pytest.mark.parametrize("wrong", [{"scopes": []}, {"scopes": ["all"]}, {"mode": "both"}, {"name": " "}])
def test_wrong_input_is_refused(acme, wrong):
    options = {"mode": "live", "name": "ci", "user": make_member(organization=acme).user} | wrong
    with pytest.raises(InvalidInput):
        services.create_api_key(organization=acme, now=timezone.now(), **options)


def test_only_a_hash_is_kept(acme):
    text = make_key(organization=acme)
    key = stored(text)
    assert parse_key(text).secret.encode() not in bytes(key.secret_hash)
    assert key.prefix == f"labelops_live_{key.public_id}_…"


def test_the_last_use_is_noted_once_a_minute(client, acme):
    text = make_key(organization=acme)
    status(client, text)
    first = stored(text).last_used_at
    status(client, text)
    assert first is not None
    assert stored(text).last_used_at == first


def test_the_page_shows_a_new_key_once(acme, people, owner_client):
    data = {"name": "ci", "mode": "live", "user": people["owner"].pk, "scopes": ["tasks:read"]}
    answer = owner_client.post("/o/acme/settings/keys/create/", data)
    with system_scope("command line"):
        key = ApiKey.objects.get(name="ci")
    assert f"labelops_live_{key.public_id}_" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    text = re.search(rf"labelops_live_{key.public_id}_\w+", answer.content.decode())[0]
    assert parse_key(text)
    later = owner_client.get("/o/acme/settings/keys/").content.decode()
    assert key.public_id in later
    assert text not in later


def test_an_integrators_page_offers_the_integrator_only(people):
    text = client_of(people["integrator"]).get("/o/acme/settings/keys/").content.decode()
    assert str(people["owner"].pk) not in text


@pytest.mark.parametrize(("body", "code"), [({"refuse": 1}, 400), ({"break": 1}, 500), ({}, 200)])
def test_an_answer_of_400_and_above_undoes_everything(client, acme, body, code):
    text = make_key(organization=acme)
    client.raise_request_exception = False
    answer = client.post("/v1/whoami", body, content_type="application/json", headers=bearer(text))
    assert answer.status_code == code
    with system_scope("command line"):
        assert Membership.objects.filter(organization=acme, is_active=True).exists() == (code >= 400)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("get", "/v1/nothing", 404),
        ("delete", "/v1/whoami", 405),
        ("put", "/v1/x/", 404),
    ],
)
def test_the_api_answers_errors_in_json(client, acme, method, path, code):
    answer = getattr(client, method)(path, headers=bearer(make_key(organization=acme)))
    assert answer.status_code == code
    assert answer.json()["status_code"] == code
    assert isinstance(answer.json()["error"], str)


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": NaN}'])
def test_a_body_that_is_no_json_is_400(client, acme, body):
    key = make_key(organization=acme)
    answer = client.post("/v1/whoami", body, content_type="application/json", headers=bearer(key))
    assert answer.status_code == 400
    assert isinstance(answer.json()["error"], str)


def test_a_failure_of_ours_is_json_too(client, acme):
    client.raise_request_exception = False
    headers = bearer(make_key(organization=acme))
    answer = client.post("/v1/whoami", {"break": 1}, content_type="application/json", headers=headers)
    assert answer.json() == {
        "status_code": 500,
        "error": "Something broke on our side; nothing was changed. Try again in a moment.",
    }
