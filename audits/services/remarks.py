"""What a verdict says beside its comment: reasons out of the project's list, and comments pinned to places."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from audits.models import Audit, Task
from audits.pins import checked_pins
from labelops.errors import InvalidInput


def keep_remarks(*, task: Task, audit: Audit, reasons: Sequence[str], pins: Sequence[dict[str, Any]]) -> None:
    """Write them to the audit that this transaction has just recorded; reads `task.project`. Raises InvalidInput."""
    known = task.project.reasons if task.project_id else []
    unknown = [reason for reason in reasons if reason not in known]
    if unknown:
        sentence = _("“%(reason)s” is no reason of this project. Choose from its list.") % {"reason": unknown[0]}
        raise InvalidInput(fields={"reasons": sentence})
    audit.reasons, audit.pins = list(dict.fromkeys(reasons)), checked_pins(list(pins))
    audit.save(update_fields=["reasons", "pins"])
