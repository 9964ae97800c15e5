"""The list of pools."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_GET

from audits.models import Project
from audits.views.live import live
from audits.views.several import template_of
from crowd_rules.models import Pool, pools_of
from crowd_rules.services.pool_figures import Progress, progress_of
from crowd_rules.views.money import in_dollars
from crowd_rules.views.pools.lists import POOLS, PoolFilter
from labelops.lists.chips import FilterBar
from labelops.lists.paging import keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context

MOST_PROJECTS = 500
POOL_COUNT = ngettext_lazy("%(number)s pool", "%(number)s pools", "count")


@require_GET
@requires(Permission.EDIT_TASKS)
@live()
def pool_list(request: HttpRequest) -> HttpResponse:
    return render(request, template_of(request, "crowd_rules/pools.html", "pool-list"), _pool_list(request))


def _pool_list(request: HttpRequest) -> dict[str, Any]:
    projects = Project.objects.for_organization(request.organization).active().order_by("name")
    names = list(projects.values_list("name", flat=True)[:MOST_PROJECTS])
    filter = PoolFilter(request.GET, projects=names)
    shown = filter.of(pools_of(request.organization))
    context = list_context(request, POOLS)
    page = keyset_page(shown, data=request.GET, by=context["table"].order_by)
    progress = progress_of(request.organization, page.rows)
    return context | {
        "bar": FilterBar(filter, first=("q", "project", "status", "type")),
        "page": page,
        "rows": [_row(pool, progress[pool.pk]) for pool in page.rows],
        "summary": summary(shown, count=POOL_COUNT),
        "has_projects": bool(names),
    }


def _row(pool: Pool, progress: Progress) -> dict[str, Any]:
    return {"pool": pool, "progress": progress, "reward": in_dollars(pool.reward), "spent": in_dollars(progress.spent)}
