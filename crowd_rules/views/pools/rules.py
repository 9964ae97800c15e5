"""The rule editor, and what may be done with a rule that stands."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crowd_rules.models import Operation, Pool, Rule
from crowd_rules.services.dry_run_jobs import find_dry_run, start_dry_run
from crowd_rules.services.refusals import InvalidRules
from crowd_rules.services.rules import (
    add_rule,
    change_rule,
    configs_json,
    lint_rules,
    retire_rule,
    rules_of,
    set_shadow,
)
from crowd_rules.views.pools.finding import pool_of, skills_of, to_pool
from crowd_rules.views.pools.rule_form import RuleForm, after_step, data_of
from crowd_rules.views.pools.wording import sentence_of
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.decorators import requires
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.permissions import Permission

PROJECT = "project"
ON, SHADOW, DRY_RUN, OFF = "on", "shadow", "dry_run", "off"


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_TASKS)
def new_rule(request: HttpRequest, pool: UUID) -> HttpResponse:
    """Empty, or begun with another rule (`like`) or with what a dry run has tried (`dry_run`)."""
    found = pool_of(request, pool)
    if request.method == "POST":
        return _take(request, found, None)
    if tried := parse_public_id(request.GET.get("dry_run", "")):
        return _page(request, found, _tried(find_dry_run(pool=found, operation_id=tried)), None)
    like = parse_public_id(request.GET.get("like", ""))
    return _page(request, found, _data_of(find_rule(found, like)) if like else {}, None)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_TASKS)
def edit_rule(request: HttpRequest, pool: UUID, rule: UUID) -> HttpResponse:
    found = pool_of(request, pool)
    standing = find_rule(found, rule, standing=True)
    if request.method == "POST":
        return _take(request, found, standing)
    tried = parse_public_id(request.GET.get("dry_run", ""))
    data = _tried(find_dry_run(pool=found, operation_id=tried)) if tried else _data_of(standing)
    return _page(request, found, data, standing)


def find_rule(pool: Pool, rule_id: UUID, *, standing: bool = False) -> Rule:
    """A rule of the pool or of its project. Raises NotFound."""
    rows = Rule.objects.for_organization(pool.organization).select_related("collector")
    rows = rows.filter(collector__project_id=pool.project_id, pk=rule_id)
    rule = (rows.filter(retired_at=None) if standing else rows).first()
    if rule is None or rule.collector.pool_id not in (None, pool.pk):
        raise NotFound(_("There is no such rule."))
    return rule


def _data_of(rule: Rule) -> dict[str, str]:
    given = {"conditions": rule.conditions, "action": rule.action}
    data = data_of(rule.collector.type, rule.collector.parameters, given)
    return data | ({} if rule.collector.pool_id else {"holds": PROJECT})


def _tried(run: Operation) -> dict[str, str]:
    config = run.parameters["configs"][0]
    body = config["collector_config"]
    data = data_of(body["type"], body.get("parameters"), config["rules"][0])
    return data | ({"holds": PROJECT} if run.parameters.get("of_project") else {})


def _take(request: HttpRequest, pool: Pool, standing: Rule | None) -> HttpResponse:
    """`step`: other fields, nothing is kept. `do`: on, shadow or dry_run."""
    step = request.POST.get("step", "")
    if step or request.POST.get("do") not in (ON, SHADOW, DRY_RUN):
        data, focus = after_step(request.POST, step)
        return _page(request, pool, data, standing, focus=focus)
    form = _form(request, pool, request.POST)
    try:
        with transaction.atomic():  # The page reads on after a refusal.
            return _do(request, pool, standing, form)
    except InvalidRules as error:
        form.show_problems(error.fields)
        return _page(request, pool, request.POST, standing, form=form, status=400)


def _do(request: HttpRequest, pool: Pool, standing: Rule | None, form: RuleForm) -> HttpResponse:
    of_project = standing.collector.pool_id is None if standing else request.POST.get("holds") == PROJECT
    if request.POST["do"] == DRY_RUN:
        run = start_dry_run(pool=pool, actor=request.user, configs=[form.config], now=timezone.now(),
                            replaces=standing.pk if standing else None, of_project=of_project)  # fmt: skip
        return redirect("crowd_rules:dry_run", request.organization.slug, pool.pk, run.pk)
    shadow = request.POST["do"] == SHADOW
    keep_rule(request, pool, form.config, standing.pk if standing else None, of_project=of_project, shadow=shadow)
    return to_pool(request, pool.pk)


def keep_rule(
    request: HttpRequest, pool: Pool, config: dict[str, Any], replaces: UUID | None, *, of_project: bool, shadow: bool
) -> None:
    """Add the rule, or put it in another's place. Raises InvalidRules, NotFound."""
    body = config["collector_config"]
    given = {"project": pool.project, "pool": None if of_project else pool, "actor": request.user,
             "collector_type": body["type"], "parameters": body.get("parameters") or {}, "rule": config["rules"][0],
             "shadow": shadow, "now": timezone.now()}  # fmt: skip
    if replaces:
        change_rule(rule_id=replaces, **given)
    else:
        add_rule(**given)
    messages.success(request, _("The rule is on paper only: it is judged and does nothing.") if shadow
                     else _("The rule is switched on. It counts from the next event on."))  # fmt: skip


