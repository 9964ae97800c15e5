"""The demo's crowd: an opinion poll in a pool with the seed's rule, some performers, one of them shut out."""

import random
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from audits.models import Performer, Project
from audits.services.projects import create_project
from crowd_rules.models import Pool, Skill
from crowd_rules.services.hand_out import skip_assignment, submit_assignment, take_assignment
from crowd_rules.services.performers import Profile, create_performer
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks
from crowd_rules.services.pools import PoolSettings, create_pool, open_pool
from crowd_rules.services.review import accept_assignment
from crowd_rules.services.rules import set_rules
from crowd_rules.services.skills import SkillSettings, create_skill
from labelops.tenancy.models import Membership, Organization, User
from labelops.tenancy.permissions import Role
from labelops.tenancy.scope import organization_scope, system_scope

SLUG = "demo"
PROJECT = "Opinion poll"
ANSWERS = ["agree", "disagree", "no opinion"]
STATEMENTS = [
    "Public transport should cost nothing.", "Shops should be closed on Sundays.", "Cities need more trees.",
    "Four working days are enough.", "School should begin at nine.", "Letters should be delivered daily.",
]  # fmt: skip
REASONS = (
    "Those in favour say that it would help people with little money most, that it is simple to put into practice, and "
    "that other places have had it for years; those against point at the costs and at what would have to be given up.",
    "",
)
CONTROLS = ["Choose “agree” to show that you read this.", "Choose “disagree” to show that you read this."]
# How many pages each has done, how carefully, and how many in a row they have skipped.
PERFORMERS = (
    ("poll-01", "DE", 5, 0.97, 0), ("poll-02", "FR", 4, 0.95, 1), ("poll-03", "DE", 4, 0.9, 0),
    ("poll-04", "US", 3, 0.4, 0), ("poll-05", "GB", 1, 0.8, 2), ("poll-06", "DE", 2, 0.95, 0),
)  # fmt: skip
REVIEWED = 9


@transaction.atomic
def create_crowd_demo(*, now: datetime) -> bool:
    """In the organization of `create_demo`; False where there is none, or where it has a pool already."""
    with system_scope("command line"):
        demo = Organization.objects.filter(slug=SLUG, is_demo=True).first()
    if demo is None:
        return False
    with organization_scope(demo.pk):
        if Pool.objects.for_organization(demo).exists():
            return False
        owner = Membership.objects.for_organization(demo).select_related("user").get(role=Role.OWNER).user
        _Demo(demo, owner, now).make()
    return True


@dataclass
class _Demo:
    organization: Organization
    owner: User
    now: datetime

    def make(self) -> None:
        pool = self._pool(self._project())
        skill = create_skill(organization=self.organization, actor=self.owner, now=self.now,
                             settings=SkillSettings(name="Reads with care", hidden=False))  # fmt: skip
        set_rules(project=pool.project, pool=pool, actor=self.owner, configs=rules(skill), now=self.now)
        open_pool(pool=pool, actor=self.owner, now=self.now)
        chance = random.Random(20261122)  # noqa: S311
        done = [one for person in PERFORMERS for one in self._work(pool, chance, *person)]
        for assignment in done[:REVIEWED]:
            accept_assignment(organization=self.organization, actor=self.owner, assignment_id=assignment,
                              public_comment="", now=self.now)  # fmt: skip

    def _project(self) -> Project:
        params = {"instruction": "Generated demo data. Read the statement to its end, then say what you think of it.",
                  "attachment_type": "text", "categories": ANSWERS}  # fmt: skip
        project = create_project(organization=self.organization, actor=self.owner, name=PROJECT, type="categorization",
                                 params=params, now=self.now)  # fmt: skip
        project.organization = self.organization
        return project

    def _pool(self, project: Project) -> Pool:
        settings = PoolSettings(
            private_name="Opinion poll, first round", public_description="Say what you think of some statements.",
            reward=Decimal("0.06"), real_tasks_count=3, golden_tasks_count=1, default_overlap=3, keep_task_order=True,
            auto_accept_solutions=False, auto_accept_period_day=7, show_audits=True, aggregation_threshold=2,
        )  # fmt: skip
        pool = create_pool(project=project, actor=self.owner, settings=settings, now=self.now, seed=20261122)
        pool.organization, pool.project = self.organization, project
        add_tasks(pool=pool, actor=self.owner, tasks=list(_tasks()), now=self.now)
        return pool

    def _work(
        self, pool: Pool, chance: random.Random, name: str, country: str, pages: int, care: float, skips: int
    ) -> Any:
        profile = Profile(country=country, languages=["EN"])
        account, _token = create_performer(organization=self.organization, actor=self.owner, name=name, now=self.now,
                                           profile=profile)  # fmt: skip
        for _page in range(pages):
            yield self._submit(pool, account.performer, chance, care)
        for _skip in range(skips):
            issued = take_assignment(organization=self.organization, performer=account.performer, pool_id=pool.pk)
            skip_assignment(organization=self.organization, performer=account.performer,
                            assignment_id=issued.assignment.pk, now=self.now)  # fmt: skip

    def _submit(self, pool: Pool, performer: Performer, chance: random.Random, care: float) -> Any:
        issued = take_assignment(organization=self.organization, performer=performer, pool_id=pool.pk)
        solutions = [{"output_values": {"category": _answer(one.input_values, chance, care)}} for one in issued.tasks]
        submit_assignment(organization=self.organization, performer=performer, assignment_id=issued.assignment.pk,
                          solutions=solutions, now=self.now)  # fmt: skip
        return issued.assignment.pk


