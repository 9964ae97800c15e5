"""The filter bar of lists of tasks: fields with choices, and a chip for everything that is filtered by."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audits.filters import FIELDS, REDO_CHOICES, page_form
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
ALL_FIELDS = tuple(FIELDS)


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
    """The filter of tasks in an address as a form. `auditors` are offered where they are given.

    To look at it costs a statement: the names of projects and batches. Mostly it is drawn already with these.
    """

    def __init__(
        self, data: QueryDict, *, member: Membership, first: tuple[str, ...], more: tuple[str, ...] = (),
        auditors: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        self.data, self._first, self._more = data, first, more
        self._member, self._auditors = member, auditors

    @cached_property
    def _offered(self) -> dict[str, Sequence[str]]:
        return _names(self._member) | ({"auditor": self._auditors} if self._auditors is not None else {})

    @property
    def choices_key(self) -> str:
        """What the form depends on beside the address: the names it offers."""
        return hashlib.sha256(repr(self._offered).encode()).hexdigest()

    @cached_property
    def chips(self) -> tuple[Chip, ...]:
        return tuple(_shortened(chip) for chip in task_chips(self.data))

    @property
    def first(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self._first]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self._more]

    @property
    def more_open(self) -> bool:
        return any(self.data.get(name) for name in self._more)

    @cached_property
    def hidden(self) -> list[forms.BoundField | str]:
        """Sent along, seen by nobody."""
        return [self.form["ids"]] if self.data.get("ids") else []

    @cached_property
    def form(self) -> forms.Form:
        form = page_form()(self.data)
        for name, names in self._offered.items():
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
        return form

    def _choose(self, form: forms.Form, name: str, names: Sequence[str]) -> None:
        given = self.data.get(name)
        # What the address names is offered too, so that sending the form again does not drop it.
        offered = names if not given or given in names else [given, *names]
        form.fields[name].widget = forms.Select(choices=[ANY, *((one, one) for one in offered)])


def task_chips(data: QueryDict) -> tuple[Chip, ...]:
    """What an address filters tasks by."""
    return chips_of(page_form().base_fields, data)


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
