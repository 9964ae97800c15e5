"""Statistics of audits in plain Python: no Django, no arrays, exact where exact is cheap.

Below every app, because sessions (audits) decide by them and reports show them. Shares are fractions from 0 to 1,
levels too; a population or lot of None is one so large that drawing from it does not change it.
"""

from labelops.statistics.intervals import Interval, hypergeometric_interval, rate_interval, wilson
from labelops.statistics.weighting import Estimate, Group, horvitz_thompson, inclusion_probability

__all__ = [
    "Estimate",
    "Group",
    "Interval",
    "horvitz_thompson",
    "hypergeometric_interval",
    "inclusion_probability",
    "rate_interval",
    "wilson",
]
