"""Pools from their creation to their archive."""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.models import Project
from crowd_rules.engine.actions import ACTIONS
from crowd_rules.engine.filters import filter_problems, skill_conditions
from crowd_rules.engine.reading import identifier
from crowd_rules.models import Assignment, AuditFeed, Pool, PoolTask, Rule, Skill
from crowd_rules.services.placing import place_anew
from crowd_rules.services.refusals import EmptyPool, WorkInHand, WorkUndecided, WrongPoolStatus
from crowd_rules.services.rulebooks import keep_rulebooks
from crowd_rules.services.sentences import in_words
from crowd_rules.services.skill_book import SkillSettings, create_skill
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Organization, User

OVERLAPS = (1, 30_000)
NO_SUCH_POOL = gettext_lazy("There is no such pool.")
# In a training's `settings`: the id of the skill that it sets.
TRAINING_SKILL = "training_skill"
# Changing one of these moves tasks to another place in the order.
ORDER = {"keep_task_order"}


@dataclass(frozen=True)
class PoolSettings:
    """What a requester decides about a pool; the names are the model's, `rest` the wire's fields without a column.

    `reward` in dollars per assignment, `auto_accept_period_day` 1 to 21 where `auto_accept_solutions` is off.
    """

    private_name: str
    reward: Decimal = Decimal(0)
    type: str = Pool.Type.REGULAR
    private_comment: str = ""
    public_description: str = ""
    public_instructions: str = ""
    may_contain_adult_content: bool = False
    priority: int = 0
    will_expire: datetime | None = None
    assignment_max_duration_seconds: int = 600
    auto_close_after_complete_delay_seconds: int = 0
    default_overlap: int = 1
    allow_skip: bool = True
    mixing: bool = True
    real_tasks_count: int = 1
    golden_tasks_count: int = 0
    training_tasks_count: int = 0
    min_real_tasks_count: int = 1
    min_golden_tasks_count: int = 0
    min_training_tasks_count: int = 0
    keep_task_order: bool = False
    shuffle_tasks_in_task_suite: bool = True
    auto_accept_solutions: bool = True
    auto_accept_period_day: int | None = None
    show_audits: bool = False
    filter: dict[str, Any] = field(default_factory=dict)
    training_pool_id: UUID | None = None
    training_passing_skill_value: int | None = None
    aggregation: str = Pool.Aggregation.MAJORITY
    aggregation_threshold: int = 1
    rest: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, pool: Pool) -> "PoolSettings":
        """As the pool has them: for a form, for a clone, for `replace(...)`."""
        names = [name for name in cls.__dataclass_fields__ if name != "rest"]
        return cls(**{name: getattr(pool, name) for name in names}, rest=pool.settings)

    @property
    def columns(self) -> dict[str, Any]:
        values = asdict(self)
        values["settings"] = values.pop("rest")
        return values


@transaction.atomic(savepoint=False)
def create_pool(
    *, project: Project, actor: User | None, settings: PoolSettings, now: datetime, seed: int | None = None
) -> Pool:
    """A closed, empty pool. `seed` fixes its shuffles. Raises InvalidInput (fields by their names)."""
    check_settings(settings, project)
    columns = settings.columns
    if settings.type == Pool.Type.TRAINING:
        columns["settings"] = {**settings.rest, TRAINING_SKILL: _training_skill(project, actor, now)}
    seed = secrets.randbits(62) if seed is None else seed
    pool = Pool.objects.create(
        organization_id=project.organization_id, project=project, seed=seed, created_at=now, **columns
    )
    # From the first pool on audits are read back into the rules.
    AuditFeed.objects.get_or_create(organization_id=project.organization_id, defaults={"position": uuid7()})
    _record(EventType.POOL_CREATED, pool, actor, now, after={"name": pool.private_name})
    return pool


def _training_skill(project: Project, actor: User | None, now: datetime) -> str:
    """Id of the skill that the project's trainings set: the share of right first answers. Made with the first."""
    name = f"{(project.public_name or project.name)[:240]} - training"
    skill = Skill.objects.filter(organization_id=project.organization_id, name=name).first()
    if skill is None:
        settings = SkillSettings(name=name, training=True)
        skill = create_skill(organization=project.organization, actor=actor, settings=settings, now=now)
    return str(skill.pk)


