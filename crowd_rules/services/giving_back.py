"""What a performer does not want to do: skip a suite, or leave it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import Performer
from crowd_rules.services.consequences import act_on
from crowd_rules.services.holding import Held, check_live, hold_assignment
from crowd_rules.services.issued import Issued
from crowd_rules.services.judging import judge_events
from crowd_rules.services.refusals import WrongStatus
from labelops.tenancy.models import Organization
from labelops.tenancy.rows import call


def skip_assignment(*, organization: Organization, performer: Performer, assignment_id: Any, now: datetime) -> Issued:
    """Give the suite back for others; it never comes again to this performer. Raises NotFound, WrongStatus."""
    return _give_back(organization, performer, assignment_id, "SKIPPED")


def leave_assignment(*, organization: Organization, performer: Performer, assignment_id: Any, now: datetime) -> Issued:
    """Give the suite back as an expiry does: it may come again, and no rule counts it. Raises NotFound, WrongStatus."""
    return _give_back(organization, performer, assignment_id, "EXPIRED")


@transaction.atomic(savepoint=False)
def _give_back(organization: Organization, performer: Performer, assignment_id: Any, status: str) -> Issued:
    held = hold_assignment(organization, performer.pk, assignment_id)
    if held.assignment["status"] == status:
        return held.page_as_it_is()
    check_live(held)
    if status == "SKIPPED" and not held.pool["allow_skip"]:
        raise WrongStatus(_("Suites of this pool cannot be skipped."), appropriate=())
    return _release(organization, held, status)


def _release(organization: Organization, held: Held, status: str) -> Issued:
    seconds = (held.instant - held.taken_at).total_seconds()
    # An expiry is neutral: its event is written by the release, and no rule listens.
    news = [held.event("assignment.skipped", seconds=seconds)] if status == "SKIPPED" else []
    judged = judge_events(organization, news, held.rulebook)
    row = call("crowd_rules_give_back", [organization.pk, held.id, status, held.instant, judged.events_json,
                                         judged.counters_json])  # fmt: skip
    act_on(organization, judged.fired)
    return held.page(row, [None] * len(held.tasks))
