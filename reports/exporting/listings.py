"""The lists that can be exported. A new one is a `Listing` and a line in LISTINGS."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.errors import Forbidden, InvalidInput
from labelops.tenancy.models import Membership, Scope
from labelops.tenancy.permissions import Permission
from reports.exporting import choosing, crowd_sources, report_sources, sources
from reports.exporting.choosing import FIELDS, Shown, chosen, narrowed
from reports.exporting.columns import Column
from reports.exporting.rows import ComputedRows, QueryRows, Rows


@dataclass(frozen=True)
class Listing:
    """One list or report.

    `rows(member, data)`: what this member may see of it and what the keys of the page's address (`keys` are those that
    mean something) leave of that: a query set in its order, whose fields and annotations `columns` name, or sequences
    of Python values in the order of `columns`. Raises InvalidInput. To export it one needs `permission`, a key `scope`.
    """

    name: str
    label: Any
    permission: Permission
    columns: Sequence[Column]
    rows: Callable[[Membership, QueryDict], QuerySet | Iterable[Sequence[Any]]]
    keys: frozenset[str] = frozenset()
    scope: Scope = Scope.TASKS_READ
    is_of_tasks: bool = False
    """Filtered as tasks are: the API takes the filters of GET /v1/tasks for it."""
    shown: Shown | None = None
    """The list's page, whose columns and order are taken over where somebody chose them."""

    def rows_for(self, member: Membership, query: str) -> Rows:
        data = QueryDict(query)
        found, wanted = self.rows(member, data), self.wanted(data)
        if not isinstance(found, QuerySet):
            return ComputedRows(narrowed(found, self.columns, wanted), wanted)
        order = self.shown.order_of(data) if self.shown else ()
        return QueryRows(found.order_by(*order) if order else found, wanted)

    def wanted(self, data: QueryDict) -> list[Column]:
        """The columns that the file has, all where nobody chose."""
        by_name = {column.name: column for column in self.columns}
        return [by_name[name] for name in chosen(self.columns, data, self.shown) or by_name]

    def query_of(self, data: QueryDict) -> str:
        """Of an address, what filters and orders this list, and the columns by their names in the file."""
        kept = QueryDict(mutable=True)
        for key in sorted(self.keys):
            if values := [value for value in data.getlist(key) if value]:
                kept.setlist(key, values)
        if self.shown and self.shown.order_of(data):
            kept["sort"] = data["sort"]
        if names := chosen(self.columns, data, self.shown):
            kept[FIELDS] = ",".join(names)
        return kept.urlencode()


LISTINGS: dict[str, Listing] = {
    one.name: one
    for one in (
        Listing("tasks", gettext_lazy("Tasks"), Permission.VIEW_TASKS, sources.TASKS, sources.tasks,
                sources.TASK_KEYS, is_of_tasks=True, shown=choosing.TASKS),
        Listing("audits", gettext_lazy("Audits"), Permission.VIEW_TASKS, sources.AUDITS, sources.audits,
                sources.TASK_KEYS, is_of_tasks=True),
        Listing("sessions", gettext_lazy("Sessions"), Permission.AUDIT, sources.SESSIONS, sources.sessions,
                sources.SESSION_KEYS, shown=choosing.SESSIONS),
        Listing("projects", gettext_lazy("Projects"), Permission.VIEW_TASKS, sources.PROJECTS, sources.projects,
                sources.PROJECT_KEYS, shown=choosing.PROJECTS),
        Listing("batches", gettext_lazy("Batches"), Permission.VIEW_TASKS, sources.BATCHES, sources.batches,
                sources.BATCH_KEYS, shown=choosing.BATCHES),
        Listing("imports", gettext_lazy("Imports"), Permission.EDIT_TASKS, sources.IMPORTS, sources.imports,
                sources.IMPORT_KEYS, shown=choosing.IMPORTS),
        Listing("deliveries", gettext_lazy("Deliveries"), Permission.MANAGE_CALLBACKS, sources.DELIVERIES,
                sources.deliveries, sources.DELIVERY_KEYS, scope=Scope.CALLBACKS, shown=choosing.DELIVERED),
        Listing("task_report", gettext_lazy("Task Level Report"), Permission.VIEW_QUALITY, report_sources.TASK_REPORT,
                report_sources.task_report, sources.TASK_KEYS, is_of_tasks=True, shown=choosing.TASK_REPORT),
        Listing("weeks", gettext_lazy("Tasks completed last week"), Permission.VIEW_QUALITY, report_sources.WEEKS,
                report_sources.weeks, sources.TASK_KEYS, is_of_tasks=True),
        Listing("auditor_quality", gettext_lazy("Auditor Quality"), Permission.VIEW_QUALITY,
                report_sources.AUDITOR_QUALITY, report_sources.auditor_quality, sources.TASK_KEYS, is_of_tasks=True),
        Listing("auditor_tracker", gettext_lazy("Auditor Tracker"), Permission.VIEW_QUALITY,
                report_sources.AUDITOR_TRACKER, report_sources.auditor_tracker, sources.BATCH_KEYS),
        Listing("pools", gettext_lazy("Pools"), Permission.EDIT_TASKS, crowd_sources.POOLS, crowd_sources.pools,
                crowd_sources.POOL_KEYS),
        Listing("controls", gettext_lazy("Control tasks"), Permission.EDIT_TASKS, crowd_sources.CONTROLS,
                crowd_sources.controls, crowd_sources.CONTROL_KEYS),
        Listing("performers", gettext_lazy("Performers"), Permission.VIEW_TASKS, crowd_sources.PERFORMERS,
                crowd_sources.performers, crowd_sources.PERFORMER_KEYS),
        Listing("skills", gettext_lazy("Skills"), Permission.VIEW_TASKS, crowd_sources.SKILLS, crowd_sources.skills,
                crowd_sources.SKILL_KEYS),
        Listing("skill_values", gettext_lazy("Values of skills"), Permission.VIEW_TASKS, crowd_sources.SKILL_VALUES,
                crowd_sources.skill_values, crowd_sources.SKILL_VALUE_KEYS),
        Listing("restrictions", gettext_lazy("Restrictions"), Permission.VIEW_TASKS, crowd_sources.RESTRICTIONS,
                crowd_sources.restrictions, crowd_sources.RESTRICTION_KEYS),
        Listing("review", gettext_lazy("Review"), Permission.EDIT_TASKS, crowd_sources.REVIEW, crowd_sources.review,
                crowd_sources.REVIEW_KEYS),
        Listing("rewards", gettext_lazy("Rewards paid"), Permission.EDIT_TASKS, crowd_sources.REWARDS,
                crowd_sources.rewards, crowd_sources.REWARD_KEYS),
    )
}  # fmt: skip


def find_listing(name: str, *, member: Membership) -> Listing:
    """Raises InvalidInput (no such list), Forbidden (one that this member may not see, or may not export)."""
    listing = LISTINGS.get(name)
    if listing is None:
        raise InvalidInput(fields={"list": _("There is no such list. Choose one of: %(names)s.") % {
            "names": ", ".join(LISTINGS)}})  # fmt: skip
    if not (member.may(Permission.EXPORT) and member.may(listing.permission)):
        raise Forbidden
    return listing


def listings_of(member: Membership) -> list[Listing]:
    """Those that this member may export."""
    return [one for one in LISTINGS.values() if member.may(Permission.EXPORT) and member.may(one.permission)]
