"""Charts as rectangles in a field of 100 by 100: the page draws them as SVG, a table behind each says the same."""

from collections.abc import Callable
from dataclasses import dataclass

from reports.figures import VERDICTS
from reports.trend import Period, Trend

BAR, GAP = 0.72, 0.14


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
    return [_stack(place, period, trend, address(period)) for place, period in enumerate(trend.periods)]


def _stack(place: int, period: Period, trend: Trend, url: str) -> Bar:
    step, top, boxes = 100 / len(trend.periods), 100.0, []
    for name in VERDICTS:
        height = 100 * getattr(period, name) / trend.most if trend.most else 0
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
