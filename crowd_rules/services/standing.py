"""Where performers stand now: what they did, how well, what they may not do. Reads only, of counters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Sum

from audits.models import Performer
from crowd_rules.models import PerformerAccount, PerformerPool, PerformerSkill, Restriction
from labelops.statistics import wilson
from labelops.tenancy.models import Organization

COUNTS = ("taken", "submitted", "skipped", "control_answers", "control_correct", "audits_accepted", "audits_fixed",
          "audits_rejected")  # fmt: skip


@dataclass(frozen=True)
class Share:
    """`right` of `total`, with the 95 % interval of the share, all in percent."""

    right: int
    total: int

    @property
    def percent(self) -> float:
        return 100 * self.right / self.total if self.total else 0.0

    @property
    def low(self) -> float:
        return 100 * wilson(self.right, self.total).low

    @property
    def high(self) -> float:
        return 100 * wilson(self.right, self.total).high


@dataclass
class Standing:
    """One performer: counts over all pools, restrictions in force, values of skills, and the account if any."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    restrictions: list[Restriction] = field(default_factory=list)
    skills: list[PerformerSkill] = field(default_factory=list)
    account: PerformerAccount | None = None

    @property
    def controls(self) -> Share:
        return Share(self.counts["control_correct"], self.counts["control_answers"])

    @property
    def audits(self) -> Share:
        """Answers that audits found to be right, of those audited."""
        audited = sum(self.counts[name] for name in ("audits_accepted", "audits_fixed", "audits_rejected"))
        return Share(self.counts["audits_accepted"], audited)

    @property
    def skips(self) -> Share:
        return Share(self.counts["skipped"], self.counts["submitted"] + self.counts["skipped"])


def standings_of(organization: Organization, performers: Sequence[Performer]) -> dict[UUID, Standing]:
    """By the performer's id; four statements however many they are."""
    ids = [one.pk for one in performers]
    found = {one: Standing() for one in ids}
    places = PerformerPool.objects.for_organization(organization).filter(performer_id__in=ids).order_by()
    for row in places.values("performer_id").annotate(**{name: Sum(name) for name in COUNTS}):
        found[row["performer_id"]].counts = {name: row[name] for name in COUNTS}
    restrictions = Restriction.objects.for_organization(organization).filter(performer_id__in=ids).live()
    _give(found, restrictions.with_names().newest_first(), "restrictions")
    skills = PerformerSkill.objects.for_organization(organization).filter(performer_id__in=ids)
    _give(found, skills.select_related("skill").order_by("skill__name"), "skills")
    for account in PerformerAccount.objects.for_organization(organization).filter(performer_id__in=ids):
        found[account.performer_id].account = account
    return found


def _give(found: dict[UUID, Standing], rows: Iterable, name: str) -> None:
    for row in rows:
        getattr(found[row.performer_id], name).append(row)
