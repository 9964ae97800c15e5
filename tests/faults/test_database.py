"""PostgreSQL killed: 503 while it is away, and the same processes answer as soon as it is back."""

import contextlib
import os
import signal
import time

import httpx
import pytest

from tests.embedded.conftest import wait_until
from tests.faults.browser import Browser, form_in
from tests.faults.instance import below
from tests.faults.load import auditors_judging, wait_for_verdicts
from tests.faults.recount import check_journal, check_no_half_state

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


def database_answers(instance) -> bool:
    with contextlib.suppress(Exception):
        return instance.rows("SELECT 1") == [(1,)]
    return False


def wait_for_database(instance, before: int) -> None:
    instance.wait_for_another("postgres", before)
    wait_until(lambda: database_answers(instance), seconds=30, what="the database answers")


@contextlib.contextmanager
def without_database(instance):
    """Killed, and not started again before the block ends: the supervisor is stopped meanwhile."""
    before = instance.pid("postgres")
    os.kill(instance.child.pid, signal.SIGSTOP)
    try:
        instance.kill("postgres")
        yield
    finally:
        os.kill(instance.child.pid, signal.SIGCONT)
        wait_for_database(instance, before)


def web_processes(instance) -> list[int]:
    return [instance.pid("web"), *below(instance.pid("web"))]


def test_killed_under_load(instance, browsers):
    web, before = web_processes(instance), instance.pid("postgres")
    with auditors_judging(instance, browsers) as journal:
        wait_for_verdicts(journal, 20)
        instance.kill("postgres")
        killed = time.monotonic()
        wait_for_database(instance, before)
        back = time.monotonic()
        wait_for_verdicts(journal, 20)
    print(f"away {back - killed:.1f} s, {journal.counted()}, slowest {journal.slowest():.1f} s")
    check_journal(instance, journal, auditors=len(browsers))
    check_no_half_state(instance)
    assert web_processes(instance) == web
    assert set(journal.counted()) == {200, 503}
    assert journal.slowest() < 10


def test_a_restart_that_nobody_saw_costs_no_answer(instance, browsers):
    """Kept connections died while idle: nobody has to be told of it."""
    key = {"auth": (instance.environment["LABELOPS_API_KEY"], "")}
    ask_everywhere = [(browser, page) for browser in browsers for page in ("", "tasks/", "sessions/")] * 2
    assert {browser.get(page).status_code for browser, page in ask_everywhere} == {200}
    with without_database(instance):
        pass
    answers = [browser.get(page).status_code for browser, page in ask_everywhere]
    answers += [httpx.get(f"{instance.url}/v1/tasks?limit=1", **key).status_code for _ in range(8)]
    assert answers == [200] * len(answers)


def test_while_it_is_away(instance, browsers):
    key = {"auth": (instance.environment["LABELOPS_API_KEY"], "")}
    stranger = Browser(instance.url, instance.slug)
    form = stranger.get("/accounts/login/")
    with without_database(instance):
        seen, begun = {}, time.monotonic()
        for page in ("", "tasks/", "sessions/", "/accounts/password/change/", "/readyz"):
            seen[page] = browsers[0].get(page).status_code
        seen["/v1"] = httpx.get(f"{instance.url}/v1/tasks", **key).status_code
        seen["signing in"] = sign_in_status(stranger, form, instance.people[0])
        seen["signing out"] = sign_out_status(browsers[0])
        assert browsers[0].get("/healthz").status_code == 200
        assert time.monotonic() - begun < 10
    assert set(seen.values()) == {503}, seen
    assert instance.tracebacks() == [], instance.log("web")[-3000:]


def sign_in_status(browser, page, person) -> int:
    action, fields = form_in(page.text, 'action="/accounts/login/"')
    return browser.http.post(action, data=fields | {"login": person[0], "password": person[1]}).status_code


def sign_out_status(browser) -> int:
    token = {"X-CSRFToken": browser.http.cookies["csrf"]}
    return browser.http.post("/accounts/logout/", headers=token).status_code
