"""Receivers that fail, hang, and come back."""

import time
from itertools import pairwise

import httpx
import pytest

from tests.callbacks.conftest import answer_status
from tests.embedded.conftest import wait_until
from tests.faults.told import attempts_by_id, told_of, wait_for_callbacks

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]
WORK = {
    "instruction": "Which bird?",
    "attachment_type": "text",
    "attachment": "A duck?",
    "categories": ["duck", "goose"],
}


def complete_one(instance, callback_url: str) -> str:
    """The id of a task that was made and completed over the API."""
    http = httpx.Client(base_url=f"{instance.url}/v1", auth=(instance.environment["LABELOPS_API_KEY"], ""), timeout=20)
    with http:
        made = http.post("/task/categorization", json=WORK | {"callback_url": callback_url})
        assert made.status_code == 200, made.text
        task_id = made.json()["task_id"]
        done = http.post(f"/task/{task_id}/response", json={"response": {"category": "duck"}})
        assert done.status_code == 200, done.text
    return task_id


def test_a_hanging_receiver_does_not_hold_up_another(instance, callbacks):
    given_up = []

    def hang_there(handler, request):
        if request.path.endswith("/hangs"):
            time.sleep(10)
            given_up.append(request.path)
        answer_status(200)(handler, request)

    callbacks.answer = hang_there
    for _ in range(10):
        complete_one(instance, f"{callbacks.url}/hangs")
    # The first of them is being told before the other is there to be told.
    wait_until(lambda: callbacks.requests, seconds=30, what="a receiver that hangs")
    fine = complete_one(instance, f"{callbacks.url}/fine")
    wait_for_callbacks(instance, callbacks, [fine], seconds=30, type="task.completed")
    assert not given_up, "all of them still hang"


@pytest.mark.faults_long
def test_a_receiver_that_fails_twice_hears_the_same_three_times(instance, callbacks):
    def refuse_twice(handler, request):
        answer_status(200 if len(attempts_by_id(callbacks)[request.headers["webhook-id"]]) > 2 else 500)(
            handler, request
        )

    callbacks.answer = refuse_twice
    task_id = complete_one(instance, f"{callbacks.url}/fails")
    wait_until(lambda: len(told_of(callbacks, task_id)) == 3, seconds=60, what="three attempts")
    (made,) = (made for made in attempts_by_id(callbacks).values() if made[0].path.endswith("/fails"))
    assert len({request.body for request in made}) == 1
    assert [request.headers["webhook-attempt"] for request in made] == ["1", "2", "3"]
    assert len({request.headers["webhook-timestamp"] for request in made}) == 3
    waits = [later.at - earlier.at for earlier, later in pairwise(made)]
    assert 4 <= waits[0] <= 6 + 3
    assert 24 <= waits[1] <= 36 + 3
    time.sleep(3)
    assert len(told_of(callbacks, task_id)) == 3
