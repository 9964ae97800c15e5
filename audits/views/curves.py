"""An operating-characteristic curve as the points of an SVG, and the table behind it."""

from dataclasses import dataclass
from math import ceil, floor

from audits.plans import BoundPlan
from labelops.statistics.plans import curve

WIDTH, HEIGHT = 560, 240
LEFT, TOP, RIGHT, BOTTOM = 44, 12, 12, 34
STEPS = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class Mark:
    """A place on the curve with words: at x, y in the picture's units."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Curve:
    """`line`: points of a polyline; `rows`: (defective share, probability to release), both in percent."""

    line: str
    rows: list[tuple[float, float]]
    good: Mark
    bad: Mark
    across: list[Mark]
    up: list[Mark]
    at_acceptable: float
    at_limiting: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    top: int = TOP
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def curve_of(bound: BoundPlan) -> Curve:
    """With the two qualities that the plan was made for marked on it."""
    rule, wishes, lot = bound.rule, bound.request.wishes, bound.lot
    points = curve(rule.acceptance, wishes.limiting, lot, points=15 if bound.is_sequential else 41)
    end = max(points[-1][0], wishes.limiting)
    # As the plan was made: as good as acceptable, as bad as limiting, in whole tasks.
    good = floor(wishes.acceptable * lot + 1e-9) / lot
    bad = ceil(wishes.limiting * lot - 1e-9) / lot
    release_good, release_bad = rule.acceptance(good), rule.acceptance(bad)
    points = sorted({*points, (good, release_good), (bad, release_bad)})
    end = max(end, bad)

    def x(share: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * share / end, 1)

    def y(probability: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - probability), 1)

    return Curve(
        line=" ".join(f"{x(share)},{y(probability)}" for share, probability in points),
        rows=[(100 * share, 100 * probability) for share, probability in points],
        good=Mark(x(good), y(release_good), "AQL"), bad=Mark(x(bad), y(release_bad), "LQ"),
        across=[Mark(x(share), HEIGHT - BOTTOM, f"{100 * share:.3g} %") for share in _ticks(end)],
        up=[Mark(LEFT, y(part / 4), f"{25 * part} %") for part in range(5)],
        at_acceptable=release_good, at_limiting=release_bad,
    )  # fmt: skip


def _ticks(end: float) -> list[float]:
    """Round shares from 0 on, four to eight of them."""
    step = next(step for step in STEPS if end / step < 8)
    return [step * number for number in range(int(end / step + 1e-9) + 1)]
