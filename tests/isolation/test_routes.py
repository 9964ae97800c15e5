"""Every route for every actor, generated from the resolver; what may be expected stands in `routes.py`."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from labelops.tenancy.scope import system_scope
from tests.isolation.expected import ACTORS, Expected
from tests.isolation.planting import tenant_models
from tests.isolation.routes import ROUTES, requests_of
from tests.isolation.world import World

# The two marks of one sitting that differ in every answer, and the number of a refused call.
CSRF = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|name="csrf-token" content="[^"]*"|"request_id": ?"[0-9a-f]{32}"'
)


def routes(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}" if pattern.name else f"unnamed: {pattern.pattern}"
        else:
            yield from routes(pattern, namespace + (f"{pattern.namespace}:" if pattern.namespace else ""))


NAMES = sorted(set(routes(get_resolver())))
REQUESTS = [
    pytest.param(name, expected, id=f"{name} {expected.method}") for name in NAMES for expected in requests_of(name)
]


def test_every_route_has_a_row():
    assert [name for name in NAMES if not requests_of(name)] == []


def test_every_row_has_a_route():
    assert sorted(set(ROUTES) - set(NAMES)) == []


def ask(world: World, actor: str, name: str, expected: Expected, /, **changes: str):
    """The answer to this actor; what it changed is undone, so that the next actor finds the same world."""
    address = reverse(name, kwargs={key: world.fill(value) for key, value in (expected.kwargs | changes).items()})
    options = {"headers": world.headers(actor)} if expected.is_call else {}
    if expected.is_call and expected.data is not None:
        options["content_type"] = "application/json"
    if expected.data is not None:
        options["data"] = world.fill(expected.data)
    client = world.client("anonymous" if expected.is_call else actor)
    with transaction.atomic():
        response = getattr(client, expected.method.lower())(address + expected.query, **options)
        response.text_read = text_of(response)
        transaction.set_rollback(True)
    return response


def text_of(response) -> str:
    data = b"".join(response.streaming_content) if response.streaming else response.content
    return CSRF.sub("", data.decode("utf-8", "replace"))


def fingerprint(world: World) -> dict[str, str]:
    """Of all rows of ours, by table."""
    with system_scope("command line"), connection.cursor() as cursor:
        found = {}
        for table in (model._meta.db_table for model in tenant_models()):
            rows = f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t WHERE organization_id = %s"
            cursor.execute(rows, [world.ours.pk])
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize(("name", "expected"), REQUESTS)
def test_each_actor_gets_what_the_table_says(world, name, expected):
    wanted = {actor: one if isinstance(one, tuple) else (one,) for actor, one in expected.statuses.items()}
    given = {actor: ask(world, actor, name, expected).status_code for actor in ACTORS}
    assert {actor: code for actor, code in given.items() if code not in wanted[actor]} == {}, wanted


def objects_of(expected: Expected) -> set[str]:
    """The parts of a page's address that name an object of ours."""
    names = {name for name, value in expected.kwargs.items() if value.startswith("{")}
    return names if "organization" in expected.kwargs else set()


OURS = [one for one in REQUESTS if one.values[1].is_of_organization]


@pytest.mark.parametrize(("name", "expected"), OURS)
def test_the_stranger_learns_nothing_and_changes_nothing(world, name, expected):
    before = fingerprint(world)
    given = ask(world, "stranger", name, expected)
    unknown = ask(world, "stranger", name, expected, **unknown_kwargs(world, expected))
    assert (given.status_code, given.text_read) == (404, unknown.text_read)
    assert world.our_canary not in given.text_read
    assert fingerprint(world) == before


@pytest.mark.parametrize(("name", "expected"), [one for one in OURS if objects_of(one.values[1])])
def test_our_ids_at_the_strangers_own_address_are_unknown_ids(world, name, expected):
    own = {"organization": world.theirs.slug}
    before = fingerprint(world)
    given = ask(world, "stranger", name, expected, **own)
    unknown = ask(world, "stranger", name, expected, **own, **unknown_kwargs(world, expected, objects_of(expected)))
    assert (given.status_code, given.text_read) == (unknown.status_code, unknown.text_read)
    assert given.status_code in (302, 404)
    assert fingerprint(world) == before


def unknown_kwargs(world: World, expected: Expected, names: set[str] | None = None) -> dict[str, str]:
    """The address of something that does not exist: another slug, or another id of the same form."""
    if names is None:
        names = {"organization"} if "organization" in expected.kwargs else set(expected.kwargs)
    changed = {}
    for name in names:
        value = world.fill(expected.kwargs[name])
        is_id = re.fullmatch(r"[0-9a-f-]{32,36}", value)
        changed[name] = (str(uuid4()) if "-" in value else uuid4().hex) if is_id else "no-such" + value[-1]
    return changed


@pytest.mark.parametrize(("name", "expected"), [one for one in REQUESTS if one.values[1].method == "GET"])
def test_no_answer_to_us_holds_anything_of_theirs(world, name, expected):
    text = ask(world, "owner", name, expected).text_read
    assert world.their_canary not in text
    assert str(world.theirs.pk) not in text
    assert world.theirs.pk.hex not in text


def test_the_canary_would_be_found(world):
    """The control: our own is in the answers to us."""
    own = [ask(world, "owner", name, requests_of(name)[0]).text_read for name in ("tenancy:members", "tenancy:keys")]
    assert all(world.our_canary in text for text in own)


def test_a_role_that_may_not_is_refused_without_a_trace(world):
    before = fingerprint(world)
    assert ask(world, "auditor", "tenancy:remove_member", *requests_of("tenancy:remove_member")).status_code == 403
    assert fingerprint(world) == before