@transaction.atomic(savepoint=False)
def update_pool(
    *, pool: Pool, actor: User | None, settings: PoolSettings, now: datetime, keeps_rules: bool = True
) -> Pool:
    """Give a pool that is not open new settings; `keeps_rules`: false where new ones come along, and are judged then.

    Raises WrongPoolStatus, InvalidInput.
    """
    held = hold_pool(pool.organization, pool.pk)
    if held.status != Pool.Status.CLOSED:
        raise WrongPoolStatus(_("Close the pool before you change it."), appropriate=("CLOSED",))
    check_settings(settings, held.project)
    if keeps_rules and settings.auto_accept_solutions:
        _check_no_rule_reviews(held)
    columns = settings.columns
    if TRAINING_SKILL in held.settings:
        columns["settings"] = {**columns["settings"], TRAINING_SKILL: held.settings[TRAINING_SKILL]}
    before = {name: getattr(held, name) for name in columns}
    changed = {name: value for name, value in columns.items() if before[name] != value}
    if {"type", "mixing"} & changed.keys() and PoolTask.objects.filter(pool=held).exists():
        raise InvalidInput(fields={"mixing": _("The pool has tasks already: mixing and type stay as they are.")})
    for name, value in changed.items():
        setattr(held, name, value)
    held.save(update_fields=list(changed))
    if ORDER & changed.keys():
        place_anew(held)
    _record(EventType.POOL_CHANGED, held, actor, now, before={n: str(before[n]) for n in changed},
            after={name: str(value) for name, value in changed.items()})  # fmt: skip
    return held


@transaction.atomic(savepoint=False)
def open_pool(*, pool: Pool, actor: User | None, now: datetime, reason: str = "") -> bool:
    """Offer the pool's tasks; False where it was open. `reason` is for the history.

    Raises EmptyPool, WrongPoolStatus (archived, over).
    """
    held = hold_pool(pool.organization, pool.pk)
    if held.status == Pool.Status.OPEN:
        return False
    if held.status == Pool.Status.ARCHIVED or held.is_over(now):
        raise WrongPoolStatus(_("An archived or expired pool cannot be opened."), appropriate=("CLOSED",))
    if not PoolTask.objects.for_organization(held.organization).filter(pool=held).exists():
        raise EmptyPool
    _move(held, Pool.Status.OPEN, last_started_at=now)
    keep_rulebooks(organization=held.organization, project_id=held.project_id, pools=[held.pk])
    _record(EventType.POOL_OPENED, held, actor, now, **({"after": {"reason": reason}} if reason else {}))
    return True


@transaction.atomic(savepoint=False)
def close_pool(*, pool: Pool, actor: User | None, now: datetime, reason: str = Pool.CloseReason.MANUAL) -> bool:
    """Offer nothing more; what is in hand may be finished. False where it was closed. Raises WrongPoolStatus."""
    held = hold_pool(pool.organization, pool.pk)
    if held.status == Pool.Status.CLOSED:
        return False
    if held.status == Pool.Status.ARCHIVED:
        raise WrongPoolStatus(_("The pool is archived."), appropriate=("OPEN",))
    _move(held, Pool.Status.CLOSED, last_stopped_at=now, last_close_reason=reason)
    _record(EventType.POOL_CLOSED, held, actor, now, after={"reason": reason})
    return True


@transaction.atomic(savepoint=False)
def archive_pool(*, pool: Pool, actor: User | None, now: datetime) -> bool:
    """Close for good: no status in it changes any more. False where it was archived.

    Raises WrongPoolStatus (open), WorkInHand, WorkUndecided: what somebody has done would never be paid else.
    """
    held = hold_pool(pool.organization, pool.pk, alone=True)
    if held.status == Pool.Status.ARCHIVED:
        return False
    if held.status == Pool.Status.OPEN:
        raise WrongPoolStatus(_("Close the pool before you archive it."), appropriate=("CLOSED",))
    given = Assignment.objects.for_organization(held.organization).filter(pool=held)
    if given.filter(status=Assignment.Status.ACTIVE, expires_at__gt=Now()).exists():
        raise WorkInHand
    if given.filter(status=Assignment.Status.SUBMITTED).exists():
        raise WorkUndecided
    _move(held, Pool.Status.ARCHIVED)
    _record(EventType.POOL_ARCHIVED, held, actor, now)
    return True


def find_pool(*, organization: Organization, pool_id: Any) -> Pool:
    """Raises NotFound."""
    pool = Pool.objects.for_organization(organization).with_project().filter(pk=pool_id).first()
    if pool is None:
        raise NotFound(NO_SUCH_POOL)
    pool.organization = organization
    return pool


