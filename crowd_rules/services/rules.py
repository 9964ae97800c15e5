"""Quality control of a pool or a project: the wire's `configs` to rows and back. A rule is whole or refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audits.models import Project
from crowd_rules.models import Collector, Pool
from labelops.tenancy.models import User


@dataclass(frozen=True)
class Lint:
    """Advice about a rule that may be saved: `code` for machines, `sentence` for people, `path` of the rule."""

    code: str
    path: str
    sentence: str


def set_rules(
    *, project: Project, pool: Pool | None, actor: User | None, configs: list[dict[str, Any]], now: datetime
) -> list[Collector]:
    """Make these the rules of the pool, or of the project (`pool=None`), and retire the others.

    A rule that stays the same keeps its id, its crossings and its firings; a collector keeps its uuid. A rule's own
    key `shadow` (true) lets it fire on paper only. Raises InvalidRules.
    """
    raise NotImplementedError


def configs_json(collectors: list[Collector], *, with_ids: bool = False) -> list[dict[str, Any]]:
    """As on the wire. Reads `standing_rules`; `with_ids` adds `id` and `shadow` to each rule."""
    raise NotImplementedError


def add_rule(
    *,
    project: Project,
    pool: Pool | None,
    actor: User | None,
    collector_type: str,
    parameters: dict[str, Any],
    rule: dict[str, Any],
    shadow: bool,
    now: datetime,
) -> Collector:
    """One rule more, from the editor; into the collector of the same type and parameters if there is one."""
    raise NotImplementedError


def retire_rule(*, pool: Pool | None, project: Project, actor: User | None, rule_id: UUID, now: datetime) -> None:
    """It judges nothing any more; its firings stay. Raises NotFound."""
    raise NotImplementedError


def set_shadow(
    *, pool: Pool | None, project: Project, actor: User | None, rule_id: UUID, shadow: bool, now: datetime
) -> None:
    """On paper only, or for real from the next event on. Raises NotFound."""
    raise NotImplementedError


def lint_rules(*, pool: Pool, configs: list[dict[str, Any]]) -> list[Lint]:
    """The seed's own advice about these rules in this pool."""
    raise NotImplementedError
