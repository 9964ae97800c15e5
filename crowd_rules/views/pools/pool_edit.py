"""A new pool, and a pool's settings."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audits.models import Project
from crowd_rules.models import Pool, pools_of
from crowd_rules.services.pools import PoolSettings, create_pool, update_pool
from crowd_rules.services.rules import lint_filter
from crowd_rules.views.pools.filter_form import FilterForm, key_choices
from crowd_rules.views.pools.finding import pool_of, skills_of, to_pool
from crowd_rules.views.pools.pool_form import FIELD_OF, PoolForm, initial_of
from labelops.errors import Conflict, InvalidInput
from labelops.tenancy.decorators import requires
from labelops.tenancy.forms import show_errors
from labelops.tenancy.permissions import Permission

MOST_PROJECTS = 500


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_TASKS)
def new_pool(request: HttpRequest) -> HttpResponse:
    projects = list(Project.objects.for_organization(request.organization).active().order_by("name")[:MOST_PROJECTS])
    if not projects:
        return render(request, "crowd_rules/pool_form.html", {"has_projects": False})
    names = {one.pk.hex: one.name for one in projects}
    form = PoolForm(_given(request), projects=names, trainings=_trainings(request),
                    initial={"project": request.GET.get("project", "")})  # fmt: skip
    filter = FilterForm.of_data(request.POST)
    if step := _step(request):
        return _refilter(request, form, filter.after(step), None)
    if request.method == "POST" and form.is_valid() & filter.is_valid():
        project = next(one for one in projects if one.pk.hex == form.cleaned_data["project"])
        project.organization = request.organization
        if made := _save(form, filter, lambda settings: _create(request, project, settings), None):
            messages.success(request, _("The pool is set up. Put tasks into it, then open it."))
            return to_pool(request, made.pk)
    return _page(request, form, filter, None)


def _create(request: HttpRequest, project: Project, settings: PoolSettings) -> Pool:
    return create_pool(project=project, actor=request.user, settings=settings, now=timezone.now())


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_TASKS)
def edit_pool(request: HttpRequest, pool: UUID) -> HttpResponse:
    found = pool_of(request, pool)
    form = PoolForm(_given(request), projects={}, trainings=_trainings(request, found), initial=initial_of(found))
    filter = FilterForm.of_data(request.POST) if request.method == "POST" else FilterForm.of_wire(found.filter)
    if step := _step(request):
        return _refilter(request, form, filter.after(step), found)
    is_good = request.method == "POST" and form.is_valid() & filter.is_valid()
    if is_good and _save(form, filter, lambda settings: _update(request, found, settings), PoolSettings.of(found)):
        messages.success(request, _("The pool's settings are saved."))
        return redirect("crowd_rules:pool", request.organization.slug, found.pk)
    return _page(request, form, filter, found)


def _update(request: HttpRequest, pool: Pool, settings: PoolSettings) -> Pool:
    return update_pool(pool=pool, actor=request.user, settings=settings, now=timezone.now())


def _save(form: PoolForm, filter: FilterForm, write: Any, before: PoolSettings | None) -> Pool | None:
    try:
        with transaction.atomic():  # The page reads on after a refusal.
            return write(form.settings(filter.wire(), before))
    except InvalidInput as error:
        fields = {path: words for path, words in error.fields.items() if not filter.show_error(path, words)}
        show_errors(form, error.message, {FIELD_OF.get(name, name): words for name, words in fields.items()})
    except Conflict as error:
        form.add_error(None, error.message)
    return None


def _given(request: HttpRequest) -> QueryDict | None:
    """An empty form that was sent is a form all the same."""
    return request.POST if request.method == "POST" else None


def _step(request: HttpRequest) -> str:
    return request.POST.get("step", "") if request.method == "POST" else ""


def _trainings(request: HttpRequest, pool: Pool | None = None) -> dict[str, str]:
    rows = pools_of(request.organization).filter(type=Pool.Type.TRAINING).newest_first()
    return {one.pk.hex: one.private_name for one in rows[:200] if pool is None or one.pk != pool.pk}


def _refilter(request: HttpRequest, form: PoolForm, filter: FilterForm, pool: Pool | None) -> HttpResponse:
    """One condition more or less: for htmx that part alone; nothing is judged yet."""
    if request.htmx:
        return render(request, "crowd_rules/parts/pool_filter.html", _filter_context(request, filter))
    form.is_bound, form.initial = False, form.data.dict()
    return _page(request, form, filter, pool)


def _filter_context(request: HttpRequest, filter: FilterForm) -> dict[str, Any]:
    return {"filter": filter, "keys": key_choices(skills_of(request.organization), filter),
            "advice": lint_filter(organization=request.organization, filter=filter.wire())}  # fmt: skip


def _page(request: HttpRequest, form: PoolForm, filter: FilterForm, pool: Pool | None) -> HttpResponse:
    wrong = form.is_bound
    context = _filter_context(request, filter) | {
        "form": form, "pool": pool, "has_projects": True,
        "is_open": bool(pool) and pool.status == Pool.Status.OPEN,
    }  # fmt: skip
    return render(request, "crowd_rules/pool_form.html", context, status=400 if wrong else 200)
