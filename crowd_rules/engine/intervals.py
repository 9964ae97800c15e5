"""How sure a share is."""

from math import sqrt

# Of the normal distribution: 95 % lie within.
Z = 1.959963984540054


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0 to 1, by E. B. Wilson's score method (1927); (0, 1) of nothing."""
    if total == 0:
        return 0.0, 1.0
    share, square = right / total, Z * Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z * sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)
