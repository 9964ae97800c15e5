"""Where the scenarios take place: runs in the official client's own environment, knows nothing of the product.

Requesters speak through `toloka-kit`, performers through the calls that their own front end would make.
"""

import datetime
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import toloka.client as toloka
from toloka.client import actions, collectors, conditions

_number = itertools.count(1)
YEAR = datetime.timedelta(days=365)


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def fresh(word: str) -> str:
    return f"{word} {os.getpid()}-{next(_number)}"


class Refused(Exception):
    def __init__(self, answer: httpx.Response) -> None:
        self.status, self.body = answer.status_code, answer.json()
        super().__init__(f"{self.status}: {self.body}")


def refusal(call: Callable[[], Any], kind: type[Exception] = Refused) -> Any:
    """The error of this kind that the call ends in."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


@dataclass
class Worker:
    """A performer at their own front end."""

    url: str
    id: str
    token: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        address = f"{self.url}/api/v1/performer/{path}"
        answer = httpx.request(method, address, json=body, headers=headers, timeout=30)
        if answer.status_code >= 400:
            raise Refused(answer)
        return answer.json()

    def pools(self) -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in self.call("GET", "pools")["items"]}

    def take(self, pool: Any) -> dict[str, Any]:
        return self.call("POST", f"pools/{pool.id}/assignments")

    def submit(self, issued: dict[str, Any], answer: Any = "OK") -> dict[str, Any]:
        """`answer`: for all tasks, or a function of a task's input values."""
        outputs = [answer(task["input_values"]) if callable(answer) else answer for task in issued["tasks"]]
        body = {"solutions": [{"output_values": {"result": one}} for one in outputs]}
        return self.call("POST", f"assignments/{issued['id']}/submit", body)

    def do(self, pool: Any, answer: Any = "OK") -> dict[str, Any]:
        return self.submit(self.take(pool), answer)

    def skip(self, pool: Any) -> dict[str, Any]:
        return self.call("POST", f"assignments/{self.take(pool)['id']}/skip")


@dataclass
class Place:
    url: str
    key: str
    client: toloka.TolokaClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = toloka.TolokaClient(self.key, url=self.url)

    def worker(self) -> Worker:
        headers = {"Authorization": f"OAuth {self.key}"}
        made = httpx.post(f"{self.url}/api/v1/performers", json={"name": fresh("worker")}, headers=headers, timeout=30)
        assert made.status_code == 201, made.text
        return Worker(self.url, **made.json())

    def project(self, **more: Any) -> toloka.Project:
        spec = toloka.project.task_spec.TaskSpec(
            input_spec={"n": toloka.project.IntegerSpec(required=False)},
            output_spec={"result": toloka.project.StringSpec()},
            view_spec=toloka.project.ClassicViewSpec(markup="<p>{{n}}</p>", styles="", script=""),
        )
        given = {"public_name": fresh("birds"), "public_description": "Which bird?", "public_instructions": "Look.",
                 "task_spec": spec, **more}  # fmt: skip
        return self.client.create_project(toloka.Project(**given))

    def new_pool(self, project: toloka.Project, *, real: int = 1, golden: int = 0, **more: Any) -> toloka.Pool:
        """Not created yet."""
        given = {
            "project_id": project.id, "private_name": fresh("pool"), "may_contain_adult_content": False,
            "will_expire": now() + YEAR, "reward_per_assignment": 0.02, "assignment_max_duration_seconds": 600,
            "defaults": toloka.Pool.Defaults(default_overlap_for_new_tasks=1, default_overlap_for_new_task_suites=1),
            **more,
        }  # fmt: skip
        pool = toloka.Pool(**given)
        pool.set_mixer_config(real_tasks_count=real, golden_tasks_count=golden, training_tasks_count=0)
        return pool

    def fill(self, pool: toloka.Pool, *, real: int = 0, golden: int = 0) -> toloka.Pool:
        """Open, with tasks 0, 1, …; a control task's only right answer is OK."""
        tasks = [toloka.Task(pool_id=pool.id, input_values={"n": number}) for number in range(real)]
        known = [toloka.Task.KnownSolution(output_values={"result": "OK"}, correctness_weight=1)]
        tasks += [
            toloka.Task(pool_id=pool.id, input_values={"n": number}, known_solutions=known, infinite_overlap=True)
            for number in range(golden)
        ]
        self.client.create_tasks(tasks, allow_defaults=True)
        return self.client.open_pool(pool.id)

    def skill(self) -> toloka.Skill:
        return self.client.create_skill(name=fresh("skill"), hidden=True)

    def value(self, worker: Worker, skill: toloka.Skill) -> Any:
        """The exact value, None where there is none."""
        held = list(self.client.get_user_skills(user_id=worker.id, skill_id=skill.id))
        return held[0].exact_value if held else None

    def restrictions(self, worker: Worker) -> list[Any]:
        return list(self.client.get_user_restrictions(user_id=worker.id))


def suspend(days: int = 5, scope: str = "POOL", **more: Any) -> actions.RestrictionV2:
    return actions.RestrictionV2(scope=scope, duration=days, duration_unit="DAYS", **more)


def from_rate(skill: toloka.Skill) -> actions.SetSkillFromOutputField:
    return actions.SetSkillFromOutputField(skill_id=skill.id, from_field="correct_answers_rate")


__all__ = ["Place", "Refused", "Worker", "actions", "collectors", "conditions", "fresh", "from_rate", "now", "refusal",
           "suspend", "toloka"]  # fmt: skip
