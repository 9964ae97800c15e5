"""In which order unfinished batches are worked on."""

from datetime import datetime

from django.db import transaction

from audits.models import Batch, BatchGroup, Task
from labelops.errors import InvalidInput
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership, Organization, User


def list_by_priority(*, member: Membership) -> tuple[list[Batch], dict[object, list[str]]]:
    """The unfinished batches this member may see, first the one to be worked on first, with `total` and `completed`
    of their tasks; and the names of the groups they are given to, by batch id."""
    batches = Batch.objects.for_organization(member.organization).visible_to(member).unfinished()
    found = list(batches.select_related("project").by_priority())
    given = BatchGroup.objects.for_organization(member.organization).names_by_batch(found)
    return with_counts(found, member.organization), given


def with_counts(batches: list[Batch], organization: Organization) -> list[Batch]:
    """The same, with `total` and `completed`: one statement for all."""
    counts = Task.objects.for_organization(organization).count_by_batch([batch.pk for batch in batches])
    for batch in batches:
        batch.total, batch.completed = counts.get(batch.pk, (0, 0))
    return batches


@transaction.atomic(savepoint=False)
def set_priorities(*, organization: Organization, actor: User | None, names: list[str], now: datetime) -> None:
    """The order in which these are named; all unfinished batches must be. Raises InvalidInput."""
    batches = Batch.objects.for_organization(organization).unfinished()
    unfinished = {batch.name: batch for batch in batches.select_for_update().order_by("id")}
    if len(set(names)) < len(names):
        raise InvalidInput(fields={"batches": "Name each batch once."})
    if unknown := [name for name in names if name not in unfinished]:
        raise InvalidInput(fields={"batches": f"There is no unfinished batch “{unknown[0][:255]}”."})
    if missing := sorted(set(unfinished) - set(names)):
        raise InvalidInput(fields={"batches": f"Name all unfinished batches; “{missing[0]}” is missing."})
    for place, name in enumerate(names, start=1):
        unfinished[name].priority = place
    Batch.objects.bulk_update(unfinished.values(), ["priority"])
    record_event(EventType.BATCH_CHANGED, organization=organization, actor=actor, now=now, after={"order": names})


@transaction.atomic(savepoint=False)
def reset_priorities(*, organization: Organization, actor: User | None, now: datetime) -> None:
    """Back to the order that nobody chose: calibration first, then the oldest."""
    Batch.objects.for_organization(organization).unfinished().filter(priority__isnull=False).update(priority=None)
    record_event(EventType.BATCH_CHANGED, organization=organization, actor=actor, now=now, after={"order": None})
