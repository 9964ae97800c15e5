"""The broker stopped, then killed: audits go on, callbacks come when it is back."""

import time

import pytest

from tests.faults.browser import Browser, Work
from tests.faults.instance import Instance
from tests.faults.told import wait_for_callbacks

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]
PAGES = ("tasks/", "sessions/new/?project=load")


def judge_quickly(browser: Browser, work: Work, number: int) -> list[str]:
    """The tasks that got a verdict, each within 2 s."""
    judged, seconds = [], []
    for _ in range(number):
        begun = time.monotonic()
        answer = browser.judge(work, "accepted")
        seconds.append(time.monotonic() - begun)
        assert answer.status_code == 200, answer.text[:300]
        judged.append(work.task_id)
        work = Work.on(answer.text)
    print(f"verdicts without a broker: {' '.join(f'{one:.2f}' for one in seconds)} s")
    assert max(seconds) < 2
    return judged


def check_pages_open(browser: Browser) -> None:
    for page in PAGES:
        begun = time.monotonic()
        assert browser.get(page).status_code == 200, page
        assert time.monotonic() - begun < 3, page


def begin(instance: Instance, browser: Browser) -> Work:
    return browser.work_at(browser.open_session(size=20, project="load", review_status="pending"))


def test_a_stopped_broker_costs_an_audit_nothing(instance, browsers, callbacks):
    work = begin(instance, browsers[0])
    with instance.stopped("valkey"):
        judged = judge_quickly(browsers[0], work, 3)
        check_pages_open(browsers[1])
        assert browsers[0].get("/readyz").json()["checks"]["broker"] != "ok"
    attempts = wait_for_callbacks(instance, callbacks, judged)
    assert [len(made) for made in attempts.values()] == [1] * 3


def test_a_killed_broker_is_started_again_and_nothing_is_lost(instance, browsers, callbacks):
    work, before = begin(instance, browsers[0]), instance.pid("valkey")
    instance.kill("valkey")
    judged = judge_quickly(browsers[0], work, 3)
    instance.wait_for_another("valkey", before)
    wait_for_callbacks(instance, callbacks, judged)
    check_pages_open(browsers[1])


@pytest.mark.faults_long
def test_a_broker_that_is_silent_for_long(instance, browsers, callbacks):
    work = begin(instance, browsers[0])
    with instance.stopped("valkey"):
        judged = judge_quickly(browsers[0], work, 2)
        # Longer than every patience of the worker's with its connections.
        time.sleep(20)
        again = Browser(instance.url, instance.slug).sign_in(*instance.people[0])
        check_pages_open(again)
    back = time.monotonic()
    wait_for_callbacks(instance, callbacks, judged, seconds=30)
    print(f"callbacks {time.monotonic() - back:.1f} s after the broker was back")
