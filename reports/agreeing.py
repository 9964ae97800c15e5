"""How far auditors agree where a task was judged twice, the second time blind: of each person and of all together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audits.models import SecondAudit, Verdict
from audits.models.second_audit import Pairs, by_auditor
from labelops.statistics.agreement import Agreement, Coefficient, agreement
from labelops.tenancy.models import User
from reports.auditors import AuditorFigures
from reports.selecting import Selection

# Fewer pairs say less than their number.
ENOUGH_PAIRS = 10
# The newest second audits are looked at, however many there were in all years.
MOST_SECONDS = 2000
VERDICTS = [str(verdict) for verdict in Verdict]
COEFFICIENTS = ("raw", "kappa", "ac1", "alpha")


@dataclass(frozen=True)
class Agreeing:
    """`pairs`: (their verdict, the other's) -> tasks; of all together (the first's, the second's).

    `found` is None below the floor; a coefficient in it is None where it is not defined (all said the same, always).
    """

    pairs: Pairs
    found: Agreement | None

    @property
    def n(self) -> int:
        return self.pairs.total()

    @property
    def agreed(self) -> int:
        return sum(number for (one, two), number in self.pairs.items() if one == two)

    @property
    def missing(self) -> int:
        return max(0, ENOUGH_PAIRS - self.n)


NOBODY = Agreeing(Counter(), None)


@dataclass(frozen=True)
class TeamAgreement:
    """`by_auditor` has those who took part in a pair as the first or as the second, by e-mail."""

    together: Agreeing
    by_auditor: dict[UUID, tuple[str, Agreeing]]

    def of(self, user_id: UUID) -> Agreeing:
        return self.by_auditor.get(user_id, ("", NOBODY))[1]


def agreeing_of(pairs: Pairs) -> Agreeing:
    return Agreeing(pairs, agreement(pairs, VERDICTS) if pairs.total() >= ENOUGH_PAIRS else None)


def agreement_of(selection: Selection) -> TeamAgreement:
    """Of the newest 2,000 second audits those of the selection's tasks; its auditor narrows the people, not the tasks.

    Two statements, two more for a filter; where nobody was the second, one.
    """
    seconds = SecondAudit.objects.for_organization(selection.organization).judged()
    newest = seconds.order_by("-judged_at")[:MOST_SECONDS]
    wanted = seconds.filter(pk__in=newest.values("pk"))
    if not selection.is_of_all_time:
        candidates = set(newest.values_list("task_id", flat=True))
        tasks = selection.places().filter(pk__in=candidates).order_by().values_list("pk", flat=True)
        wanted = wanted.filter(task_id__in=list(tasks)) if candidates else wanted.none()
    groups = wanted.pairs_of_people()
    together: Pairs = Counter()
    for first, second, _one, _two, number in groups:
        together[first, second] += number
    return TeamAgreement(agreeing_of(together), _people(by_auditor(groups), selection.auditor_id))


def _people(pairs_of: Mapping[UUID, Pairs], only: UUID | None) -> dict[UUID, tuple[str, Agreeing]]:
    wanted = {key: pairs for key, pairs in pairs_of.items() if only in (None, key)}
    emails = dict(User.objects.filter(pk__in=list(wanted)).values_list("pk", "email")) if wanted else {}
    rows = [(key, emails.get(key, ""), agreeing_of(pairs)) for key, pairs in wanted.items()]
    return {key: (email, one) for key, email, one in sorted(rows, key=lambda row: (-row[2].n, row[1]))}


def with_agreement(rows: list[AuditorFigures], team: TeamAgreement) -> list[tuple[AuditorFigures, Agreeing]]:
    """Each auditor's figures beside their agreement; those who were a second auditor and nothing else at the end."""
    known = {row.auditor_id for row in rows}
    others = [
        AuditorFigures(key, email, 0, 0, 0, 0, 0, 0.0)
        for key, (email, _) in team.by_auditor.items()
        if key not in known
    ]
    return [(row, team.of(row.auditor_id)) for row in [*rows, *others]]


def agreeing_json(one: Agreeing) -> dict[str, Any]:
    """`n` pairs; each coefficient {"value", "low", "high"} (95 %), null below ten pairs or where it is not defined."""
    return {"n": one.n, **{name: _coefficient(one.found and getattr(one.found, name)) for name in COEFFICIENTS}}


def _coefficient(found: Coefficient | None) -> dict[str, float] | None:
    if found is None:
        return None
    return {"value": round(found.value, 6), "low": round(found.interval.low, 6), "high": round(found.interval.high, 6)}


def agreeing_cells(one: Agreeing) -> list[float | int | None]:
    """The same in a row: n, then value, low and high of each coefficient."""
    cells: list[float | int | None] = [one.n]
    for name in COEFFICIENTS:
        found = _coefficient(one.found and getattr(one.found, name)) or {}
        cells += [found.get("value"), found.get("low"), found.get("high")]
    return cells
