"""Auditor Tracker: how far the audits of each batch are. Only where batches are used, and says so."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_GET

from audits.models import Batch, Project
from labelops.lists.chips import ANY, FilterBar, FilterForm
from labelops.lists.paging import Page, keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from reports.batches import batches_of
from reports.figures import feed_of
from reports.views.asking import TABS, today_of
from reports.views.keeping import kept

COUNT = ngettext_lazy("%(number)s batch", "%(number)s batches", "count")
MOST_PROJECTS = 300


class TrackerFilter(FilterForm):
    q = forms.CharField(label=_("Batch"), widget=forms.TextInput(attrs={"type": "search"}))
    project = forms.CharField(label=_("Project"))
    status = forms.ChoiceField(label=_("Batch status"), choices=[ANY, *Batch.Status.choices])


@require_GET
@requires(Permission.VIEW_QUALITY)
def batch_list(request: HttpRequest) -> HttpResponse:
    organization, member = request.organization, request.membership
    everything = Batch.objects.for_organization(organization).visible_to(member).select_related("project")
    form = TrackerFilter(request.GET)
    names = Project.objects.for_organization(organization).visible_to(member).newest_first()
    form.fields["project"].widget = forms.Select(
        choices=[ANY, *((name, name) for name in names.values_list("name", flat=True)[:MOST_PROJECTS])]
    )
    matching = _matching(everything, form)
    page = keyset_page(matching, data=request.GET, by="-id")
    feed = feed_of(organization)
    context = {
        "bar": FilterBar(form, first=("q", "project", "status")), "page": page,
        "table": kept(request, feed, "batches", repr([row.pk.hex for row in page.rows]), lambda: _table(request, page)),
        "summary": summary(matching, count=COUNT), "feed": feed,
        "tabs": TABS, "tab": "reports:batches", "uses_batches": bool(page.rows) or everything.exists(),
    }  # fmt: skip
    template = "reports/batches.html#results" if request.htmx.target == "tracker" else "reports/batches.html"
    return render(request, template, context)


def _table(request: HttpRequest, page: Page) -> str:
    rows = batches_of(page.rows, organization=request.organization, today=today_of(request))
    return render_to_string("reports/parts/batch_table.html", {"rows": rows}, request)


def _matching(batches, form: TrackerFilter):
    for name, lookup in (("q", "name__icontains"), ("project", "project__name"), ("status", "status")):
        if value := form.chosen(name):
            batches = batches.filter(**{lookup: value})
    return batches
