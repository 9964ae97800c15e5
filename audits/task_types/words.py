"""Which words of a text changed. words.js beside it does the same in the browser; both pass the cases of words.json."""

import re

TOKEN = re.compile(r"\S+|\s+")
# Texts further apart than this are two texts: shown one after the other, and not worth the time to align.
MOST_EDITS = 300
SAME, REMOVED, ADDED = "same", "removed", "added"

Words = tuple[tuple[str, str], ...]


def diff_words(before: str, after: str) -> Words:
    """((same | removed | added, text), …), neighbours of one kind joined; the texts of same and added make `after`."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    end_old, end_new = len(old) - tail, len(new) - tail
    steps = [(SAME, word) for word in old[:head]]
    steps += _align(old[head:end_old], new[head:end_new])
    steps += [(SAME, word) for word in old[end_old:]]
    return _joined(steps)


def _common(one: list[str], other: list[str]) -> int:
    number = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        number += 1
    return number


def _align(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    """The shortest script of Myers (1986), by its greedy forward search."""
    reached: dict[int, int] = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), MOST_EDITS) + 1):
        trace.append(dict(reached))
        for diagonal in range(-edits, edits + 1, 2):
            at = _start(reached, diagonal, edits)
            while at < len(old) and at - diagonal < len(new) and old[at] == new[at - diagonal]:
                at += 1
            reached[diagonal] = at
            if at >= len(old) and at - diagonal >= len(new):
                return _way_back(trace, old, new)
    return [(REMOVED, word) for word in old] + [(ADDED, word) for word in new]


def _start(reached: dict[int, int], diagonal: int, edits: int) -> int:
    down = diagonal == -edits or (diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1])
    return reached[diagonal + 1] if down else reached[diagonal - 1] + 1


def _way_back(trace: list[dict[int, int]], old: list[str], new: list[str]) -> list[tuple[str, str]]:
    steps: list[tuple[str, str]] = []
    x, y = len(old), len(new)
    for edits in range(len(trace) - 1, -1, -1):
        reached, diagonal = trace[edits], x - y
        down = diagonal == -edits or (diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1])
        came = diagonal + 1 if down else diagonal - 1
        x_before = reached[came] if edits else 0
        y_before = x_before - came if edits else 0
        while x > x_before and y > y_before:
            x, y = x - 1, y - 1
            steps.append((SAME, old[x]))
        if edits:
            steps.append((ADDED, new[y_before]) if down else (REMOVED, old[x_before]))
            x, y = x_before, y_before
    return steps[::-1]


def _joined(steps: list[tuple[str, str]]) -> Words:
    found: list[tuple[str, str]] = []
    for kind, text in steps:
        if found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + text)
        else:
            found.append((kind, text))
    return tuple(found)
