"""Where the rows of the crowd's lists come from: the same query sets, filters and figures as their pages."""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject
from django.http import QueryDict

from audits.models import Performer
from crowd_rules.models import (
    Assignment,
    PerformerAccount,
    PerformerPool,
    PerformerSkill,
    Pool,
    Restriction,
    Reward,
    Skill,
    Solution,
    pools_of,
)
from crowd_rules.services.controls import control_figures, controls_of, is_retired
from crowd_rules.services.pool_figures import progress_of
from crowd_rules.services.pools import find_pool
from crowd_rules.services.skill_reads import uses_of
from crowd_rules.services.standing import COUNTS
from crowd_rules.views.people.lists import (
    PerformerFilter,
    RestrictionFilter,
    ReviewFilter,
    RewardFilter,
    SkillFilter,
    SkillValueFilter,
)
from crowd_rules.views.pools.lists import ControlFilter, PoolFilter
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Membership
from reports.exporting.columns import Column, Kind

POOL_KEYS = frozenset(PoolFilter.base_fields)
CONTROL_KEYS = frozenset(ControlFilter.base_fields) | {"pool"}
PERFORMER_KEYS = frozenset(PerformerFilter.base_fields)
SKILL_KEYS = frozenset(SkillFilter.base_fields)
SKILL_VALUE_KEYS = frozenset(SkillValueFilter.base_fields)
RESTRICTION_KEYS = frozenset(RestrictionFilter.base_fields)
REVIEW_KEYS = frozenset(ReviewFilter.base_fields)
REWARD_KEYS = frozenset(RewardFilter.base_fields)
AT, WHOLE, NUMBER, FLAG = Kind.TIME, Kind.WHOLE, Kind.NUMBER, Kind.FLAG
AT_ONCE = 200

POOLS = (
    Column("pool_id", Kind.ID), Column("name"), Column("project"), Column("type"), Column("status"),
    Column("tasks", WHOLE), Column("tasks_done", WHOLE), Column("answers", WHOLE), Column("answers_wanted", WHOLE),
    Column("to_review", WHOLE), Column("reward", NUMBER), Column("spent", NUMBER), Column("overlap", WHOLE),
    Column("priority", WHOLE), Column("created_at", AT), Column("opened_at", AT), Column("closed_at", AT),
    Column("completed_at", AT),
)  # fmt: skip


def pools(member: Membership, data: QueryDict) -> Iterator[tuple[Any, ...]]:
    found = PoolFilter(data, projects=[]).of(pools_of(member.organization)).newest_first()
    for some in batched(found.iterator(chunk_size=AT_ONCE), AT_ONCE):
        progress = progress_of(member.organization, list(some))
        for one in some:
            so_far = progress[one.pk]
            yield (one.pk, one.private_name, one.project.name, one.type, one.status, so_far.tasks, so_far.done,
                   so_far.answers, so_far.wanted, so_far.to_review, float(one.reward), float(so_far.spent),
                   one.default_overlap, one.priority, one.created_at, one.last_started_at, one.last_stopped_at,
                   one.completed_at)  # fmt: skip


CONTROLS = (
    Column("task_id", Kind.ID), Column("pool_id", Kind.ID), Column("pool"), Column("kind"),
    Column("input", Kind.JSON), Column("known_solutions", Kind.JSON), Column("shown", WHOLE),
    Column("answered", WHOLE), Column("right", WHOLE), Column("right_low", NUMBER), Column("right_high", NUMBER),
    Column("exposure", NUMBER), Column("by_good", WHOLE), Column("right_by_good", WHOLE), Column("often_wrong"),
    Column("suspicious", FLAG), Column("retired", FLAG), Column("created_at", AT),
)  # fmt: skip


def controls(member: Membership, data: QueryDict) -> Iterator[tuple[Any, ...]]:
    """Of one `pool`, or of all. Shares are from 0 to 1. Raises NotFound."""
    return _controls(_pools(member, data), data)


def _controls(pools: list[Pool], data: QueryDict) -> Iterator[tuple[Any, ...]]:
    for pool in pools:
        matching = ControlFilter(data).of(controls_of(pool), pool).order_by("-id")
        for some in batched(matching.iterator(chunk_size=AT_ONCE), AT_ONCE):
            figures = control_figures(pool, [one.pk for one in some])
            for one in some:
                seen = figures[one.pk]
                low, high = (seen.interval.low, seen.interval.high) if seen.interval else (None, None)
                yield (one.pk, pool.pk, pool.private_name, one.kind, one.input_values, one.known_solutions, seen.shown,
                       seen.answered, seen.right, low, high, seen.exposure, seen.by_good, seen.right_by_good,
                       seen.often_wrong, seen.is_suspicious, is_retired(one), one.created_at)  # fmt: skip


def _pools(member: Membership, data: QueryDict) -> list[Pool]:
    asked = data.get("pool")
    if asked:
        found = [find_pool(organization=member.organization, pool_id=parse_public_id(asked))]
    else:
        found = list(pools_of(member.organization).newest_first())
    for pool in found:
        pool.organization = member.organization
    return found


PERFORMERS = (
    Column("performer_id", Kind.ID, "pk"), Column("performer", source="external_id"),
    Column("name", source="account_name"), Column("restricted", FLAG), *(Column(name, WHOLE) for name in COUNTS),
    Column("skills", Kind.JSON, "skill_values"), Column("since", AT, "created_at"),
)  # fmt: skip


