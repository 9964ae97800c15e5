"""Big consequences that are under way, for who looks at a pool or at the review: how far they are, and about whom."""

from dataclasses import dataclass
from uuid import UUID

from audits.models import Performer
from crowd_rules.models import Operation
from labelops.tenancy.models import Organization

ACCEPT_ALL, REJECT_ALL, REDO = "ASSIGNMENTS.ACCEPT_ALL", "ASSIGNMENTS.REJECT_ALL", "POOL.REDO"
OF_REVIEW = (ACCEPT_ALL, REJECT_ALL)
MOST = 20


@dataclass(frozen=True)
class PoolJob:
    """`total`: None before a worker has counted; `performer`: a name, empty where it is about all."""

    id: UUID
    type: str
    progress: int
    done: int
    total: int | None
    performer: str

    @property
    def mark(self) -> str:
        """Another one where there is something new to be seen."""
        return f"{self.id.hex}:{self.done}/{self.total}"


def jobs_under_way(
    organization: Organization, *, pool_id: UUID | None = None, types: tuple[str, ...] = (*OF_REVIEW, REDO)
) -> list[PoolJob]:
    """Oldest first; at most two statements."""
    rows = Operation.objects.for_organization(organization).unfinished().without_logs().filter(type__in=types)
    if pool_id:
        rows = rows.filter(parameters__pool_id=pool_id.hex)
    found = list(rows.order_by("id")[:MOST])
    asked = [one.parameters["performer_id"] for one in found if one.parameters.get("performer_id")]
    people = Performer.objects.for_organization(organization).filter(pk__in=asked) if asked else []
    names = {one.pk.hex: one.external_id for one in people}
    return [_job(one, names) for one in found]


def _job(operation: Operation, names: dict[str, str]) -> PoolJob:
    given = operation.details
    return PoolJob(operation.pk, operation.type, operation.progress, int(given.get("done", 0)), given.get("total"),
                   names.get(operation.parameters.get("performer_id", ""), ""))  # fmt: skip


def marks_of(jobs: list[PoolJob]) -> str:
    return " ".join(one.mark for one in jobs)
