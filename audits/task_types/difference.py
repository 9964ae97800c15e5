"""What an audit changed, in words. Every type may say it in its own terms; this is how any JSON is compared."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.task_types.words import Words, diff_words

LONGEST_VALUE = 80
# Says in every response whether an audit made it; no change that anybody made.
NOT_COMPARED = "is_customer_fix"


@dataclass(frozen=True)
class Change:
    """`kind` is one word (added, removed, moved, relabelled, changed …), `text` the sentence about this one place.

    `words`: of a changed text, each run of words as (same | removed | added, words).
    """

    kind: str
    text: str
    words: Words = ()

    @property
    def kind_in_words(self) -> str:
        return kind_in_words(self.kind)


@dataclass(frozen=True)
class Difference:
    changes: tuple[Change, ...]
    noun: str = "value"

    @property
    def summary(self) -> str:
        """“2 boxes added, 1 moved”; the noun stands once, with the first count."""
        counts = Counter(change.kind for change in self.changes)
        if not counts:
            return _("Nothing changed")
        (kind, number), *others = counts.items()
        first = f"{number} {noun_in_words(self.noun, number)} {kind_in_words(kind)}"
        return ", ".join([first, *(f"{number} {kind_in_words(kind)}" for kind, number in others)])


def kind_in_words(kind: str) -> str:
    """Of the kinds that the types here know; another type's own word is its own."""
    words = {
        "added": _("added"), "removed": _("removed"), "moved": _("moved"), "resized": _("resized"),
        "reshaped": _("reshaped"), "relabelled": _("relabelled"), "changed": _("changed"),
        "repainted": _("repainted"),
    }  # fmt: skip
    return words.get(kind, kind)


NOUNS: dict[str, Callable[[int], str]] = {
    "value": lambda number: ngettext("value", "values", number),
    "box": lambda number: ngettext("box", "boxes", number),
    "shape": lambda number: ngettext("shape", "shapes", number),
    "span": lambda number: ngettext("span", "spans", number),
    "field": lambda number: ngettext("field", "fields", number),
    "category": lambda number: ngettext("category", "categories", number),
    "choice": lambda number: ngettext("choice", "choices", number),
    "label": lambda number: ngettext("label", "labels", number),
}


def noun_in_words(noun: str, number: int) -> str:
    if noun in NOUNS:
        return NOUNS[noun](number)
    return noun if number == 1 else plural(noun)


def plural(noun: str) -> str:
    if noun.endswith("x"):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def in_words(value: Any) -> str:
    text = _("empty") if value in (None, "", [], {}) else _as_text(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def is_prose(value: Any) -> bool:
    """A text of several words; a single word is easier to read as “before → after”."""
    return isinstance(value, str) and len(value.split()) > 1


def text_change(place: str, before: str, after: str) -> Change:
    """“place: 2 words removed, 3 added”, with the words themselves."""
    words = diff_words(before, after)
    counts = {kind: sum(len(text.split()) for one, text in words if one == kind) for kind in ("removed", "added")}
    parts = [(number, kind) for kind, number in counts.items() if number]
    if not parts:
        return Change("changed", f"{place}: {_('blanks changed')}", words)
    number, kind = parts[0]
    first = f"{number} {ngettext('word', 'words', number)} {kind_in_words(kind)}"
    said = ", ".join([first, *(f"{number} {kind_in_words(kind)}" for number, kind in parts[1:])])
    return Change("changed", f"{place}: {said}", words)


def _as_text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def compare_json(before: Any, after: Any) -> Difference:
    """Key by key, as deep as objects go; a list that changed is one change."""
    return Difference(tuple(_compare("", before, after)))


def _compare(place: str, before: Any, after: Any) -> list[Change]:
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return [] if before == after else [_change(place, before, after)]
    keys = [key for key in {**before, **after} if place or key != NOT_COMPARED]
    found = []
    for key in keys:
        inner = f"{place}.{key}" if place else key
        if key not in after:
            found.append(Change("removed", f"{inner}: {in_words(before[key])}"))
        elif key not in before:
            found.append(Change("added", f"{inner}: {in_words(after[key])}"))
        else:
            found += _compare(inner, before[key], after[key])
    return found


def _change(place: str, before: Any, after: Any) -> Change:
    place = place or _("response")
    if isinstance(before, list) and isinstance(after, list) and len(before) != len(after):
        lengths = {"place": place, "before": len(before), "after": len(after)}
        return Change("changed", _("%(place)s: %(before)s → %(after)s entries") % lengths)
    if is_prose(before) and is_prose(after):
        return text_change(place, before, after)
    return Change("changed", f"{place}: {in_words(before)} → {in_words(after)}")
