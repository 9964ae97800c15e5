"""One pool: how far it is, what its rules did, and what may be done with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from audits.models import Batch
from audits.views.live import live, newest_event
from audits.views.several import template_of
from crowd_rules.models import Collector, Pool, PoolTask, Rule, RuleFiring
from crowd_rules.services.outcomes import outcomes_of
from crowd_rules.services.pool_figures import (
    RuleRecord,
    figures_of,
    newest_crowd_event,
    newest_firings,
    records_of,
    tasks_in_no_pool,
)
from crowd_rules.services.pool_jobs import jobs_under_way, marks_of
from crowd_rules.services.pool_tasks import add_project_tasks
from crowd_rules.services.pools import archive_pool, close_pool, open_pool
from crowd_rules.services.rules import configs_json, lint_rules
from crowd_rules.views.money import in_dollars
from crowd_rules.views.pools.filter_form import entrance_words
from crowd_rules.views.pools.finding import pool_of, skills_of, to_pool
from crowd_rules.views.pools.wording import Sentence, figures_words, sentence_of
from labelops.errors import Conflict, InvalidInput, NotFound
from labelops.lists.paging import in_digits
from labelops.tenancy.decorators import requires
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.permissions import Permission

MOST_BATCHES, MOST_RETIRED = 200, 20
STATES: dict[str, tuple[Callable[..., bool], Any]] = {
    "open": (open_pool, gettext_lazy("The pool is open: performers can take its tasks.")),
    "close": (close_pool, gettext_lazy("The pool is closed. What performers hold, they may finish.")),
    "archive": (archive_pool, gettext_lazy("The pool is archived.")),
}


@dataclass(frozen=True)
class RuleLine:
    """A rule as the page lists it."""

    rule: Rule
    collector: Collector
    sentence: Sentence
    record: RuleRecord

    @property
    def is_of_project(self) -> bool:
        return self.collector.pool_id is None


@dataclass(frozen=True)
class FiringLine:
    firing: RuleFiring
    sentence: Sentence
    figures: str


def _newest(request: HttpRequest, pool: UUID) -> str:
    jobs = marks_of(jobs_under_way(request.organization, pool_id=pool))
    return newest_event(request) + newest_crowd_event(pool, request.organization) + jobs


@require_GET
@requires(Permission.EDIT_TASKS)
@live(_newest)
def pool_detail(request: HttpRequest, pool: UUID) -> HttpResponse:
    found = pool_of(request, pool)
    return render(request, template_of(request, "crowd_rules/pool.html", "pool-now"), _context(request, found))


def _context(request: HttpRequest, pool: Pool) -> dict[str, Any]:
    skills = skills_of(request.organization)
    rows = Collector.objects.for_organization(request.organization).in_force().of_pool(pool)
    collectors = list(rows.with_rules().in_order())
    retired = _retired(pool)
    rules = [rule for one in collectors for rule in one.standing_rules]
    records = records_of(request.organization, [one.pk for one in [*rules, *retired]])
    figures = figures_of(pool=pool, now=timezone.now())
    return {
        "pool": pool, "figures": figures, "outcomes": outcomes_of(pool), "reward": in_dollars(pool.reward),
        "spent": in_dollars(figures.progress.spent), "bars": _bars(figures.by_hour), "live_tag": request.live_tag,
        "in_review": in_dollars(figures.in_review),
        "rules": [_line(rule, one, skills, records) for one in collectors for rule in one.standing_rules],
        "retired": [_line(rule, rule.collector, skills, records) for rule in retired],
        "firings": [_firing(one, skills) for one in newest_firings(pool)],
        "advice": lint_rules(pool=pool, configs=configs_json(collectors)),
        "jobs": jobs_under_way(request.organization, pool_id=pool.pk),
        "batches": _batches(pool), "waiting": _waiting(pool), "is_open": pool.status == Pool.Status.OPEN,
        "minutes": round(pool.assignment_max_duration_seconds / 60, 2), "entrance": entrance_words(pool, skills),
        "sent_back": PoolTask.objects.for_organization(request.organization).filter(pool=pool).sent_back().count(),
        "is_archived": pool.status == Pool.Status.ARCHIVED, "is_empty": not figures.progress.tasks + figures.controls,
    }  # fmt: skip


def _retired(pool: Pool) -> list[Rule]:
    rows = Rule.objects.for_organization(pool.organization).filter(collector__pool=pool, retired_at__isnull=False)
    return list(rows.select_related("collector").order_by("-retired_at")[:MOST_RETIRED])


def _line(rule: Rule, collector: Collector, skills: dict[str, str], records: dict[UUID, RuleRecord]) -> RuleLine:
    sentence = sentence_of(collector.type, collector.parameters, rule.conditions, rule.action, skills)
    return RuleLine(rule, collector, sentence, records.get(rule.pk, RuleRecord()))


def _firing(firing: RuleFiring, skills: dict[str, str]) -> FiringLine:
    type, action = firing.rule.collector.type, firing.action
    value = firing.outcome.get("value") if isinstance(firing.outcome, dict) else None
    if value is not None and isinstance(action.get("parameters"), dict):
        # What was computed is more to read than from what.
        told = {**action["parameters"], "skill_value": f"{value:.2f}".rstrip("0").rstrip(".")}
        action = {"type": "SET_SKILL", "parameters": told}
    sentence = sentence_of(type, {}, firing.conditions, action, skills)
    return FiringLine(firing, sentence, figures_words(type, firing.figures, firing.conditions))


def _bars(by_hour: list[int]) -> list[tuple[int, float, int]]:
    """(place, height of 20, number) for the picture of the pace."""
    most = max([*by_hour, 1])
    return [(place, round(20 * number / most, 2), number) for place, number in enumerate(by_hour)]


def _batches(pool: Pool) -> list[Batch]:
    rows = Batch.objects.for_organization(pool.organization).filter(project_id=pool.project_id)
    return list(rows.order_by("-id")[:MOST_BATCHES])


def _waiting(pool: Pool) -> str:
    """How many pending tasks of the project are in no pool, in words; empty where there is none."""
    number, more = tasks_in_no_pool(pool)
    return f"{in_digits(number)}+" if more else in_digits(number) if number else ""


@require_POST
@requires(Permission.EDIT_TASKS)
def change_state(request: HttpRequest, pool: UUID) -> HttpResponse:
    """`action`: open, close or archive."""
    found = pool_of(request, pool)
    if request.POST.get("action") not in STATES:
        raise InvalidInput(_("Choose open, close or archive."))
    act, told = STATES[request.POST["action"]]
    try:
        with transaction.atomic():  # The page is shown after a refusal, with its sentence.
            act(pool=found, actor=request.user, now=timezone.now())
        messages.success(request, told)
    except Conflict as error:
        messages.error(request, error.message)
    return to_pool(request, found.pk)


@require_POST
@requires(Permission.EDIT_TASKS)
def add_tasks(request: HttpRequest, pool: UUID) -> HttpResponse:
    """The project's pending tasks that are in no pool, or those of one `batch`."""
    found, batch = pool_of(request, pool), parse_public_id(request.POST.get("batch", ""))
    if request.POST.get("batch") and batch is None:
        raise NotFound(_("There is no batch with this id."))
    try:
        with transaction.atomic():
            added = add_project_tasks(pool=found, actor=request.user, now=timezone.now(), batch_id=batch)
    except Conflict as error:
        messages.error(request, error.message)
        return to_pool(request, found.pk)
    if added:
        told = ngettext("%(number)s task is in the pool.", "%(number)s tasks are in the pool.", added)
        messages.success(request, told % {"number": in_digits(added)})
    else:
        messages.warning(request, _("Nothing to add: every pending task there is in a pool already."))
    return to_pool(request, found.pk)