def _tasks() -> list[NewPoolTask]:
    found = []
    for number in range(36):
        statement = f"{number + 1}. {STATEMENTS[number % len(STATEMENTS)]} {REASONS[number % 5 % 2] * (number % 3 + 1)}"
        found.append(NewPoolTask(input_values={"attachment": statement.strip()}))
    for number in range(8):
        text, solution = f"{CONTROLS[number % 2]} ({number + 1})", {"category": ANSWERS[number % 2]}
        found.append(NewPoolTask(input_values={"attachment": text}, known_solutions=[{"output_values": solution}]))
    return found


def _answer(params: dict[str, Any], chance: random.Random, care: float) -> str:
    """A control task tells what to choose; opinions lean to one side."""
    text = params["attachment"]
    wanted = next((one for one in ANSWERS[:2] if f"“{one}”" in text), ANSWERS[len(text) % 2])
    return wanted if chance.random() < care else chance.choice([one for one in ANSWERS if one != wanted])


def rules(skill: Skill) -> list[dict[str, Any]]:
    """The seed's example; a skill out of the control tasks; and a rule on fast responses, on paper only."""
    five_days = {"scope": "POOL", "duration": 5, "duration_unit": "DAYS", "private_comment": "Picks the short ones"}
    one_day = {"scope": "POOL", "duration": 1, "duration_unit": "DAYS"}
    computed = {"skill_id": skill.pk.hex, "from_field": "correct_answers_rate"}
    return [
        _config("SKIPPED_IN_ROW_ASSIGNMENTS", {}, ("skipped_in_row_count", 2), "RESTRICTION_V2", five_days),
        _config("GOLDEN_SET", {"history_size": 10}, ("total_answers_count", 2),
                "SET_SKILL_FROM_OUTPUT_FIELD", computed),
        _config("ASSIGNMENT_SUBMIT_TIME", {"history_size": 5, "fast_submit_threshold_seconds": 10},
                ("fast_submitted_count", 3), "RESTRICTION_V2", one_day, shadow=True),
    ]  # fmt: skip


def _config(
    collector: str, parameters: dict[str, Any], condition: tuple[str, int], action: str, given: dict[str, Any],
    *, shadow: bool = False,
) -> dict[str, Any]:  # fmt: skip
    key, value = condition
    rule = {"conditions": [{"key": key, "operator": "GTE", "value": value}],
            "action": {"type": action, "parameters": given}, "shadow": shadow}  # fmt: skip
    return {"collector_config": {"type": collector, "parameters": parameters}, "rules": [rule]}
