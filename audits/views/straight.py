"""The workspace's submit goes straight: it is what auditors do all day."""

import re
from collections.abc import Callable, Iterable

from audits.views.workspace import judge_plainly
from labelops.tenancy.straight import StraightForms

# As in `audits.urls`, with ids as our own pages write them.
VERDICT = re.compile(
    r"/o/(?P<organization>[-a-zA-Z0-9_]+)/audit/(?P<session>[0-9a-f]{32})/(?P<task>[0-9a-f]{32})/verdict/"
)


def straight_verdicts(ordinary: Callable[..., Iterable[bytes]]) -> StraightForms:
    return StraightForms(ordinary, address=VERDICT, view=judge_plainly)