def _form(request: HttpRequest, pool: Pool, data: Any) -> RuleForm:
    return RuleForm(data, skills=skills_of(request.organization), needs_acceptance=pool.auto_accept_solutions)


def _page(
    request: HttpRequest,
    pool: Pool,
    data: Any,
    standing: Rule | None,
    *,
    form: RuleForm | None = None,
    focus: str = "",
    status: int = 200,
) -> HttpResponse:
    form = form or _form(request, pool, data)
    form.focus = focus or next(iter(form.errors), "")
    context = {
        "pool": pool, "form": form, "standing": standing, "of_project": data.get("holds") == PROJECT,
        "sentence": _sentence(form), "advice": _advice(pool, form, standing), "has_errors": status == 400,
    }  # fmt: skip
    name = "crowd_rules/rule.html#editor" if request.htmx and status == 200 else "crowd_rules/rule.html"
    return render(request, name, context, status=status)


def _sentence(form: RuleForm) -> Any:
    config = form.config
    rule = config["rules"][0]
    return sentence_of(
        config["collector_config"]["type"], form.parameters, rule["conditions"], rule["action"], form.skills
    )


def _advice(pool: Pool, form: RuleForm, standing: Rule | None) -> list[Any]:
    """About the rule in the form as far as it is whole, and about the pool with it; the draft stands first."""
    if any(one["value"] == "" or isinstance(one["value"], str) for one in form.rule["conditions"]):
        return []
    standing_there = [*rules_of(project=pool.project, pool=pool), *rules_of(project=pool.project, pool=None)]
    others = configs_json(standing_there, with_ids=True)
    for one in others:
        one["rules"] = [rule for rule in one["rules"] if standing is None or rule["id"] != standing.pk.hex]
    found = lint_rules(pool=pool, configs=[form.config, *others])
    return [one for one in found if one.path in ("configs.0.rules.0", "", "filter")]


@require_POST
@requires(Permission.EDIT_TASKS)
def switch_rule(request: HttpRequest, pool: UUID, rule: UUID) -> HttpResponse:
    """`state`: on, shadow or off."""
    found = pool_of(request, pool)
    standing = find_rule(found, rule, standing=True)
    place = {"project": found.project, "pool": found if standing.collector.pool_id else None, "actor": request.user,
             "rule_id": standing.pk, "now": timezone.now()}  # fmt: skip
    state = request.POST.get("state")
    if state == OFF:
        retire_rule(**place)
        messages.success(request, _("The rule is off. What it did stays."))
    elif state in (ON, SHADOW):
        set_shadow(shadow=state == SHADOW, **place)
        messages.success(request, _("The rule is on paper only: it is judged and does nothing.") if state == SHADOW
                         else _("The rule is switched on. It counts from the next event on."))  # fmt: skip
    else:
        raise InvalidInput(_("Choose on, shadow or off."))
    return to_pool(request, found.pk)
