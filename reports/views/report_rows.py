"""The rows of the Task Level Report as HTML, as the Tasks page's are made."""

from collections.abc import Callable, Iterable
from html import escape

from django.utils.safestring import SafeString, mark_safe

from audits.models import TaskRow
from audits.views.task_rows import address_of, badges, escape_name, instant, place, shortened, task_link
from labelops.lists.table import ListOf, Table
from labelops.tenancy.models import Organization

LONGEST_COMMENT = 90


class ReportRows:
    """Rows of the table with its columns in sight."""

    def __init__(self, organization: Organization, table: Table, kind: ListOf) -> None:
        # As the filter's dates are meant, wherever the reader is.
        slug, self.zone = organization.slug, organization.time_zone
        self.task_url, self.has_choice, self.badge = address_of("audits:task", slug), table.is_chosen, badges()
        self.words = {column.name: escape(str(column.label)) for column in kind.columns}
        self.cells = [CELLS[column.name] for column in kind.columns if column.name in table.shown]

    def html(self, rows: Iterable[TaskRow]) -> SafeString:
        written = (f"<tr>{''.join([write(self, row) for write in self.cells])}</tr>" for row in rows)
        return mark_safe("".join(written))  # noqa: S308  (each cell is escaped)

    def _cell(self, name: str, inner: str, attributes: str = "") -> str:
        return f'<td{attributes} data-label="{self.words[name]}">{inner}</td>'

    def _task(self, row: TaskRow) -> str:
        return self._cell("task", task_link(row, row.id.hex, self.task_url(row.id.hex)))

    def _project(self, row: TaskRow) -> str:
        return self._cell("project", place(row), ' class="place"')

    def _performer(self, row: TaskRow) -> str:
        return self._cell("performer", escape_name(row.performer or ""), ' class="name"')

    def _completed(self, row: TaskRow) -> str:
        return self._cell("completed", instant(row.completed_at, zone=self.zone), ' class="nowrap"')

    def _verdict(self, row: TaskRow) -> str:
        return self._cell("verdict", self.badge(row.review_status or "ready"))

    def _auditor(self, row: TaskRow) -> str:
        return self._cell("auditor", escape_name(row.auditor or ""))

    def _audited(self, row: TaskRow) -> str:
        at = instant(row.audited_at, zone=self.zone) if row.audited_at else ""
        return self._cell("audited", at, ' class="nowrap"')

    def _comment(self, row: TaskRow) -> str:
        spare = "" if self.has_choice else ' class="table__spare"'
        return self._cell("comment", escape(shortened(row.comment or "", LONGEST_COMMENT)), spare)


CELLS: dict[str, Callable[[ReportRows, TaskRow], str]] = {
    "task": ReportRows._task, "project": ReportRows._project, "performer": ReportRows._performer,
    "completed": ReportRows._completed, "verdict": ReportRows._verdict, "auditor": ReportRows._auditor,
    "audited": ReportRows._audited, "comment": ReportRows._comment,
}  # fmt: skip
