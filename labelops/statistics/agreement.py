"""How far two or more judges agree beyond chance: raw share, Cohen's kappa, Gwet's AC1, Krippendorff's alpha.

All four are 1 - Q/E: the observed disagreement over the one that chance would make (1 for the raw share). The interval
takes Wilson's for Q, with the number of units that the linearised variance of the whole is worth (Korn & Graubard
1998), and divides it by E: near full agreement it keeps its length where value ± 1.96 standard errors would not.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from labelops.statistics.intervals import Interval, wilson


@dataclass(frozen=True)
class Coefficient:
    """`standard_error` is the linearised one, for units drawn at random from many."""

    value: float
    interval: Interval
    standard_error: float


@dataclass(frozen=True)
class Agreement:
    """Of `n` units judged by two. None where a coefficient is not defined: all said the same, always."""

    n: int
    raw: Coefficient
    kappa: Coefficient | None
    ac1: Coefficient | None
    alpha: Coefficient | None


# One unit's judgements counted by category, in the order of the categories, and how many units look like this.
type Unit = tuple[Sequence[int], int]


def agreement(
    pairs: Mapping[tuple[Hashable, Hashable], int], categories: Sequence[Hashable], level: float = 0.95
) -> Agreement | None:
    """Of (first judge's, second judge's) -> number of units. `categories`: all that could be said, at least two.

    None where there is no pair. KeyError for one outside the categories.
    """
    places = {category: place for place, category in enumerate(categories)}
    cells = {(places[one], places[two]): number for (one, two), number in pairs.items() if number}
    n = sum(cells.values())
    if not n:
        return None
    units = [(_counted([one, two], len(places)), number) for (one, two), number in cells.items()]
    unequal = [(float(one != two), 0.0, number) for (one, two), number in cells.items()]
    raw = _coefficient(unequal, sum(q * number for q, _, number in unequal) / n, 1.0, level)
    return Agreement(n, raw, _kappa(cells, len(places), n, level), gwet_ac1(units, level),
                     krippendorff_alpha(units, level))  # fmt: skip


def _counted(said: Sequence[int], categories: int) -> list[int]:
    counts = Counter(said)
    return [counts[place] for place in range(categories)]


def _kappa(cells: Mapping[tuple[int, int], int], categories: int, n: int, level: float) -> Coefficient | None:
    """Cohen 1960, Educ Psychol Meas 20:37; variance Fleiss, Cohen & Everitt 1969, Psychol Bull 72:323."""
    first, second = [0.0] * categories, [0.0] * categories
    for (one, two), number in cells.items():
        first[one] += number / n
        second[two] += number / n
    by_chance = sum(one * two for one, two in zip(first, second, strict=True))
    if by_chance >= 1:
        return None
    differ = sum(number for (one, two), number in cells.items() if one != two) / n
    moves = [
        (float(one != two), 2 * by_chance - second[one] - first[two], number) for (one, two), number in cells.items()
    ]
    return _coefficient(moves, differ, 1 - by_chance, level)


def gwet_ac1(units: Sequence[Unit], level: float = 0.95) -> Coefficient | None:
    """Gwet 2008, Br J Math Stat Psychol 61:29. Units judged once count for how often a category is used."""
    n = sum(number for _, number in units)
    categories = len(units[0][0]) if units else 0
    twice = sum(number for counts, number in units if sum(counts) > 1)
    if not twice or categories < 2:
        return None
    used = [sum(counts[place] / sum(counts) * number for counts, number in units) / n for place in range(categories)]
    by_chance = sum(share * (1 - share) for share in used) / (categories - 1)
    differ = sum(_disagreement(counts) * number for counts, number in units) / twice
    moves = []
    for counts, number in units:
        judged = float(sum(counts) > 1) * n / twice
        shift = sum((1 - 2 * share) * (count / sum(counts) - share) for share, count in zip(used, counts, strict=True))
        moves.append((judged * (_disagreement(counts) - differ) + differ, -shift / (categories - 1), number))
    return _coefficient(moves, differ, 1 - by_chance, level)


def krippendorff_alpha(units: Sequence[Unit], level: float = 0.95) -> Coefficient | None:
    """For names without an order; judges may be missing. Krippendorff 2011, Computing Krippendorff's alpha."""
    units = [(counts, number) for counts, number in units if sum(counts) > 1]
    n = sum(number for _, number in units)
    values = sum(sum(counts) * number for counts, number in units)
    if not values:
        return None
    used = [sum(counts[place] * number for counts, number in units) / values for place in range(len(units[0][0]))]
    differ = sum(_disagreement(counts) * sum(counts) * number for counts, number in units) / values
    # Drawn without putting back: n_c (N - n_c) / (N (N - 1)).
    growth = values / (values - 1)
    by_chance = growth * (1 - sum(share * share for share in used))
    if by_chance <= 0:
        return None
    moves = []
    for counts, number in units:
        weight = sum(counts) * n / values
        shift = sum(2 * share * (count / sum(counts) - share) for share, count in zip(used, counts, strict=True))
        moves.append((weight * (_disagreement(counts) - differ) + differ, -growth * weight * shift, number))
    return _coefficient(moves, differ, by_chance, level)


def _disagreement(counts: Sequence[int]) -> float:
    """The share of unequal pairs among one unit's judgements; 0 where there is only one."""
    judges = sum(counts)
    return sum(count * (judges - count) for count in counts) / (judges * (judges - 1)) if judges > 1 else 0.0


def _coefficient(
    moves: Sequence[tuple[float, float, int]], differ: float, expected: float, level: float
) -> Coefficient:
    """`moves`: for each kind of unit its own disagreement, how it moves the expected one, and how many there are."""
    n = sum(number for _, _, number in moves)
    spread = sum(number * ((own - differ) - differ / expected * shift) ** 2 for own, shift, number in moves)
    variance = spread / n**2
    units = differ * (1 - differ) / variance if variance > 0 and 0 < differ < 1 else float(n)
    around = wilson(differ * units, units, level)
    return Coefficient(
        1 - differ / expected,
        Interval(max(-1.0, 1 - around.high / expected), 1 - around.low / expected),
        sqrt(variance) / expected,
    )
