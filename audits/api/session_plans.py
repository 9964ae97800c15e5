"""`plan` and `second_audit_share` of a new audit session."""

from typing import Any

from audits.api.fields import Fields, refuse
from audits.plans import REJECTED, REJECTED_OR_FIXED, SEQUENTIAL, SINGLE, PlanRequest
from labelops.errors import InvalidInput
from labelops.statistics.plans import Wishes

USUAL = {"producer_risk": 0.05, "consumer_risk": 0.10}
CHOICES = {"kind": [SINGLE, SEQUENTIAL], "defects": [REJECTED, REJECTED_OR_FIXED]}


def read_plan(fields: Fields) -> PlanRequest | None:
    """{"kind", "acceptable", "limiting", "producer_risk", "consumer_risk", "defects"}; all but the two shares have a
    usual value. Shares from 0 to 1."""
    given = fields.object("plan")
    if given is None:
        return None
    rest = dict(given)
    kind = _choice(rest, "kind", SINGLE)
    defects = _choice(rest, "defects", REJECTED_OR_FIXED)
    numbers = [_number(rest, name) for name in ("acceptable", "limiting", *USUAL)]
    if rest:
        raise InvalidInput(f"Unknown field “{sorted(rest)[0][:64]}” of plan.")
    if kind == SEQUENTIAL and not numbers[0]:
        refuse("plan", "of the kind sequential needs an acceptable share above 0.")
    try:
        return PlanRequest(kind, Wishes(*numbers), defects)
    except ValueError as error:
        refuse("plan", f"is impossible. {error}")


def _choice(rest: dict[str, Any], name: str, usual: str) -> str:
    value = rest.pop(name, usual)
    if value not in CHOICES[name]:
        refuse("plan", f"has a {name} that is none of {', '.join(CHOICES[name])}.")
    return value


def _number(rest: dict[str, Any], name: str) -> float:
    value = rest.pop(name, USUAL.get(name))
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        refuse("plan", f"needs {name} as a number from 0 to 1.")
    return float(value)


def read_second_share(fields: Fields) -> float:
    share = fields.decimal("second_audit_share")
    if share is not None and not 0 <= share <= 1:
        refuse("second_audit_share", "must be a number from 0 to 1.")
    return float(share or 0)
