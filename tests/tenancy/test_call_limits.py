"""Calls are counted per key and per organization, in Redis."""

import pytest
from django.test import override_settings

from labelops.tenancy import throttling
from tests.audits.api_world import make_key, make_world


@pytest.fixture
def world(db, fresh_cache, monkeypatch):
    # The window stands still while a test counts.
    monkeypatch.setattr(throttling.time, "time", lambda: 1_000_003.0)
    monkeypatch.setattr(throttling, "_silent_until", 0.0)
    return make_world()


@override_settings(RATE_LIMITS=True, API_CALLS_PER_KEY=2, API_CALLS_PER_ORGANIZATION=3)
def test_a_key_and_an_organization_have_their_limits(world):
    api, second = world.api, type(world.api)(make_key(world.scene.organization, world.scene.members["owner"].user))
    assert [api.get("tasks").status for _ in range(3)] == [200, 200, 429]
    refused = api.get("tasks")
    assert (refused.status, int(refused.headers["Retry-After"])) == (429, 8)
    assert "2 in 10 seconds" in refused["error"]
    # What was refused counts too; the organization's calls are used up with it.
    limited = second.get("tasks")
    assert (limited.status, "organization" in limited["error"]) == (429, True)
    assert world.other.get("tasks").status == 200


@override_settings(RATE_LIMITS=True, API_CALLS_PER_KEY=1)
def test_the_next_window_begins_at_none(world, monkeypatch):
    assert [world.api.get("tasks").status for _ in range(2)] == [200, 429]
    monkeypatch.setattr(throttling.time, "time", lambda: 1_000_010.0)
    assert world.api.get("tasks").status == 200


@override_settings(RATE_LIMITS=False, API_CALLS_PER_KEY=1)
def test_without_limits_nothing_is_counted(world):
    assert {world.api.get("tasks").status for _ in range(3)} == {200}


@override_settings(RATE_LIMITS=True, API_CALLS_PER_KEY=1)
def test_without_redis_every_call_is_let_through(world, monkeypatch, caplog):
    asked = []

    def gone(*_):
        asked.append(1)
        raise throttling.redis.ConnectionError("gone")

    monkeypatch.setattr(throttling, "get_redis_connection", gone)
    assert {world.api.get("tasks").status for _ in range(3)} == {200}
    assert len(asked) == 1  # not asked again at once
    assert "not counted" in caplog.text
