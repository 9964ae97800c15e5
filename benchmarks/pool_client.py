"""Performers as their front end plays them: over HTTP, with a token, on a kept connection."""

import json
from typing import Any

from benchmarks import line
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

    def post(self, path: str, worker: Worker, body: dict[str, Any]) -> dict[str, Any]:
        """The answer's JSON. Raises Refused; RuntimeError for anything else but success."""
        headers = {"Authorization": f"Bearer {worker.token}", "Content-Type": "application/json"}
        status, answer = self.line.ask("POST", f"/api/v1/performer/{path}", json.dumps(body), headers)
        found = json.loads(answer)
        if status in (200, 201):
            return found
        if found.get("code") in REFUSALS:
            raise Refused(found["code"])
        raise RuntimeError(f"{path.rpartition('/')[2]}: {status} {found}"[:300])

    def take(self, worker: Worker, pool_id: str) -> dict[str, Any]:
        return self.post(f"pools/{pool_id}/assignments", worker, {})

    def submit(self, worker: Worker, page: dict[str, Any]) -> dict[str, Any]:
        return self.post(f"assignments/{page['id']}/submit", worker, {"solutions": solutions(page)})

    def submit_and_take(self, worker: Worker, page: dict[str, Any]) -> dict[str, Any] | None:
        """In one call; the next page, None where it was refused."""
        body = {"solutions": solutions(page), "take_next": True}
        return self.post(f"assignments/{page['id']}/submit", worker, body).get("next")

    def skip(self, worker: Worker, page: dict[str, Any]) -> dict[str, Any]:
        return self.post(f"assignments/{page['id']}/skip", worker, {})


def solutions(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"output_values": {"result": "OK"}} for _ in page["tasks"]]
