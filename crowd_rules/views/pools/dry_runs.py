"""A dry run: its progress, then who would have been hit, and what a replay cannot know."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crowd_rules.models import Operation, Pool
from crowd_rules.services.dry_run_jobs import find_dry_run, start_dry_run
from crowd_rules.services.rules import configs_json, rules_of
from crowd_rules.views.money import in_dollars
from crowd_rules.views.pools.finding import pool_of, skills_of, to_pool
from crowd_rules.views.pools.rules import SHADOW, keep_rule
from crowd_rules.views.pools.wording import figures_words, sentence_of
from labelops.errors import InvalidInput
from labelops.statistics import wilson
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission

SHOWN = 200


@require_POST
@requires(Permission.EDIT_TASKS)
def replay_rules(request: HttpRequest, pool: UUID) -> HttpResponse:
    """A dry run of all the rules that the pool has now."""
    found = pool_of(request, pool)
    configs = configs_json(rules_of(project=found.project, pool=found))
    if not configs:
        messages.warning(request, _("The pool has no rule of its own yet."))
        return to_pool(request, found.pk)
    run = start_dry_run(pool=found, actor=request.user, configs=configs, now=timezone.now())
    return redirect("crowd_rules:dry_run", request.organization.slug, found.pk, run.pk)


@require_GET
@requires(Permission.EDIT_TASKS)
def dry_run(request: HttpRequest, pool: UUID, operation: UUID) -> HttpResponse:
    """htmx asks for `state` alone, every second until it is over."""
    found = pool_of(request, pool)
    run = find_dry_run(pool=found, operation_id=operation)
    name = "crowd_rules/dry_run.html#state" if request.htmx else "crowd_rules/dry_run.html"
    return render(request, name, _context(request, found, run))


def _context(request: HttpRequest, pool: Pool, run: Operation) -> dict[str, Any]:
    skills, result = skills_of(request.organization), run.details.get("result")
    configs = run.parameters.get("configs") or []
    rules = [
        sentence_of(one["collector_config"]["type"], one["collector_config"].get("parameters"), rule["conditions"],
                    rule["action"], skills)
        for one in configs for rule in one["rules"]
    ]  # fmt: skip
    is_one = len(rules) == 1
    return {
        "pool": pool, "run": run, "limits": [_(one) for one in result["limits"]] if result else [],
        "rules": rules, "is_one": is_one, "replaces": run.parameters.get("replaces"),
        "is_over": run.status in (Operation.Status.SUCCESS, Operation.Status.FAIL), "result": result,
        "paid": in_dollars(Decimal(str(result["reward_lost"]))) if result else "",
        "hit": [_hit(one) for one in result["hit"][:SHOWN]] if result else [],
        "firings": [_firing(one, configs, is_one, skills) for one in result["firings"][:SHOWN]] if result else [],
    }  # fmt: skip


def _hit(one: dict[str, Any]) -> dict[str, Any]:
    return one | {
        "first_at": datetime.fromisoformat(one["first_at"]),
        "paid": in_dollars(Decimal(one["reward_lost"])),
        "controls": _share(one["control_accuracy"], one["control_answers"]),
        "audited": _share(one["audit_accuracy"], one["audits"]),
    }


def _share(share: float | None, number: int) -> dict[str, float] | None:
    """In percent, with its interval."""
    if share is None:
        return None
    interval = wilson(round(share * number), number)
    return {"share": 100 * share, "low": 100 * interval.low, "high": 100 * interval.high, "n": number}


def _firing(one: dict[str, Any], configs: list[Any], is_one: bool, skills: dict[str, str]) -> dict[str, Any]:
    type = configs[0]["collector_config"]["type"] if is_one else ""
    conditions = configs[0]["rules"][0]["conditions"] if is_one else None
    told = figures_words(type, one["figures"], conditions) if is_one else ""
    words = sentence_of(type, {}, [], one["action"], skills)
    return one | {"at": datetime.fromisoformat(one["at"]), "words": words, "told": told}


@require_POST
@requires(Permission.EDIT_TASKS)
def keep_tried(request: HttpRequest, pool: UUID, operation: UUID) -> HttpResponse:
    """Switch on, or into shadow (`state`), the one rule that this dry run has tried."""
    found = pool_of(request, pool)
    run = find_dry_run(pool=found, operation_id=operation)
    configs = run.parameters["configs"]
    if len(configs) != 1 or len(configs[0]["rules"]) != 1:
        raise InvalidInput(_("These rules are the pool's already."))
    replaces = run.parameters.get("replaces")
    of_project, shadow = bool(run.parameters.get("of_project")), request.POST.get("state") == SHADOW
    keep_rule(request, found, configs[0], UUID(replaces) if replaces else None, of_project=of_project, shadow=shadow)
    return to_pool(request, found.pk)
