"""Spans added, removed, relabelled, moved; the same span is the one with its id, else its place, else its label.

difference.js beside it says the same in the browser; both pass the cases of differences.json.
"""

from typing import Any

from django.utils.translation import gettext as _

from audits.task_types.difference import Change, Difference, compare_json, in_words

Span = dict[str, Any]


def compare_spans(before: Any, after: Any) -> Difference:
    old, new = _spans(before), _spans(after)
    pairs = _pair(old, new)
    changes = [Change("added", _name(span)) for span in new if all(span is not b for _, b in pairs)]
    changes += [Change("removed", _name(span)) for span in old if all(span is not a for a, _ in pairs)]
    for a, b in pairs:
        changes += _change(a, b)
    rest = compare_json(_rest(before), _rest(after)).changes
    return Difference((*changes, *rest), "span")


def _spans(response: Any) -> list[Span]:
    given = response.get("annotations") if isinstance(response, dict) else None
    return [one for one in (given if isinstance(given, list) else []) if isinstance(one, dict)]


def _rest(response: Any) -> dict[str, Any]:
    return {key: value for key, value in response.items() if key != "annotations"} if isinstance(response, dict) else {}


KEYS = (
    lambda span: span.get("uuid") or span.get("id"),
    lambda span: f"{span.get('start')} {span.get('end')} {span.get('label')}",
    lambda span: f"{span.get('start')} {span.get('end')}",
    lambda span: f"{span.get('start')} {span.get('label')}",
    lambda span: f"{span.get('end')} {span.get('label')}",
)


def _pair(old: list[Span], new: list[Span]) -> list[tuple[Span, Span]]:
    """What is the same span on both sides, in the order of the old one; the surest sign first."""
    pairs: list[tuple[Span, Span]] = []
    left, free = list(old), list(new)
    for key in KEYS:
        waiting: dict[Any, list[Span]] = {}
        for span in free:
            waiting.setdefault(key(span), []).append(span)
        still = []
        for span in left:
            found = waiting.get(key(span)) if key(span) else None
            if found:
                pairs.append((span, found.pop(0)))
            else:
                still.append(span)
        taken = {id(b) for _, b in pairs}
        left, free = still, [span for span in free if id(span) not in taken]
    place = {id(span): number for number, span in enumerate(old)}
    return sorted(pairs, key=lambda pair: place[id(pair[0])])


def _name(span: Span) -> str:
    told = {
        "label": in_words(span.get("label")),
        "text": in_words(span.get("text")),
        "place": f"{span.get('start')}–{span.get('end')}",
    }
    return _("%(label)s “%(text)s” at %(place)s") % told


def _change(old: Span, new: Span) -> list[Change]:
    found = []
    if old.get("label") != new.get("label"):
        found.append(Change("relabelled", f"{in_words(old.get('label'))} → {_name(new)}"))
    if (old.get("start"), old.get("end")) != (new.get("start"), new.get("end")):
        found.append(Change("moved", f"{_name(old)} → {_name(new)}"))
    said = {"label", "start", "end", "text"}
    if any(old.get(name) != new.get(name) for name in {*old, *new} - said):
        found.append(Change("changed", _name(new)))
    return found
