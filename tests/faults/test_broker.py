"""The broker stopped, then killed: audits go on, callbacks come when it is back."""

import time

import pytest

from tests.faults.browser import Browser, Work
from tests.faults.instance import Instance
from tests.faults.told import wait_for_callbacks

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]
PAGES = ("tasks/", "sessions/new/?project=load")
# A request waits so long for a broker that is silent, in all; the rest is what the page takes anyway.
PATIENCE = 2


def judge_quickly(browser: Browser, work: Work, number: int, usual: float) -> list[str]:
    """The tasks that got a verdict, each soon; `usual`: seconds that a page takes on this machine at the moment."""
    judged, seconds = [], []
    for _ in range(number):
        begun = time.monotonic()
        answer = browser.judge(work, "accepted")
        seconds.append(time.monotonic() - begun)
        assert answer.status_code == 200, answer.text[:300]
        judged.append(work.task_id)
        work = Work.on(answer.text)
    print(f"verdicts without a broker: {' '.join(f'{one:.2f}' for one in seconds)} s")
    assert max(seconds) < PATIENCE + 5 * usual
    return judged


def slowest_page(browser: Browser) -> float:
    """Seconds."""
    seconds = []
    for page in PAGES:
        begun = time.monotonic()
        assert browser.get(page).status_code == 200, page
        seconds.append(time.monotonic() - begun)
    return max(seconds)


def begin(instance: Instance, browser: Browser) -> Work:
    return browser.work_at(browser.open_session(size=20, project="load", review_status="pending"))


def test_a_stopped_broker_costs_an_audit_nothing(instance, browsers, callbacks):
    work, usual = begin(instance, browsers[0]), slowest_page(browsers[1])
    with instance.stopped("valkey"):
        judged = judge_quickly(browsers[0], work, 3, usual)
        assert slowest_page(browsers[1]) < PATIENCE + 5 * usual
        assert browsers[0].get("/readyz").json()["checks"]["broker"] != "ok"
    attempts = wait_for_callbacks(instance, callbacks, judged)
    assert [len(made) for made in attempts.values()] == [1] * 3


def test_a_killed_broker_is_started_again_and_nothing_is_lost(instance, browsers, callbacks):
    work, before, usual = begin(instance, browsers[0]), instance.pid("valkey"), slowest_page(browsers[1])
    instance.kill("valkey")
    judged = judge_quickly(browsers[0], work, 3, usual)
    instance.wait_for_another("valkey", before)
    wait_for_callbacks(instance, callbacks, judged)
    assert slowest_page(browsers[1]) < PATIENCE + 5 * usual


@pytest.mark.faults_long
def test_a_broker_that_is_silent_for_long(instance, browsers, callbacks):
    work, usual = begin(instance, browsers[0]), slowest_page(browsers[1])
    with instance.stopped("valkey"):
        judged = judge_quickly(browsers[0], work, 2, usual)
        # Longer than every patience of the worker's with its connections.
        time.sleep(20)
        again = Browser(instance.url, instance.slug).sign_in(*instance.people[0])
        assert slowest_page(again) < PATIENCE + 5 * usual
    back = time.monotonic()
    wait_for_callbacks(instance, callbacks, judged, seconds=30)
    print(f"callbacks {time.monotonic() - back:.1f} s after the broker was back")