def performers(member: Membership, data: QueryDict) -> QuerySet:
    organization = member.organization
    own = {"organization_id": OuterRef("organization_id"), "performer_id": OuterRef("pk")}
    places = PerformerPool.objects.filter(**own).order_by().values("performer_id")
    accounts = PerformerAccount.objects.filter(**own).values("name")
    values = PerformerSkill.objects.filter(**own).order_by("skill__name").values(
        one=JSONObject(skill="skill__name", value="exact_value", at="modified_at")
    )  # fmt: skip
    found = PerformerFilter(data, organization=organization).of(Performer.objects.for_organization(organization))
    return found.order_by("-id").annotate(
        account_name=Subquery(accounts[:1]), restricted=Exists(Restriction.objects.filter(**own).live()),
        skill_values=ArraySubquery(values),
        **{name: Subquery(places.annotate(total=Sum(name)).values("total")) for name in COUNTS},
    )  # fmt: skip


SKILLS = (
    Column("skill_id", Kind.ID), Column("name"), Column("hidden", FLAG), Column("training", FLAG),
    Column("comment"), Column("performers", WHOLE), Column("last_set_at", AT), Column("pools", Kind.JSON),
    Column("created_at", AT),
)  # fmt: skip


def skills(member: Membership, data: QueryDict) -> Iterator[tuple[Any, ...]]:
    found = SkillFilter(data).of(Skill.objects.for_organization(member.organization)).order_by("-id")
    for some in batched(found.iterator(chunk_size=AT_ONCE), AT_ONCE):
        uses = uses_of(member.organization, list(some))
        for one in some:
            use = uses[one.pk]
            yield (one.pk, one.name, one.hidden, one.training, one.private_comment, use.performers, use.changed,
                   [pool.private_name for pool in use.pools], one.created_at)  # fmt: skip


SKILL_VALUES = (
    Column("skill_id", Kind.ID), Column("skill", source="skill__name"), Column("performer_id", Kind.ID),
    Column("performer", source="performer__external_id"), Column("value", NUMBER, "exact_value"),
    Column("created_at", AT), Column("set_at", AT, "modified_at"),
)  # fmt: skip


def skill_values(member: Membership, data: QueryDict) -> QuerySet:
    mine = PerformerSkill.objects.for_organization(member.organization)
    return SkillValueFilter(data).of(mine).order_by("skill_id", "-exact_value", "-id")


RESTRICTIONS = (
    Column("restriction_id", Kind.ID, "pk"), Column("performer_id", Kind.ID),
    Column("performer", source="performer__external_id"), Column("scope"), Column("pool", source="pool__private_name"),
    Column("project", source="project__name"), Column("reason", source="private_comment"),
    Column("rule_id", Kind.ID, "firing__rule_id"), Column("conditions", Kind.JSON, "firing__conditions"),
    Column("action", Kind.JSON, "firing__action"), Column("figures", Kind.JSON, "firing__figures"),
    Column("created_by", source="created_by__email"), Column("created_at", AT), Column("until", AT),
    Column("lifted_at", AT), Column("lifted_by", source="lifted_by__email"), Column("lift_reason"),
    Column("undone", FLAG),
)  # fmt: skip


def restrictions(member: Membership, data: QueryDict) -> QuerySet:
    mine = Restriction.objects.for_organization(member.organization)
    return RestrictionFilter(data, organization=member.organization).of(mine).newest_first()


REVIEW = (
    Column("assignment_id", Kind.ID, "pk"), Column("pool_id", Kind.ID), Column("pool", source="pool__private_name"),
    Column("project", source="pool__project__name"), Column("performer_id", Kind.ID),
    Column("performer", source="performer__external_id"), Column("status"), Column("reward", NUMBER),
    Column("taken_at", AT, "created_at"), Column("submitted_at", AT), Column("accept_by", AT),
    Column("rejected_at", AT), Column("comment", source="public_comment"), Column("answers", Kind.JSON),
)  # fmt: skip


def review(member: Membership, data: QueryDict) -> QuerySet:
    mine = Assignment.objects.for_organization(member.organization)
    given = Solution.objects.filter(organization_id=OuterRef("organization_id"), assignment_id=OuterRef("pk"))
    answers = given.order_by("position").values(
        one=JSONObject(task_id="pool_task_id", output_values="output_values", correct="is_correct")
    )
    matching = ReviewFilter(data, organization=member.organization).of(mine).order_by("accept_by", "id")
    return matching.annotate(answers=ArraySubquery(answers))


REWARDS = (
    Column("reward_id", Kind.ID, "pk"), Column("at", AT), Column("kind"), Column("amount", NUMBER),
    Column("performer_id", Kind.ID), Column("performer", source="performer__external_id"), Column("pool_id", Kind.ID),
    Column("pool", source="pool__private_name"), Column("project", source="pool__project__name"),
    Column("assignment_id", Kind.ID),
)  # fmt: skip


def rewards(member: Membership, data: QueryDict) -> QuerySet:
    """The ledger, newest first."""
    return RewardFilter(data).of(Reward.objects.for_organization(member.organization)).order_by("-id")
