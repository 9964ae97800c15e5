"""Task Level Report: the completed tasks that match, each with its newest audit."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from audits.models import page_rows
from audits.services.blindness import without_blind
from labelops.lists.holes import fill, hole
from labelops.lists.paging import in_digits, keyset_page
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context
from reports.figures import feed_of
from reports.task_rows import TASK_REPORT_LIST
from reports.totals import number_of
from reports.views.asking import TABS, asked
from reports.views.keeping import filter_bar
from reports.views.report_rows import ReportRows


@require_GET
@requires(Permission.VIEW_QUALITY)
def task_list(request: HttpRequest) -> HttpResponse:
    is_part, feed = request.htmx.target == "task-report", feed_of(request.organization)
    found = asked(request)
    context = found.context | list_context(request, TASK_REPORT_LIST)
    matching = found.filter.qs if found.filter.is_valid() else found.filter.queryset.none()
    shown = without_blind(matching, request.membership)
    read = partial(page_rows, organization=request.organization)
    number = number_of(found.selection)
    page = keyset_page(shown, data=request.GET, by=context["table"].order_by, read=read)
    context |= {
        "page": page,
        "rows": hole("rows"),
        "summary": _("%(number)s completed tasks") % {"number": in_digits(number)},
        "filter_bar": hole("filter_bar"),
        "feed": feed, "is_part": is_part, "tabs": TABS, "tab": "reports:tasks",
    }  # fmt: skip
    answer = render(request, "reports/tasks.html#results" if is_part else "reports/tasks.html", context)
    rows = ReportRows(request.organization, context["table"], TASK_REPORT_LIST).html(page.rows)
    bar = "" if is_part else filter_bar(request, feed, target="task-report")
    return fill(answer, rows=rows, filter_bar=bar)
