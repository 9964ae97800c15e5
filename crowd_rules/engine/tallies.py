"""What counters remember: how often each label came, in all or among the last n. JSON in, JSON out.

A label is a short text (`right`, `c0.5`); in a window it may carry a reference behind `#`, by which a later verdict on
the same work finds and replaces it. The cost of each call is bounded by the window, never by the history.
"""

from collections import Counter
from fractions import Fraction
from typing import Any

# Windows may be no longer, and nothing more is ever remembered.
LONGEST_WINDOW = 1000
REFERENCE = 12

Memory = dict[str, Any]
Number = int | float | Fraction | str | None


def add_label(memory: Memory, label: str, *, keep: int, reference: str = "", replaces: str = "") -> None:
    """Count one more `label`; with `keep` into a window of that length, else into totals.

    `replaces`: the label that stood on this reference before. Out of the window by now: nothing happens. An empty
    `label` takes that one away.
    """
    if keep:
        _add_to_window(memory.setdefault("window", []), label, keep, reference[-REFERENCE:], replaces)
        return
    counts = memory.setdefault("counts", {})
    if replaces:
        if not counts.get(replaces):
            return
        counts[replaces] -= 1
    if label:
        counts[label] = counts.get(label, 0) + 1


def _add_to_window(window: list[str], label: str, keep: int, reference: str, replaces: str) -> None:
    if replaces:
        old = f"{replaces}#{reference}"
        if old in window:
            place = window.index(old)
            window[place : place + 1] = [f"{label}#{reference}"] if label else []
        return
    window.append(f"{label}#{reference}" if reference else label)
    del window[:-keep]


def count_labels(memory: Memory, last: int | None) -> Counter[str]:
    """Labels and how often; of the last `last` in a window, or of all."""
    if last:
        return Counter(entry.partition("#")[0] for entry in memory.get("window", [])[-last:])
    return Counter(memory.get("counts", {}))


def rate(part: Number, whole: int) -> Fraction | None:
    """Percent, exactly; None where there is nothing to speak of."""
    return 100 * Fraction(part) / whole if whole else None
