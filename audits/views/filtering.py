"""The filter bar of lists of tasks: fields with choices, and a chip for everything that is filtered by."""

import hashlib
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from audits.filters import REDO_CHOICES, TaskFilter
from audits.models import Batch, Project
from audits.task_types import TASK_TYPES
from labelops.lists.chips import ANY, Chip, chips_of
from labelops.tenancy.models import Membership
from labelops.tenancy.rows import fetch

MOST_CHOICES = 300
# Shown at once; the others wait behind "More filters".
FIRST_FIELDS = ("q", "status", "review_status", "project", "batch")
MORE_FIELDS = (
    "completed_after", "completed_before", "created_after", "created_before",
    "type", "performer", "auditor", "tag", "batch_status", "redo",
)  # fmt: skip
QUALITY_FIELDS = ("completed_after", "completed_before", "review_status", "project", "batch")
MORE_QUALITY_FIELDS = ("batch_status", "type", "performer", "auditor", "tag")
ALL_FIELDS = tuple(TaskFilter.base_filters)


NAMES = """
SELECT array(SELECT name FROM audits_project WHERE organization_id = %(organization)s ORDER BY id DESC LIMIT %(most)s)
           AS project,
       array(SELECT name FROM audits_batch WHERE organization_id = %(organization)s ORDER BY id DESC LIMIT %(most)s)
           AS batch
"""


class OneOfMany(forms.SelectMultiple):
    """Offers one choice where the filter takes several; those in the address stay chips."""

    allow_multiple_selected = False

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [value for value in super().value_from_datadict(data, files, name) or [] if value]


class TaskFilterBar:
    """A TaskFilter as a form. Costs a statement: the names of projects and batches."""

    def __init__(
        self, filter: TaskFilter, *, member: Membership, first: tuple[str, ...], more: tuple[str, ...] = ()
    ) -> None:
        self.filter, self.data = filter, filter.data or QueryDict()
        form = filter.form
        for name, names in _names(member).items():
            self._choose(form, name, names)
        self._choose(form, "type", sorted(TASK_TYPES))
        for name in ("status", "review_status"):
            form.fields[name].widget = OneOfMany(choices=[ANY, *form.fields[name].choices])
        for name, field in form.fields.items():
            if name.endswith(("_after", "_before")):
                field.widget = forms.TextInput(attrs={"type": _date_input(self.data.get(name, ""))})
        form.fields["batch_status"].widget = forms.Select(choices=[ANY, *Batch.Status.choices])
        form.fields["redo"].widget = forms.Select(choices=[ANY, *REDO_CHOICES])
        form.fields["q"].widget.attrs |= {"placeholder": _("id or unique_id"), "type": "search"}
        form.fields["tag"].widget.attrs["placeholder"] = _("one, or several with commas")
        form.fields["ids"].widget = forms.HiddenInput()
        self.first, self.more = [form[name] for name in first], [form[name] for name in more]
        self.hidden = [form["ids"]] if self.data.get("ids") else []
        self.more_open = any(self.data.get(name) for name in more)

    def _choose(self, form: forms.Form, name: str, names: list[str]) -> None:
        given = self.data.get(name)
        # What the address names is offered too, so that sending the form again does not drop it.
        offered = names if not given or given in names else [given, *names]
        form.fields[name].widget = forms.Select(choices=[ANY, *((one, one) for one in offered)])

    @property
    def choices_key(self) -> str:
        """What the form depends on beside the address: the names it offers."""
        widgets = [self.filter.form.fields[name].widget for name in ("project", "batch", "auditor")]
        offered = [list(getattr(widget, "choices", ())) for widget in widgets]
        return hashlib.sha256(repr(offered).encode()).hexdigest()

    @property
    def chips(self) -> list[Chip]:
        return [_shortened(chip) for chip in chips_of(self.filter.form, self.data)]


def _shortened(chip: Chip) -> Chip:
    words = chip.value if len(chip.value) <= 60 else f"{chip.value[:57]}…"
    return Chip(chip.name, words, chip.remove_url)


def _names(member: Membership) -> dict[str, list[str]]:
    """Of projects and of batches, the newest first. One statement for those who see all."""
    if not member.needs_assignment:
        return fetch(NAMES, {"organization": member.organization_id, "most": MOST_CHOICES})[0]
    found = {"project": Project.objects, "batch": Batch.objects}
    mine = {name: rows.for_organization(member.organization).visible_to(member) for name, rows in found.items()}
    return {
        name: list(rows.newest_first().values_list("name", flat=True)[:MOST_CHOICES]) for name, rows in mine.items()
    }


def _date_input(value: str) -> str:
    # A date field cannot hold a time; what came with one in the address stays readable as text.
    return "text" if len(value) > len("2026-11-22") else "date"


def given_filter(data: QueryDict, names: tuple[str, ...] = ALL_FIELDS) -> dict[str, Any]:
    """What of the address filters the tasks, as a session keeps it: name -> value, or a list of several."""
    found = {name: [value for value in data.getlist(name) if value] for name in names}
    return {name: values if len(values) > 1 else values[0] for name, values in found.items() if values}