def hold_pool(organization: Organization, pool_id: Any, *, alone: bool = False) -> Pool:
    """The pool, its row locked until the transaction ends. Raises NotFound.

    Whoever writes a row that names the pool goes on meanwhile, for two who do may both want to hold it next; with
    `alone` they are waited for.
    """
    pools = Pool.objects.for_organization(organization).select_related("project")
    pool = pools.select_for_update(of=("self",), no_key=not alone).filter(pk=pool_id).first()
    if pool is None:
        raise NotFound(NO_SUCH_POOL)
    pool.organization = organization
    return pool


def _move(pool: Pool, status: str, **values: Any) -> None:
    for name, value in {"status": status, **values}.items():
        setattr(pool, name, value)
    pool.save(update_fields=["status", *values])


def check_settings(settings: PoolSettings, project: Project) -> None:
    """Raises InvalidInput with a sentence for each field that cannot be so."""
    fields = dict(_wrong_numbers(settings))
    if not settings.private_name.strip():
        fields["private_name"] = _("Give the pool a name.")
    if settings.reward < 0:
        fields["reward"] = _("A reward cannot be negative.")
    if settings.auto_accept_solutions is False and not 1 <= (settings.auto_accept_period_day or 0) <= 21:
        fields["auto_accept_period_day"] = _("Say after how many days, 1 to 21, answers are accepted by themselves.")
    if settings.aggregation not in Pool.Aggregation.values:
        fields["aggregation"] = _("Choose how answers become a response.")
    if settings.training_pool_id and not _is_training(settings.training_pool_id, project):
        fields["training_pool_id"] = _("There is no such training.")
    if settings.training_pool_id and settings.training_passing_skill_value is None:
        fields["training_passing_skill_value"] = _("Say which skill value passes the training.")
    problems = filter_problems(settings.filter)
    fields |= {path: in_words(sentence) for path, sentence in problems.items()}
    if not problems:
        fields |= _unknown_skills(settings.filter, project)
    if fields:
        raise InvalidInput(fields=fields)


def _unknown_skills(filter: dict[str, Any], project: Project) -> dict[str, str]:
    """By path; a condition on a skill that is nobody's would let nobody in, and nobody would know why."""
    asked = {path: identifier(key) for path, key in skill_conditions(filter)}
    skills = Skill.objects.filter(organization_id=project.organization_id, pk__in=set(asked.values()) - {None})
    known = set(skills.values_list("pk", flat=True)) if asked else set()
    return {path: _("There is no such skill.") for path, skill_id in asked.items() if skill_id not in known}


def _check_no_rule_reviews(pool: Pool) -> None:
    actions = [name for name, action in ACTIONS.items() if action.needs_review]
    standing = Rule.objects.filter(organization_id=pool.organization_id, collector__pool=pool, retired_at=None)
    if standing.filter(collector__retired_at=None, action__type__in=actions).exists():
        raise InvalidInput(fields={"auto_accept_solutions": _(
            "A rule of this pool accepts or rejects answers: retire it first. It needs non-automatic acceptance."
        )})  # fmt: skip


def _is_training(pool_id: UUID, project: Project) -> bool:
    pools = Pool.objects.filter(organization_id=project.organization_id, type=Pool.Type.TRAINING)
    return pools.filter(pk=pool_id).exists()


RANGES: dict[str, tuple[int, int]] = {
    "assignment_max_duration_seconds": (5, 2**31 - 1),
    "auto_close_after_complete_delay_seconds": (0, 259_200),
    "default_overlap": OVERLAPS,
    "priority": (-100, 100),
    "training_passing_skill_value": (0, 100),
    "aggregation_threshold": OVERLAPS,
    **{f"{least}{kind}_tasks_count": (0, 500) for kind in ("real", "golden", "training") for least in ("", "min_")},
}


def _wrong_numbers(settings: PoolSettings) -> list[tuple[str, str]]:
    wrong = []
    for name, (least, most) in RANGES.items():
        value = getattr(settings, name)
        if value is not None and not least <= value <= most:
            wrong.append((name, _("A number from %(least)s to %(most)s.") % {"least": least, "most": most}))
    return wrong


def _record(type: EventType, pool: Pool, actor: User | None, now: datetime, **changes: Any) -> None:
    record_event(type, organization=pool.organization, actor=actor, now=now, subject_id=pool.pk, **changes)
