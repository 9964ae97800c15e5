"""What the receiver was told, compared with what stands in the database."""

import json
from collections import defaultdict

from standardwebhooks import Webhook

from callbacks.signing import secret_from_key
from tests.callbacks.conftest import Receiver, Request
from tests.embedded.conftest import wait_until
from tests.faults.instance import Instance

COMMITTED = """
SELECT replace(e.id::text, '-', ''), e.body FROM callbacks_callbackevent e
 WHERE replace(e.subject_id::text, '-', '') = ANY (%s) AND e.type = ANY (%s)
"""


def told_of(receiver: Receiver, task_id: str) -> list[dict]:
    """The bodies about this task, in the order in which they came."""
    bodies = [json.loads(request.body) for request in list(receiver.requests)]
    return [body for body in bodies if body.get("task_id") == task_id]


def attempts_by_id(receiver: Receiver) -> dict[str, list[Request]]:
    found = defaultdict(list)
    for request in list(receiver.requests):
        found[request.headers["webhook-id"]].append(request)
    return found


def wait_for_callbacks(
    instance: Instance, receiver: Receiver, tasks: list[str], *, seconds: float = 20, type: str = "task.audited"
) -> dict[str, list[Request]]:
    """Every committed event of these tasks arrives, byte by byte; returns the attempts at each."""
    committed = {event: bytes(body) for event, body in instance.rows(COMMITTED, tasks, [type])}
    assert len(committed) >= len(tasks)
    missing = lambda: committed.keys() - attempts_by_id(receiver).keys()  # noqa: E731
    wait_until(lambda: not missing(), seconds=seconds, what=f"callbacks {missing()}")
    attempts = {event: attempts_by_id(receiver)[event] for event in committed}
    assert {event: {request.body for request in made} for event, made in attempts.items()} == {
        event: {body} for event, body in committed.items()
    }
    return attempts


def check_proofs(request: Request, key: str) -> None:
    """The header of the original, and a signature that the reference library accepts."""
    assert request.headers["scale-callback-auth"] == key
    Webhook(secret_from_key(key)).verify(request.body, request.headers)
