"""A project's own fields as rows of a form, and back into the specification of the crowd dialect.

A specification is {name: {type, required, hidden, allowed_values, min_…, max_…}}. What it says beside that stays.
"""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_FIELDS = 50
NAME = re.compile(r"[^\s.\x00-\x1f\x7f][^.\x00-\x1f\x7f]{0,99}")
KINDS = {
    "string": gettext_lazy("Text"),
    "integer": gettext_lazy("Whole number"),
    "float": gettext_lazy("Number"),
    "boolean": gettext_lazy("Yes or no"),
    "url": gettext_lazy("Address (picture, page)"),
    "file": gettext_lazy("File"),
    "coordinates": gettext_lazy("Coordinates"),
    "json": gettext_lazy("JSON"),
    "array_string": gettext_lazy("List of texts"),
    "array_integer": gettext_lazy("List of whole numbers"),
    "array_float": gettext_lazy("List of numbers"),
    "array_url": gettext_lazy("List of addresses"),
}
# What “least” and “most” are about.
BOUNDED = {"string": "length", "url": "length", "file": "length", "integer": "value", "float": "value"}
NUMBERS = {"integer": int, "float": float}


class FieldRow(forms.Form):
    """One field; a row without a name is none."""

    name = forms.CharField(required=False, max_length=100, label=gettext_lazy("Name"))
    type = forms.ChoiceField(required=False, label=gettext_lazy("Kind"))
    required = forms.BooleanField(required=False, label=gettext_lazy("Required"), initial=True)
    hidden = forms.BooleanField(required=False, label=gettext_lazy("Hidden from performers"))
    values = forms.CharField(
        required=False, max_length=20_000, label=gettext_lazy("Choices, one on each line"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    least = forms.FloatField(required=False, label=gettext_lazy("Least"))
    most = forms.FloatField(required=False, label=gettext_lazy("Most"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Another kind may have come by the API: it stays what it is.
        known = {**KINDS, **({kind: kind} if (kind := self.initial.get("type")) and kind not in KINDS else {})}
        self.fields["type"].choices = list(known.items())

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if name and not NAME.fullmatch(name):
            raise forms.ValidationError(_("A name has at most 100 characters and no full stop."))
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("name") and not self.errors:
            self._check(data)
        return data

    def _check(self, data: dict[str, Any]) -> None:
        data["type"] = data["type"] or "string"
        least, most = data.get("least"), data.get("most")
        if least is not None and most is not None and least > most:
            self.add_error("most", _("Not less than the least."))
        data["choices"] = self._choices(data)

    def _choices(self, data: dict[str, Any]) -> list[Any]:
        kind = NUMBERS.get(data["type"].removeprefix("array_"), str)
        lines = list(dict.fromkeys(line.strip() for line in data["values"].splitlines() if line.strip()))
        try:
            return [kind(line) for line in lines]
        except ValueError:
            self.add_error("values", _("Give numbers, one on each line."))
            return []


class BaseRows(forms.BaseFormSet):
    def clean(self) -> None:
        names = [form.cleaned_data["name"] for form in self.forms if form.is_valid() and form.cleaned_data.get("name")]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise forms.ValidationError(_("There are two fields with the name “%(name)s”.") % {"name": twice})

    def spec(self, before: dict[str, Any]) -> dict[str, Any]:
        """The specification that the rows say; `before`: the one they came from."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("name")]
        return {row["name"]: _field(row, before.get(row["name"])) for row in rows}


Rows = forms.formset_factory(FieldRow, formset=BaseRows, extra=3, max_num=MOST_FIELDS, validate_max=True)


def rows_of(spec: dict[str, Any], *, prefix: str, data: Any = None) -> BaseRows:
    return Rows(
        data, initial=[_initial(name, one) for name, one in spec.items() if isinstance(one, dict)], prefix=prefix
    )


def _initial(name: str, field: dict[str, Any]) -> dict[str, Any]:
    kind = str(field.get("type") or "json")
    allowed = field.get("allowed_values")
    least, most = _bounds(kind)
    return {
        "name": name, "type": kind, "required": field.get("required", True) is not False,
        "hidden": bool(field.get("hidden")),
        "values": "\n".join(map(str, allowed)) if isinstance(allowed, list) else "",
        "least": field.get(least), "most": field.get(most),
    }  # fmt: skip


def _bounds(kind: str) -> tuple[str, str]:
    what = "size" if kind.startswith("array_") else BOUNDED.get(kind, "value")
    return f"min_{what}", f"max_{what}"


def _field(row: dict[str, Any], before: Any) -> dict[str, Any]:
    least, most = _bounds(row["type"])
    said = {"type", "required", "hidden", "allowed_values", *(f"{end}_{what}" for end in ("min", "max")
                                                              for what in ("size", "length", "value"))}  # fmt: skip
    kept = {key: value for key, value in before.items() if key not in said} if isinstance(before, dict) else {}
    told = {"type": row["type"], "required": row["required"], "hidden": row["hidden"], "allowed_values": row["choices"],
            least: _number(row["least"]), most: _number(row["most"])}  # fmt: skip
    return kept | {key: value for key, value in told.items() if key in ("type", "required") or _is_said(value)}


def _is_said(value: Any) -> bool:
    """Nothing, no and an empty list stand where nothing is written; a least of 0 is written."""
    return bool(value) or (value == 0 and value is not False)


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() else value
