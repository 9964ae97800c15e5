"""Which columns of an export somebody wants, in which order its rows: as the list's page has them, or as named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from audits.views import lists
from callbacks.views.lists import DELIVERIES
from labelops.errors import InvalidInput
from labelops.lists.table import ListOf, Table
from reports.exporting.columns import Column
from reports.task_rows import TASK_REPORT_LIST

# In a kept query: the chosen columns, by the names in the file.
FIELDS = "fields"


@dataclass(frozen=True)
class Shown:
    """A list's page, and what each of its columns is in a file; what stands on no page is in whole exports only."""

    page: ListOf
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def names(self, data: QueryDict) -> list[str]:
        shown = Table(self.page, data=data).shown
        return [name for column in self.page.columns if column.name in shown for name in self.columns[column.name]]

    def order_of(self, data: QueryDict) -> tuple[str, ...]:
        """The model's fields of the order asked for; none where the list stands as it does by itself."""
        by = Table(self.page, data=data).order_by
        return () if not data.get("sort") or by == self.page.sort else (by, "-id" if by.startswith("-") else "id")


def chosen(columns: Sequence[Column], data: QueryDict, shown: Shown | None) -> list[str]:
    """Names of the columns that `data` asks for: by `fields`, or by the page's `columns`. None asked for: empty.

    Raises InvalidInput for a field that there is not.
    """
    known = [column.name for column in columns]
    if data.get(FIELDS):
        wanted = list(dict.fromkeys(data[FIELDS].split(",")))
        if unknown := [name for name in wanted if name not in known]:
            words = {"name": unknown[0][:64], "names": ", ".join(known)}
            raise InvalidInput(fields={"columns": _("There is no column “%(name)s”. Choose from: %(names)s.") % words})
        return wanted
    if shown is None or not data.get("columns"):
        return []
    names = set(shown.names(data))
    return [name for name in known if name in names]


def narrowed(rows: Iterable[Sequence[Any]], columns: Sequence[Column], wanted: Sequence[Column]) -> Any:
    """Computed rows with the wanted cells alone; a list stays one."""
    places = {column.name: place for place, column in enumerate(columns)}
    cut = ([row[places[column.name]] for column in wanted] for row in rows)
    return list(cut) if isinstance(rows, list | tuple) else cut


TASKS = Shown(lists.TASKS, {
    "task": ("task_id", "unique_id"), "project": ("project", "batch"), "type": ("type",), "status": ("status",),
    "review": ("customer_review_status",), "tags": ("tags",), "created": ("created_at",),
    "auditor": ("customer_reviewed_by", "customer_audited_at"), "completed": ("completed_at", "completed_by"),
})  # fmt: skip
PROJECTS = Shown(lists.PROJECTS, {
    "name": ("id", "name"), "type": ("type",), "tasks": ("tasks",), "ready": ("ready_to_audit",),
    "callback": ("callback_url",), "created": ("created_at",),
})  # fmt: skip
BATCHES = Shown(lists.BATCHES, {
    "name": ("id", "name"), "project": ("project",), "status": ("status",), "tasks": ("tasks",),
    "ready": ("ready_to_audit",), "callback": ("callback",), "created": ("created_at",),
})  # fmt: skip
SESSIONS = Shown(lists.SESSIONS, {
    "session": ("session_id", "name"), "status": ("status",), "progress": ("population", "size", "withdrawn"),
    "accepted": ("accepted",), "fixed": ("fixed",), "rejected": ("rejected",), "opener": ("created_by",),
    "created": ("created_at",),
})  # fmt: skip
IMPORTS = Shown(lists.IMPORTS, {
    "file": ("import_id", "name"), "project": ("project",), "state": ("status", "failure"), "imported": ("imported",),
    "duplicates": ("duplicates",), "refused": ("refused",), "created": ("created_at",), "who": ("created_by",),
})  # fmt: skip
DELIVERED = Shown(DELIVERIES, {
    "event": ("id", "event_id", "type", "subject_id"), "endpoint": ("url",), "status": ("status",),
    "answer": ("last_status_code", "last_error"), "attempts": ("attempts",), "happened": ("created_at", "finished_at"),
})  # fmt: skip
TASK_REPORT = Shown(TASK_REPORT_LIST, {
    "task": ("task_id", "unique_id"), "project": ("project", "batch"), "performer": ("performer",),
    "completed": ("completed_at",), "verdict": ("customer_review_status",), "auditor": ("auditor",),
    "audited": ("audited_at",), "comment": ("comment",),
})  # fmt: skip
