"""`total` of a list: exact where the client counts and where there are few, else about."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from audits.api.filters import ApiTaskFilter
from labelops.tenancy.models import Membership

# Of a page's `total`; above it a page says how many about.
EXACT_UP_TO = 10_000
# What was counted ahead is some seconds old: only where it says many more than that can it not be fewer now.
SURELY_MORE = 2 * EXACT_UP_TO
# So few rows are counted sooner than what is known is brought up to date.
QUICKLY_COUNTED = 1_000


def total_of(given: ApiTaskFilter, matching: QuerySet, *, member: Membership, limit: int) -> dict[str, Any]:
    """Of the whole filter. The official client counts with pages of one: those are exact at any size.

    `matching`: the filter's own tasks, or fewer where some are hidden from this member: those nobody counted ahead.
    """
    ahead = import_string(settings.TASK_TOTALS)(given, member=member) if matching is given.qs else None
    about, is_exact = (ahead and ahead.counted(most=None if limit == 1 else SURELY_MORE)) or (None, False)
    if is_exact:
        return {"total": about}
    if limit == 1:
        exact = ahead and ahead.exactly()
        return {"total": matching.count() if exact is None else exact}
    if about is None or about < QUICKLY_COUNTED:
        total, is_estimate = matching.count_up_to(EXACT_UP_TO)
    else:
        exact = ahead.exactly() if about <= SURELY_MORE else None
        total, is_estimate = (about, True) if exact is None else (exact, False)
    return {"total": total, "total_is_estimate": True} if is_estimate else {"total": total}
