"""Replays rules over what has happened: who would have been hit, when, and what a replay cannot know."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crowd_rules.models import Pool


@dataclass(frozen=True)
class WouldFire:
    performer_id: UUID
    performer: str
    at: datetime
    action: dict[str, Any]
    figures: dict[str, Any]


@dataclass(frozen=True)
class HitPerformer:
    """Somebody who would have been restricted. Accuracies are shares of 1, None without any."""

    performer_id: UUID
    performer: str
    first_at: datetime
    restrictions: int
    # Submitted assignments and their rewards that would not have been.
    work_lost: int
    reward_lost: Decimal
    control_answers: int
    control_accuracy: float | None
    audits: int
    audit_accuracy: float | None
    # Good by control tasks and audits: at least as good as the rest of the pool.
    is_good: bool


@dataclass(frozen=True)
class DryRun:
    events: int
    performers: int
    firings: list[WouldFire]
    hit: list[HitPerformer]
    # Events after a simulated restriction: they would not have happened, so that nothing is judged on them.
    cut_off: int
    # What a replay cannot know, in sentences.
    limits: list[str] = field(default_factory=list)


def dry_run(
    *, pool: Pool, configs: list[dict[str, Any]], since: datetime | None = None, limit: int = 200_000
) -> DryRun:
    """Replay these `configs` (as on the wire) over the pool's newest `limit` events. Raises InvalidRules."""
    raise NotImplementedError
