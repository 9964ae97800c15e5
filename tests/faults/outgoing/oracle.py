"""The judge of every fault: a receiver that records all it hears, compared with what was committed."""

import json
from collections import Counter, defaultdict
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from callbacks.signing import secret_from_key
from tests.callbacks.conftest import AUTH_KEY, Receiver, rows
from tests.embedded.conftest import wait_until

COMMITTED = """
SELECT replace(e.id::text, '-', ''), p.url, e.body FROM callbacks_callbackevent e
  JOIN callbacks_delivery d ON d.event_id = e.id JOIN callbacks_endpoint p ON p.id = d.endpoint_id
 WHERE p.url LIKE %s
"""


class Oracle:
    """Over all endpoints below one receiver's address. `secret`: with which every request must verify."""

    def __init__(self, receiver: Receiver, secret: str = "") -> None:
        self.receiver, self.webhook = receiver, Webhook(secret or secret_from_key(AUTH_KEY))

    def committed(self) -> dict[tuple[str, str], bytes]:
        """(webhook-id, path) -> bytes, of everything that has to be delivered here."""
        base = self.receiver.url.rsplit("/", 1)[0]
        return {(event, url.removeprefix(base)): bytes(body) for event, url, body in rows(COMMITTED, f"{base}/%")}

    def heard(self) -> Counter[tuple[str, str]]:
        return Counter((one.headers["webhook-id"], one.path) for one in list(self.receiver.requests))

    def missing(self) -> set[tuple[str, str]]:
        return self.committed().keys() - self.heard().keys()

    def wait_for_all(self, seconds: float = 30) -> None:
        wait_until(lambda: not self.missing(), seconds=seconds, what=f"{len(self.missing())} callbacks")

    @property
    def duplicates(self) -> int:
        return sum(self.heard().values()) - len(self.heard())

    def order_violations(self) -> int:
        """First arrivals of a subject's events at an endpoint that come before an earlier one's."""
        seen: dict[tuple[str, str], list[int]] = defaultdict(list)
        for request in list(self.receiver.requests):
            body = json.loads(request.body)
            queue = seen[request.path, body["task_id"]]
            if body["sequence"] not in queue:
                queue.append(body["sequence"])
        return sum(queue != sorted(queue) for queue in seen.values())

    def check(self, *, most_duplicates: int = 0) -> None:
        """Nothing lost, nothing invented, bytes as committed, every signature good, in order, few twice."""
        committed = self.committed()
        assert self.heard().keys() == committed.keys()
        for request in list(self.receiver.requests):
            assert request.body == committed[request.headers["webhook-id"], request.path]
            self.verify(request)
        assert self.order_violations() == 0
        assert self.duplicates <= most_duplicates, f"{self.duplicates} duplicates"
        print(
            f"{len(committed)} committed, {sum(self.heard().values())} heard, {self.duplicates} twice, 0 out of order"
        )

    def verify(self, request: Any) -> None:
        try:
            self.webhook.verify(request.body, request.headers)
        except WebhookVerificationError as error:
            raise AssertionError(f"{request.path}: {error}") from error
