"""What a list is filtered by, each to be taken away by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from labelops.lists.paging import from_the_start

ANY = ("", _("Any"))


@dataclass(frozen=True)
class Chip:
    name: str
    value: str
    remove_url: str


def chips_of(fields: Mapping[str, forms.Field], data: QueryDict) -> tuple[Chip, ...]:
    found: list[Chip] = []
    for name, field in fields.items():
        given = list(filter(None, data.getlist(name))) if name in data else []
        if not given:
            continue
        words = {str(key): word for key, word in getattr(field, "choices", None) or []}
        found += [Chip(str(field.label), str(words.get(one, one)), without(data, name, one)) for one in given]
    return tuple(found)


def without(data: QueryDict, name: str, value: str) -> str:
    query = from_the_start(data)
    query.setlist(name, [other for other in query.getlist(name) if other != value])
    return f"?{query.urlencode()}"


class FilterForm(forms.Form):
    """A list's filter, sent by GET. Every field is optional; what does not fit any choice filters nothing."""

    def __init__(self, data: QueryDict, **options: Any) -> None:
        super().__init__(data, **options)
        for field in self.fields.values():
            field.required = False

    def chosen(self, name: str) -> Any:
        self.is_valid()
        return self.cleaned_data.get(name) or ""


class FilterBar:
    """What components/filter_bar.html reads: the fields at once, the `more` behind a button, the chips."""

    def __init__(self, form: FilterForm, *, first: tuple[str, ...], more: tuple[str, ...] = ()) -> None:
        self.form, self.data = form, form.data
        self.first, self.more = [form[name] for name in first], [form[name] for name in more]
        self.more_open = any(self.data.get(name) for name in more)
        # Sent along, seen by nobody.
        self.hidden: list[forms.BoundField] = []

    @cached_property
    def chips(self) -> tuple[Chip, ...]:
        return chips_of(self.form.fields, self.data)
