"""Skills: the list, one of them with its values and their history."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from audits.models import Performer
from audits.views.several import template_of
from crowd_rules.forms import SkillForm
from crowd_rules.models import PerformerSkill, Skill, SkillChange
from crowd_rules.services.skill_reads import uses_of
from crowd_rules.services.skills import create_skill, remove_skill, set_skill, update_skill
from crowd_rules.views.people.lists import PERFORMER_COUNT, SKILL_COUNT, SKILL_VALUES, SKILLS, SkillFilter
from crowd_rules.views.people.words import cause_in_words, number, skill_change_in_words
from crowd_rules.views.people.writing import must_edit
from labelops.errors import InvalidInput, NotFound
from labelops.lists.chips import FilterBar
from labelops.lists.paging import keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import show_errors
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_TASKS)
def skills(request: HttpRequest) -> HttpResponse:
    form = SkillForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        must_edit(request)
        if form.is_valid() and (made := _create(request, form)):
            messages.success(request, _("The skill “%(name)s” is made.") % {"name": made.name})
            return redirect("crowd_rules:skill", request.organization.slug, made.pk)
    template = template_of(request, "crowd_rules/people/skills.html", "skill-list")
    return render(request, template, _listed(request, form), status=400 if form.errors else 200)


def _create(request: HttpRequest, form: SkillForm) -> Skill | None:
    try:
        with transaction.atomic():  # The page reads on after a refusal.
            return create_skill(organization=request.organization, actor=request.user, settings=form.settings(),
                                now=timezone.now())  # fmt: skip
    except InvalidInput as error:
        show_errors(form, error.message, error.fields)
        return None


def _listed(request: HttpRequest, form: SkillForm) -> dict[str, Any]:
    filter = SkillFilter(request.GET)
    shown = filter.of(Skill.objects.for_organization(request.organization))
    context = list_context(request, SKILLS)
    page = keyset_page(shown, data=request.GET, by=context["table"].order_by)
    uses = uses_of(request.organization, page.rows)
    return context | {
        "form": form,
        "bar": FilterBar(filter, first=("q", "sees")),
        "page": page,
        "rows": [(one, uses[one.pk]) for one in page.rows],
        "summary": summary(shown, count=SKILL_COUNT),
        "may_edit": request.membership.may(Permission.EDIT_TASKS),
    }


class ValueForm(forms.Form):
    """A value for one performer, by the name that stands in the list."""

    performer = forms.CharField(max_length=255, label=gettext_lazy("Performer"),
                                help_text=gettext_lazy("As the list of performers has the name."))  # fmt: skip
    value = forms.DecimalField(min_value=0, max_value=100, max_digits=13, decimal_places=10,
                               label=gettext_lazy("Value"), help_text=gettext_lazy("0 to 100."))  # fmt: skip
    reason = forms.CharField(max_length=499, required=False, label=gettext_lazy("Reason"))


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_TASKS)
def skill(request: HttpRequest, skill: UUID) -> HttpResponse:
    found = _find(request, skill)
    posted = request.POST if request.method == "POST" else None
    form = SkillForm(posted, initial=SkillForm.initial_of(found))
    if posted is not None:
        must_edit(request)
        if form.is_valid() and _update(request, found, form):
            messages.success(request, _("Saved."))
            return redirect("crowd_rules:skill", request.organization.slug, found.pk)
        found = _find(request, skill)
    return _page(request, found, form, ValueForm())


def _find(request: HttpRequest, skill: UUID) -> Skill:
    found = Skill.objects.for_organization(request.organization).filter(pk=skill).first()
    if found is None:
        raise NotFound(_("There is no such skill."))
    return found


def _update(request: HttpRequest, found: Skill, form: SkillForm) -> bool:
    try:
        with transaction.atomic():
            found.organization = request.organization
            update_skill(skill=found, actor=request.user, settings=form.settings(found), now=timezone.now())
    except InvalidInput as error:
        show_errors(form, error.message, error.fields)
        return False
    return True


def _page(request: HttpRequest, found: Skill, form: SkillForm, value_form: forms.Form) -> HttpResponse:
    history = request.GET.get("show") == "history"
    context = list_context(request, SKILL_VALUES) | {
        "skill": found,
        "form": form,
        "value_form": value_form,
        "use": uses_of(request.organization, [found])[found.pk],
        "history": history,
        "may_edit": request.membership.may(Permission.EDIT_TASKS),
    }
    context["export_query"] = f"skill={found.public_id}&{context['table'].query}"
    context |= _changes(request, found) if history else _values(request, found, context["table"].order_by)
    template = template_of(request, "crowd_rules/people/skill.html", "value-list")
    return render(request, template, context, status=400 if form.errors or value_form.errors else 200)


def _values(request: HttpRequest, found: Skill, by: str) -> dict[str, Any]:
    values = PerformerSkill.objects.for_organization(request.organization).filter(skill=found)
    page = keyset_page(values.select_related("performer"), data=request.GET, by=by)
    return {"page": page, "rows": [(one, number(one.exact_value)) for one in page.rows],
            "summary": summary(values, count=PERFORMER_COUNT)}  # fmt: skip


def _changes(request: HttpRequest, found: Skill) -> dict[str, Any]:
    changes = SkillChange.objects.for_organization(request.organization).filter(skill=found)
    page = keyset_page(changes.select_related("performer", "skill"), data=request.GET)
    rows = [(one, skill_change_in_words(one), cause_in_words(one.cause)) for one in page.rows]
    return {"page": page, "rows": rows, "summary": ""}


@require_POST
@requires(Permission.EDIT_TASKS)
def set_value(request: HttpRequest, skill: UUID) -> HttpResponse:
    found, form = _find(request, skill), ValueForm(request.POST)
    if form.is_valid():
        named = Performer.objects.for_organization(request.organization)
        performer = named.filter(external_id=form.cleaned_data["performer"]).first()
        if performer is None:
            form.add_error("performer", _("There is no performer of this name."))
    if form.errors:
        return _page(request, found, SkillForm(initial=SkillForm.initial_of(found)), form)
    set_skill(organization=request.organization, actor=request.user, performer=performer, skill=found,
              value=form.cleaned_data["value"], reason=form.cleaned_data["reason"], now=timezone.now())  # fmt: skip
    messages.success(request, _("The skill is set."))
    return redirect("crowd_rules:skill", request.organization.slug, found.pk)


@require_POST
@requires(Permission.EDIT_TASKS)
def remove_value(request: HttpRequest, skill: UUID, value: UUID) -> HttpResponse:
    found = _find(request, skill)
    remove_skill(organization=request.organization, actor=request.user, performer_skill_id=value, now=timezone.now())
    messages.success(request, _("The value is taken away; the history keeps it."))
    return redirect("crowd_rules:skill", request.organization.slug, found.pk)
