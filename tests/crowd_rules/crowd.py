"""The standing cast of the crowd tests: one organization, a project of free tasks, pools and performers."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from audits.models import Performer, Project
from audits.services.projects import create_project
from crowd_rules.models import Assignment, Pool, Restriction, Skill
from crowd_rules.services.hand_out import Issued, skip_assignment, submit_assignment, take_assignment
from crowd_rules.services.performers import create_performer
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks
from crowd_rules.services.pools import PoolSettings, create_pool, open_pool
from crowd_rules.services.rules import set_rules
from crowd_rules.services.skills import SkillSettings, create_skill
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization, User
from labelops.tenancy.scope import organization_scope
from labelops.tenancy.services.organizations import create_organization
from labelops.tenancy.services.people import create_user


def rule(*conditions: tuple[str, str, Any], action: str, **parameters: Any) -> dict[str, Any]:
    return {
        "conditions": [{"key": key, "operator": operator, "value": value} for key, operator, value in conditions],
        "action": {"type": action, "parameters": parameters},
    }


def config(collector: str, *rules: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    return {"collector_config": {"type": collector, "parameters": parameters}, "rules": list(rules)}


def suspend(*conditions: tuple[str, str, Any], days: int = 5, scope: str = "POOL", **more: Any) -> dict[str, Any]:
    return rule(*conditions, action="RESTRICTION_V2", scope=scope, duration=days, duration_unit="DAYS", **more)


@dataclass
class Crowd:
    """`performers` by name; every call opens its own scope, as a request does."""

    organization: Organization
    owner: User
    project: Project
    performers: dict[str, Performer] = field(default_factory=dict)

    def scope(self) -> Any:
        return organization_scope(self.organization.pk)

    def performer(self, name: str) -> Performer:
        if name not in self.performers:
            with self.scope():
                account, _ = create_performer(
                    organization=self.organization, actor=self.owner, name=name, now=timezone.now()
                )
                self.performers[name] = account.performer
        return self.performers[name]

    def pool(self, *, tasks: int = 5, controls: int = 0, rules: list[dict[str, Any]] = (), **settings: Any) -> Pool:
        """An open pool; task n is `{"n": n}`, control n is `{"control": n}` and its solution `{"result": "OK"}`."""
        given = {"private_name": "pool", "reward": Decimal("0.02"), **settings}
        with self.scope():
            pool = create_pool(project=self.project, actor=self.owner, settings=PoolSettings(**given), seed=7,
                               now=timezone.now())  # fmt: skip
            pool.organization = self.organization
            new = [NewPoolTask(input_values={"n": number}) for number in range(tasks)]
            known = [{"output_values": {"result": "OK"}}]
            new += [NewPoolTask({"control": number}, known_solutions=known) for number in range(controls)]
            if new:
                add_tasks(pool=pool, actor=self.owner, tasks=new, now=timezone.now())
                open_pool(pool=pool, actor=self.owner, now=timezone.now())
            self.rule(pool, *rules)
        return pool

    def rule(self, pool: Pool, *configs: dict[str, Any]) -> None:
        with self.scope():
            set_rules(project=self.project, pool=pool, actor=self.owner, configs=list(configs), now=timezone.now())

    def skill(self, name: str = "skill") -> Skill:
        with self.scope():
            return create_skill(organization=self.organization, actor=self.owner, settings=SkillSettings(name=name),
                                now=timezone.now())  # fmt: skip

    def take(self, name: str, pool: Pool) -> Issued:
        with self.scope():
            return take_assignment(organization=self.organization, performer=self.performer(name), pool_id=pool.pk)

    def submit(self, name: str, issued: Issued, answer: Any = "OK") -> Assignment:
        """`answer` for all tasks, or a function of a task's input values."""
        outputs = [
            {"output_values": {"result": answer(task.input_values) if callable(answer) else answer}}
            for task in issued.tasks
        ]
        with self.scope():
            return submit_assignment(
                organization=self.organization, performer=self.performer(name), assignment_id=issued.assignment.pk,
                solutions=outputs, now=timezone.now(),
            ).assignment  # fmt: skip

    def do(self, name: str, pool: Pool, answer: Any = "OK") -> Assignment:
        return self.submit(name, self.take(name, pool), answer)

    def skip(self, name: str, pool: Pool) -> Assignment:
        issued = self.take(name, pool)
        with self.scope():
            return skip_assignment(organization=self.organization, performer=self.performer(name),
                                   assignment_id=issued.assignment.pk, now=timezone.now()).assignment  # fmt: skip

    def restrictions(self, name: str) -> list[Restriction]:
        with self.scope():
            rows = Restriction.objects.for_organization(self.organization).filter(performer=self.performer(name))
            return list(rows.order_by("id"))

    def value(self, name: str, skill: Skill) -> Decimal | None:
        with self.scope():
            held = skill.values.filter(performer=self.performer(name)).first()
            return held.exact_value if held else None

    def let_pass(self, **time: float) -> None:
        """Everything that is written down becomes this much older: the clock of the database cannot be turned."""
        with self.scope(), connection.cursor() as cursor:
            for table, columns in MOMENTS.items():
                changes = ", ".join(f"{column} = {column} - %(by)s" for column in columns)
                cursor.execute(f"UPDATE {table} SET {changes}", {"by": timedelta(**time)})


MOMENTS = {
    "crowd_rules_restriction": ["until", "created_at", "lifted_at"],
    "crowd_rules_assignment": ["created_at", "expires_at", "submitted_at", "accept_by", "accepted_at", "rejected_at"],
    "crowd_rules_counter": ["fresh_from"],
    "crowd_rules_performerskill": ["created_at", "modified_at"],
}


def make_crowd(*names: str) -> Crowd:
    mark = uuid7().hex[-8:]
    owner = create_user(email=f"owner@{mark}.example", password="a long password")
    organization = create_organization(name=f"Crowd {mark}", slug=f"crowd-{mark}", owner=owner, now=timezone.now())
    with organization_scope(organization.pk):
        project = create_project(organization=organization, actor=owner, name="birds", type="custom", params={},
                                 now=timezone.now())  # fmt: skip
    project.organization = organization
    crowd = Crowd(organization, owner, project)
    for name in names:
        crowd.performer(name)
    return crowd


def hex_of(value: UUID) -> str:
    return value.hex
