"""Performers: the list, one of them with their timeline, and what a requester may do about them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audits.models import Performer
from audits.views.live import live
from audits.views.several import template_of
from crowd_rules.engine.reading import moment
from crowd_rules.forms import InviteForm, PerformerForm, RestrictForm, SkillValueForm
from crowd_rules.models import Pool, Skill
from crowd_rules.services.logins import end_login, invite_performer, open_invitations, revoke_invitations
from crowd_rules.services.performers import create_performer, find_performer_of
from crowd_rules.services.restrictions import restrict
from crowd_rules.services.skills import set_skill
from crowd_rules.services.standing import standings_of
from crowd_rules.services.timeline import timeline, what_led_to
from crowd_rules.views.people.lists import PERFORMER_COUNT, PERFORMERS, PerformerFilter
from crowd_rules.views.people.showing import Why, shown_moment
from crowd_rules.views.people.writing import must_edit
from labelops.errors import Conflict, InvalidInput
from labelops.lists.chips import FilterBar
from labelops.lists.paging import keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import show_errors
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context

FIRST = ("q", "state", "pool")
MORE = ("skill", "at_least", "at_most")


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_TASKS)
@live()
def performers(request: HttpRequest) -> HttpResponse:
    form = PerformerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        must_edit(request)
        if form.is_valid() and (made := _create(request, form)):
            return redirect("crowd_rules:performer", request.organization.slug, made.pk)
    template = template_of(request, "crowd_rules/people/performers.html", "performer-list")
    return render(request, template, _listed(request, form), status=400 if form.errors else 200)


def _create(request: HttpRequest, form: forms.Form) -> Performer | None:
    data = form.cleaned_data
    try:
        with transaction.atomic():  # The page reads on after a refusal.
            account, _token = create_performer(organization=request.organization, actor=request.user,
                                               name=data["name"], profile=form.profile, now=timezone.now())  # fmt: skip
            if data["email"]:
                invite_performer(organization=request.organization, performer=account.performer, email=data["email"],
                                 invited_by=request.user, now=timezone.now())  # fmt: skip
    except (InvalidInput, Conflict) as error:
        show_errors(form, error.message, getattr(error, "fields", {}))
        return None
    messages.success(request, _("%(name)s is set up.") % {"name": account.name})
    return account.performer


def _listed(request: HttpRequest, form: forms.Form) -> dict[str, Any]:
    filter = PerformerFilter(request.GET, organization=request.organization)
    shown = filter.of(Performer.objects.for_organization(request.organization))
    context = list_context(request, PERFORMERS)
    page = keyset_page(shown, data=request.GET, by=context["table"].order_by)
    standings = standings_of(request.organization, page.rows)
    return context | {
        "form": form,
        "bar": FilterBar(filter, first=FIRST, more=MORE),
        "page": page,
        "rows": [(one, standings[one.pk]) for one in page.rows],
        "summary": summary(shown, count=PERFORMER_COUNT),
        "may_edit": request.membership.may(Permission.EDIT_TASKS),
    }


@require_GET
@requires(Permission.VIEW_TASKS)
def performer(request: HttpRequest, performer: UUID) -> HttpResponse:
    found = find_performer_of(organization=request.organization, performer_id=performer)
    return render(request, "crowd_rules/people/performer.html", _context(request, found))


def _context(request: HttpRequest, found: Performer, **forms_with_errors: forms.Form) -> dict[str, Any]:
    standing = standings_of(request.organization, [found])[found.pk]
    decisions = request.GET.get("show") == "decisions"
    moments, older = timeline(request.organization, found, before=_instant(request.GET.get("before", "")),
                              decisions_only=decisions)  # fmt: skip
    skills = [(one.pk.hex, one.name) for one in Skill.objects.for_organization(request.organization).order_by("name")]
    return {
        "performer": found,
        "standing": standing,
        "name": standing.account.name if standing.account else found.external_id,
        "whys": [Why.of(one, what_led_to) for one in standing.restrictions],
        "moments": [shown_moment(one) for one in moments],
        "older": older,
        "decisions": decisions,
        "invitation": open_invitations(request.organization, found).first(),
        "invite_form": InviteForm(),
        "restrict_form": RestrictForm(organization=request.organization, initial={"unit": "DAYS"}),
        "skill_form": SkillValueForm(skills=skills),
        "may_edit": request.membership.may(Permission.EDIT_TASKS),
        "can_sign_in": found.user,
    } | forms_with_errors  # fmt: skip


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    found = moment(text)
    if found is None:
        raise InvalidInput(_("This address names a page that does not exist. Start again at the first page."))
    return found


@require_POST
@requires(Permission.EDIT_TASKS)
def restrict_performer(request: HttpRequest, performer: UUID) -> HttpResponse:
    found = find_performer_of(organization=request.organization, performer_id=performer)
    form = RestrictForm(request.POST, organization=request.organization)
    if form.is_valid():
        try:
            with transaction.atomic():
                _restrict(request, found, form)
        except InvalidInput as error:
            names = {"will_expire": "duration", "private_comment": "reason", "pool_id": "pool", "project_id": "project"}
            show_errors(form, error.message, {names.get(name, name): told for name, told in error.fields.items()})
        else:
            messages.success(request, _("Restricted. The performer is told until when, and never why."))
            return _back(request, found)
    return _again(request, found, restrict_form=form)


def _restrict(request: HttpRequest, found: Performer, form: RestrictForm) -> None:
    now, pool = timezone.now(), None
    if form.pool_id:
        pool = Pool.objects.for_organization(request.organization).filter(pk=form.pool_id).first()
    restrict(organization=request.organization, actor=request.user, performer=found, scope=form.cleaned_data["scope"],
             pool=pool, project_id=form.project_id, until=form.until(now),
             private_comment=form.cleaned_data["reason"], now=now)  # fmt: skip


@require_POST
@requires(Permission.EDIT_TASKS)
def set_skill_of(request: HttpRequest, performer: UUID) -> HttpResponse:
    found = find_performer_of(organization=request.organization, performer_id=performer)
    skills = {one.pk.hex: one for one in Skill.objects.for_organization(request.organization).order_by("name")}
    form = SkillValueForm(request.POST, skills=[(key, one.name) for key, one in skills.items()])
    if not form.is_valid():
        return _again(request, found, skill_form=form)
    data = form.cleaned_data
    set_skill(organization=request.organization, actor=request.user, performer=found, skill=skills[data["skill"]],
              value=data["value"], reason=data["reason"], now=timezone.now())  # fmt: skip
    messages.success(request, _("The skill is set."))
    return _back(request, found)


@require_POST
@requires(Permission.EDIT_TASKS)
def invite(request: HttpRequest, performer: UUID) -> HttpResponse:
    found = find_performer_of(organization=request.organization, performer_id=performer)
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                invite_performer(organization=request.organization, performer=found, email=form.cleaned_data["email"],
                                 invited_by=request.user, now=timezone.now())  # fmt: skip
        except (InvalidInput, Conflict) as error:
            show_errors(form, error.message, getattr(error, "fields", {}))
        else:
            messages.success(request, _("The invitation is on its way."))
            return _back(request, found)
    return _again(request, found, invite_form=form)


@require_POST
@requires(Permission.EDIT_TASKS)
def revoke_invitation(request: HttpRequest, performer: UUID) -> HttpResponse:
    found = find_performer_of(organization=request.organization, performer_id=performer)
    revoke_invitations(organization=request.organization, performer=found, now=timezone.now())
    messages.success(request, _("The invitation is taken back; its link opens nothing any more."))
    return _back(request, found)


@require_POST
@requires(Permission.EDIT_TASKS)
def end_performers_login(request: HttpRequest, performer: UUID) -> HttpResponse:
    found = find_performer_of(organization=request.organization, performer_id=performer)
    end_login(organization=request.organization, performer=found, actor=request.user, now=timezone.now())
    messages.success(request, _("Nobody signs in as this performer any more. Their work stays."))
    return _back(request, found)


def _again(request: HttpRequest, found: Performer, **forms_with_errors: forms.Form) -> HttpResponse:
    context = _context(request, found, **forms_with_errors)
    return render(request, "crowd_rules/people/performer.html", context, status=400)


def _back(request: HttpRequest, found: Performer) -> HttpResponse:
    return redirect("crowd_rules:performer", request.organization.slug, found.pk)
