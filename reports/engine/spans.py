"""A range of local days as the fewest cells: whole months, and single days at both ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAY, MONTH, WHOLE = "d", "m", "a"


@dataclass(frozen=True)
class Span:
    """Cells of one grain; `first` and `last` belong to it, None is open."""

    grain: str
    first: date | None = None
    last: date | None = None


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def spans(first: date | None, last: date | None) -> list[Span]:
    """The cells that make up the days from `first` to `last`; without either, of all time."""
    if first is None and last is None:
        return [Span(WHOLE)]
    return list(_parts(first, last))


def _parts(first: date | None, last: date | None) -> Iterator[Span]:
    # The first of the months that lie in the range as a whole, and the first month that does not any more.
    begin = None if first is None else first if first.day == 1 else next_month(first)
    end = None if last is None else month_of(last + timedelta(days=1))
    if begin and end and begin >= end:
        # No whole month, unless both ends name the same boundary.
        yield Span(DAY, first, last)
        return
    if first and first < begin:
        yield Span(DAY, first, begin - timedelta(days=1))
    yield Span(MONTH, begin, None if end is None else end - timedelta(days=1))
    if last and end <= last:
        yield Span(DAY, end, last)
