"""How many SQL statements a call of the API runs, BEGIN and COMMIT left out; counted in this process."""

from urllib.parse import urlencode

from django.db import connection
from django.test import Client

from benchmarks.api_stage import ApiStage
from benchmarks.goals import Goals

MOST = 6


def count(goals: Goals, stage: ApiStage, filters: dict[str, str], new: dict) -> None:
    client = Client(HTTP_HOST="127.0.0.1", headers={"Authorization": f"Bearer {stage.key}"})
    first = client.get("/v1/tasks?limit=1").json()["docs"][0]  # also notes the key's use
    batch = {"batch": "bench 0 / 1", "project": "bench 0", "limit": "50"}
    calls = {
        "list": lambda: client.get(f"/v1/tasks?{urlencode(filters)}"),
        "list_of_batch": lambda: client.get(f"/v1/tasks?{urlencode(batch)}"),
        "count": lambda: client.get(f"/v1/tasks?{urlencode(filters | {'limit': '1'})}"),
        "get": lambda: client.get(f"/v1/task/{first['task_id']}"),
        "create": lambda: client.post("/v1/task/categorization", new, content_type="application/json"),
        "create_in_batch": lambda: client.post(
            "/v1/task/categorization", new | {"batch": "bench 0 / 1"}, content_type="application/json"
        ),
    }
    for name, call in calls.items():
        seen: list[str] = []
        with connection.execute_wrapper(
            lambda execute, sql, *rest, seen=seen: (seen.append(sql), execute(sql, *rest))[1]
        ):
            answer = call()
        if answer.status_code != 200:
            raise RuntimeError(f"{name}: {answer.status_code} {answer.content[:300]!r}")
        goals.at_most(f"statements_{name}", len(seen), MOST)
