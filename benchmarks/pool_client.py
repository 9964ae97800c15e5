"""Performers as their front end plays them: over HTTP, with a token, on a kept connection."""

import json
from typing import Any

from benchmarks import line
from benchmarks.players import Ask
from benchmarks.pool_stage import Worker

# What may be answered beside success, and is then the caller's to judge: refused, nothing left, others hold it; and,
# of a pool in which everything is done, that it has closed.
REFUSALS = ("ACCESS_DENIED", "EMPTY_POOL", "THERE_IS_ACTIVE_ASSIGNMENT", "POOL_INAPPROPRIATE_STATUS")


class Refused(Exception):
    """`code` is one of REFUSALS."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Line:
    """One kept connection to the web server; several performers may share it, one after the other."""

    def __init__(self) -> None:
        self.line = line.Line()

    def post(self, ask: Ask) -> dict[str, Any]:
        """The answer's JSON. Raises Refused; RuntimeError for anything else but success."""
        return found_in(self.line.ask(*ask))

    def take(self, worker: Worker, pool_id: str) -> dict[str, Any]:
        return self.post(take(worker, pool_id))

    def submit(self, worker: Worker, page: dict[str, Any]) -> dict[str, Any]:
        return self.post(submit(worker, page))

    def submit_and_take(self, worker: Worker, page: dict[str, Any]) -> dict[str, Any] | None:
        """In one call; the next page, None where it was refused."""
        return self.post(submit(worker, page, take_next=True)).get("next")

    def skip(self, worker: Worker, page: dict[str, Any]) -> dict[str, Any]:
        return self.post(call(f"assignments/{page['id']}/skip", worker, {}))


def call(path: str, worker: Worker, body: dict[str, Any]) -> Ask:
    headers = {"Authorization": f"Bearer {worker.token}", "Content-Type": "application/json"}
    return "POST", f"/api/v1/performer/{path}", json.dumps(body), headers


def take(worker: Worker, pool_id: str) -> Ask:
    return call(f"pools/{pool_id}/assignments", worker, {})


def submit(worker: Worker, page: dict[str, Any], **more: bool) -> Ask:
    return call(f"assignments/{page['id']}/submit", worker, {"solutions": solutions(page), **more})


def found_in(answer: tuple[int, bytes]) -> dict[str, Any]:
    status, body = answer
    found = json.loads(body)
    if status in (200, 201):
        return found
    if found.get("code") in REFUSALS:
        raise Refused(found["code"])
    raise RuntimeError(f"{status} {found}"[:300])


def solutions(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"output_values": {"result": "OK"}} for _ in page["tasks"]]
