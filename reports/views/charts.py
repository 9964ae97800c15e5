"""Charts as rectangles in a field of 100 by 100, as SVG; a table behind each says the same.

Written here, not by a template: some hundred rectangles and table cells are most of a page's time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape

from django.utils.dates import MONTHS_3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reports.figures import VERDICTS
from reports.templatetags.figures import digits, interval, percent
from reports.trend import MONTH, Period, Trend

BAR, GAP = 0.72, 0.14
# Names below a chart for which a phone has room.
MOST_DAYS, MOST_MONTHS = 7, 4


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    kind: str = ""


@dataclass(frozen=True)
class Bar:
    """One period: its boxes from the bottom up, and where a click goes."""

    period: Period
    hit: Box
    boxes: list[Box]
    url: str = ""


def stacked_bars(trend: Trend, address: Callable[[Period], str]) -> list[Bar]:
    """Reviews of each period by verdict; the busiest period is as high as the field."""
    step, most = 100 / max(1, len(trend.periods)), trend.most
    return [_stack(place, period, step, most, address(period)) for place, period in enumerate(trend.periods)]


def _stack(place: int, period: Period, step: float, most: int, url: str) -> Bar:
    top, boxes = 100.0, []
    for name in VERDICTS:
        height = 100 * getattr(period, name) / most if most else 0
        top -= height
        if height:
            left, width = round((place + GAP) * step, 3), round(BAR * step, 3)
            boxes.append(Box(left, round(top, 3), width, round(height, 3), name))
    return Bar(period, _hit(place, step), boxes, url)


def interval_bars(trend: Trend) -> list[Bar]:
    """The estimated share accepted: a box from the interval's low to its high end, a thin one at the estimate."""
    return [_interval(place, period, len(trend.periods)) for place, period in enumerate(trend.periods)]


def _interval(place: int, period: Period, number: int) -> Bar:
    step, found, boxes = 100 / number, period.acceptance, []
    if found.is_enough:
        x, width = round((place + 2 * GAP) * step, 3), round((1 - 4 * GAP) * step, 3)
        height = max(0.8, 100 * (found.high - found.low))
        boxes.append(Box(x, round(100 - 100 * found.high, 3), width, round(height, 3), "interval"))
        wide = round(BAR * step, 3)
        boxes.append(Box(round((place + GAP) * step, 3), round(99.2 - 100 * found.estimate, 3), wide, 1.6, "estimate"))
    return Bar(period, _hit(place, step), boxes)


def _hit(place: int, step: float) -> Box:
    return Box(round(place * step, 3), 0, round(step, 3), 100)


def review_chart(bars: Iterable[Bar]) -> SafeString:
    """The inside of the SVG; a click on a bar leads to its tasks."""
    return _safe(
        f'<a href="{escape(bar.url)}" tabindex="-1"><title>{days_of(bar.period)}: {bar.period.reviews}</title>'
        f"{_rectangles(bar)}</a>"
        for bar in bars
    )


def rate_chart(bars: Iterable[Bar]) -> SafeString:
    return _safe(
        f"<g><title>{day_in_words(bar.period.first)}: {_acceptance(bar.period)}</title>{_rectangles(bar)}</g>"
        for bar in bars
    )


def ticks(trend: Trend) -> SafeString:
    """What stands below the bars: as many elements as there are, so that each name is in the middle of its bar."""
    step = -(-len(trend.periods) // (MOST_MONTHS if trend.grain == MONTH else MOST_DAYS))
    return _safe(
        f"<span>{'' if place % step else _short(period.first, trend.grain)}</span>"
        for place, period in enumerate(trend.periods)
    )


def _short(day: date, grain: str) -> str:
    month = escape(MONTHS_3[day.month].title())
    return f"{month} {day.year}" if grain == MONTH else f"{day.day} {month}"


def trend_rows(bars: Iterable[Bar], *, with_shares: bool) -> SafeString:
    """The same as rows of a table, newest first; without an estimate where none can be made."""
    return _safe(_row(bar, with_shares) for bar in reversed(list(bars)))


def _row(bar: Bar, with_shares: bool) -> str:
    period, found = bar.period, bar.period.acceptance
    numbers = (period.tasks, period.reviews, period.accepted, period.fixed, period.rejected)
    cells = "".join(f'<td class="number">{digits(number)}</td>' for number in numbers)
    share = n = ""
    if with_shares:
        n = digits(found.n)
        if found.is_enough:
            ends = escape(interval(found.low, found.high))
            share = f'{escape(percent(found.estimate))} <span class="faint">({ends})</span>'
        elif period.tasks:
            share = f'<span class="faint">{escape(_("not enough yet"))}</span>'
    name = f'<th scope="row"><a href="{escape(bar.url)}">{days_of(period)}</a></th>'
    return f'<tr>{name}{cells}<td class="number">{share}</td><td class="number">{n}</td></tr>'


def _acceptance(period: Period) -> str:
    found = period.acceptance
    if not found.is_enough:
        return escape(_("not enough yet"))
    return escape(f"{percent(found.estimate)}, {interval(found.low, found.high)}")


def _rectangles(bar: Bar) -> str:
    hit = f'<rect class="hit" x="{bar.hit.x}" y="0" width="{bar.hit.width}" height="100"/>'
    return hit + "".join(
        f'<rect class="{box.kind}" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"/>'
        for box in bar.boxes
    )


def days_of(period: Period) -> str:
    first = day_in_words(period.first)
    return first if period.last == period.first else f"{first} – {day_in_words(period.last)}"


def day_in_words(day: date) -> str:
    """As the filter `date:"j M Y"` writes it."""
    return _in_words(day, get_language())


@lru_cache(maxsize=5000)
def _in_words(day: date, _language: str | None) -> str:
    return f"{day.day} {escape(MONTHS_3[day.month].title())} {day.year}"


def _safe(parts: Iterable[str]) -> SafeString:
    return mark_safe("".join(parts))  # noqa: S308  (every part is escaped or a number)
