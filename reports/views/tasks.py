"""Task Level Report: the completed tasks that match, each with its newest audit."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from labelops.lists.paging import in_digits, keyset_page
from labelops.lists.table import Column, ListOf
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context
from reports.figures import counts_of, feed_of
from reports.task_rows import page_rows
from reports.views.asking import TABS, asked
from reports.views.keeping import filter_bar
from reports.views.report_rows import ReportRows

COLUMNS = ListOf(
    "task_report",
    (
        Column("task", _("Task"), always=True),
        Column("project", _("Project, batch")),
        Column("performer", _("Performer")),
        Column("completed", _("Completed"), sort="completed_at", falls_first=True),
        Column("verdict", _("Verdict")),
        Column("auditor", _("Auditor")),
        Column("audited", _("Audited")),
        Column("comment", _("Comment"), spare=True),
    ),
    sort="-completed_at",
    export="task_report",
)


@require_GET
@requires(Permission.VIEW_QUALITY)
def task_list(request: HttpRequest) -> HttpResponse:
    is_part, feed = request.htmx.target == "task-report", feed_of(request.organization)
    found = asked(request, with_choices=False)
    context = found.context | list_context(request, COLUMNS)
    rows = page_rows(found.filter.qs if found.filter.is_valid() else found.filter.queryset.none())
    number = counts_of(found.selection).tasks
    page = keyset_page(rows, data=request.GET, by=context["table"].order_by)
    context |= {
        "page": page,
        "rows": ReportRows(request.organization.slug, context["table"], COLUMNS).html(page.rows),
        "summary": _("%(number)s completed tasks") % {"number": in_digits(number)},
        "filter_bar": "" if is_part else filter_bar(request, feed, target="task-report"),
        "feed": feed, "tabs": TABS, "tab": "reports:tasks",
    }  # fmt: skip
    return render(request, "reports/tasks.html#results" if is_part else "reports/tasks.html", context)
