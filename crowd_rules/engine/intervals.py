"""Intervals of shares, for figures that are estimates."""

from math import sqrt

Z = 1.959964


def wilson(right: int, number: int) -> tuple[float, float] | None:
    """Bounds of the 95 % interval of a share (Wilson 1927, without correction), from 0 to 1; None of nothing."""
    if number <= 0:
        return None
    share, weight = right / number, Z * Z / number
    middle = (share + weight / 2) / (1 + weight)
    half = Z * sqrt(share * (1 - share) / number + weight / (4 * number)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)
