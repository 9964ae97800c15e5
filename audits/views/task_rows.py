"""The rows of the Tasks page as HTML: a template would take longer for fifty of them than all the rest of the page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from html import escape
from urllib.parse import quote
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audits.models import Task, TaskRow
from audits.views.lists import TASKS

LONGEST_NAME = 40
NOWHERE = UUID(int=0)


# The same few names come again and again.
escape_name = lru_cache(maxsize=4096)(escape)


def badges() -> Callable[[str], SafeString]:
    """components/badge.html by its status, in the language of this moment; drawn once for each word and language."""
    return partial(_badge, get_language())


@lru_cache(maxsize=500)
def _badge(_language: str | None, status: str) -> SafeString:
    return mark_safe(render_to_string("components/badge.html", {"status": status}).strip())  # noqa: S308


@lru_cache(maxsize=1000)
def address_of(name: str, slug: str) -> Callable[[str], str]:
    """The address of one task's page by the digits of its id, looked up once for all rows."""
    before, _here, after = reverse(name, args=[slug, NOWHERE]).partition(NOWHERE.hex)
    return lambda key: f"{before}{key}{after}"


def instant(at: datetime, *, zone: str = "") -> str:
    """As components/time.html writes it; `at` in UTC. With a zone: the date and time there, not how long ago."""
    text, kind = at.isoformat(), f'data-local data-zone="{zone}"' if zone else "data-relative"
    return f'<time datetime="{text}" {kind}>{text[:10]} {text[11:16]} UTC</time>'


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def task_link(row: TaskRow, key: str, url: str) -> str:
    """The task by the name that people gave it, else by the beginning of its id."""
    name = escape(shortened(row.unique_id, LONGEST_NAME)) if row.unique_id else ""
    return f'<a class="table__main" href="{url}">{name or f"""<span class="mono">{key[:13]}…</span>"""}</a>'


def place(row: TaskRow) -> str:
    """Project and batch, each where there is one."""
    if row.project is None and row.batch is None:
        return ""
    batch = f'<span class="table__sub">{escape_name(row.batch)}</span>' if row.batch is not None else ""
    return f"<span>{escape_name(row.project or '')}{batch}</span>"


@dataclass
class TaskRows:
    """Rows of the table: `shown` columns, what the person may do, where `back` is.

    `has_choice`: the columns are somebody's own, so that none of them gives way on a narrow screen.
    """

    slug: str
    shown: set[str]
    has_choice: bool
    may_choose: bool
    may_audit: bool
    back: str

    def html(self, rows: Iterable[TaskRow]) -> SafeString:
        self.task_url, self.audit_url = address_of("audits:task", self.slug), address_of("audits:audit_task", self.slug)
        self.open = {column.name: self._opening(column.name, str(column.label)) for column in TASKS.columns}
        self.choose_words, self.audit_words = escape(_("Choose %(name)s")), escape(_("Audit Task"))
        self.in_use_words = escape(_("in use by %(name)s"))
        self.badge = badges()
        self.back_query = escape(f"?back={quote(self.back, safe='')}")
        cells = [write for name, write in CELLS.items() if name in self.shown]
        return mark_safe("\n".join([self._row(row, cells) for row in rows]))  # noqa: S308  (each cell is escaped)

    def _row(self, row: TaskRow, cells: Iterable[Callable]) -> str:
        key = row.id.hex
        state = escape(f"{row.version} {int(row.updated_at.timestamp())} {row.held_by or ''} {row.auditor or ''}")
        parts = [f'<tr data-row="{key}" data-state="{state}">']
        name = escape(row.unique_id or key)
        if self.may_choose:
            label = self.choose_words % {"name": name}
            parts.append(f'<td class="table__select"><input type="checkbox" name="ids" value="{key}" '
                         f'form="task-bulk" data-select aria-label="{label}"></td>')  # fmt: skip
        parts.append(self._task(row, key))
        parts += [write(self, row) for write in cells]
        if self.may_audit:
            parts.append(f'<td class="table__actions">{self._audit(row, key, name)}</td>')
        return "".join([*parts, "</tr>"])

    def _opening(self, name: str, label: str) -> str:
        kind = "nowrap" if name == "created" else "table__spare" if name == "auditor" and not self.has_choice else ""
        return f'<td class="{kind}" data-label="{escape(label)}">' if kind else f'<td data-label="{escape(label)}">'

    def _task(self, row: TaskRow, key: str) -> str:
        below = f'<span class="table__sub mono" title="{key}">{key[:13]}…</span>' if row.unique_id else ""
        return f"{self.open['task']}<span>{task_link(row, key, self.task_url(key))}{below}</span></td>"

    def _project(self, row: TaskRow) -> str:
        return f"{self.open['project']}{place(row)}</td>"

    def _type(self, row: TaskRow) -> str:
        return f"{self.open['type']}{escape_name(row.type)}</td>"

    def _status(self, row: TaskRow) -> str:
        redo = f" {self.badge('redo')}" if row.attempt > 1 else ""
        return f"{self.open['status']}<span>{self.badge(row.status)}{redo}</span></td>"

    def _review(self, row: TaskRow) -> str:
        status = row.review_status or ("ready" if row.status == Task.Status.COMPLETED else "")
        shown = self.badge(status) if status else ""
        if row.held_by:
            words = self.in_use_words % {"name": escape_name(row.held_by)}
            shown = f'{shown}<span class="table__sub">{words}</span>'
        return f"{self.open['review']}<span>{shown}</span></td>" if shown else f"{self.open['review']}</td>"

    def _auditor(self, row: TaskRow) -> str:
        return f"{self.open['auditor']}{escape_name(row.auditor or '')}</td>"

    def _tags(self, row: TaskRow) -> str:
        tags = "".join([f'<span class="tag">{escape_name(tag)}</span>' for tag in row.tags or ()])
        return f"{self.open['tags']}{tags}</td>"

    def _created(self, row: TaskRow) -> str:
        return f"{self.open['created']}{instant(row.created_at)}</td>"

    def _completed(self, row: TaskRow) -> str:
        at = f'<span class="nowrap">{instant(row.completed_at)}</span>' if row.completed_at else ""
        by = row.performer
        by = f'<span class="table__sub">{escape_name(by)}</span>' if by is not None else ""
        return f"{self.open['completed']}<span>{at}{by}</span></td>" if at or by else f"{self.open['completed']}</td>"

    def _audit(self, row: TaskRow, key: str, name: str) -> str:
        if row.status != Task.Status.COMPLETED:
            return ""
        return (f'<a class="button button--small" href="{self.audit_url(key)}{self.back_query}" '
                f'aria-label="{self.audit_words} {name}">{self.audit_words}</a>')  # fmt: skip


# In the order of audits.views.lists.TASKS.
CELLS = {
    "project": TaskRows._project, "type": TaskRows._type, "status": TaskRows._status, "review": TaskRows._review,
    "auditor": TaskRows._auditor, "tags": TaskRows._tags, "created": TaskRows._created,
    "completed": TaskRows._completed,
}  # fmt: skip
