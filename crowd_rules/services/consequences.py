"""What a rule that fires does: each firing is kept with the figures that made it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Q

from crowd_rules.engine.actions import FIELD_ALIASES
from crowd_rules.engine.judging import plain_figures
from crowd_rules.engine.replay import restriction_ends
from crowd_rules.models import Collector, Pool, RuleFiring, Skill, SkillChange
from crowd_rules.services.exclusions import put_restriction
from crowd_rules.services.judging import Fired, NewEvent, note_events
from crowd_rules.services.operations import start_operation
from crowd_rules.services.overlap import change_suite_overlap
from crowd_rules.services.skill_values import put_skill
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization

# Scale of the column: rates are kept to ten digits.
TEN_DIGITS = Decimal("1.0000000000")


def observe(organization: Organization, news: Sequence[NewEvent]) -> list[RuleFiring]:
    """Note these events, judge them and act: all in the transaction that caused them."""
    return act_on(organization, note_events(organization, news))


def act_on(organization: Organization, fired: Sequence[Fired]) -> list[RuleFiring]:
    """By performer, so that two transactions that act on the same people do so in the same order."""
    return [act(organization, one) for one in sorted(fired, key=lambda one: one.new.performer_id)]


def act(organization: Organization, fired: Fired) -> RuleFiring:
    """Keep the firing; unless it is a shadow's, do what the rule says."""
    rule, new = fired.hit.rule, fired.new
    firing = RuleFiring(
        id=uuid7(), organization=organization, rule_id=UUID(rule.id), performer_id=new.performer_id,
        pool_id=new.pool_id, event_id=UUID(fired.event.id), figures=plain_figures(fired.hit.figures),
        conditions=rule.conditions, action=rule.action, shadow=rule.shadow, at=new.at,
    )  # fmt: skip
    firing.save(force_insert=True)
    if not rule.shadow:
        firing.outcome = ACTS[rule.action["type"]](organization, fired, firing, rule.action.get("parameters") or {})
        firing.save(update_fields=["outcome"])
    return firing


def _restrict(organization: Organization, fired: Fired, firing: RuleFiring, given: dict[str, Any]) -> dict[str, Any]:
    new, scope = fired.new, given["scope"]
    restriction = put_restriction(
        organization=organization, actor=None, performer_id=new.performer_id, scope=scope,
        pool_id=new.pool_id if scope == "POOL" else None, project_id=new.project_id if scope == "PROJECT" else None,
        until=restriction_ends(fired.hit.rule.action, new.at), now=new.at, firing=firing, counter_key=fired.hit.key,
        private_comment=given.get("private_comment") or why(firing),
    )  # fmt: skip
    note_lost_access(organization, new.performer_id, "RESTRICTION", "", restriction.pk, new.at)
    return {"restriction": restriction.public_id}


def why(firing: RuleFiring) -> str:
    """The requester's explanation where the rule has none of its own."""
    told = ", ".join(f"{key} {value}" for key, value in firing.figures.items() if value is not None)
    return f"Rule: {told}"[:499]


def _set_skill(organization: Organization, fired: Fired, firing: RuleFiring, given: dict[str, Any]) -> dict[str, Any]:
    return _give_skill(organization, fired, firing, given, Decimal(str(given["skill_value"])))


def _set_computed(
    organization: Organization, fired: Fired, firing: RuleFiring, given: dict[str, Any]
) -> dict[str, Any]:
    name = FIELD_ALIASES.get(given["from_field"], given["from_field"])
    exact = fired.hit.figures.get(name)
    if exact is None:
        return {}
    exact = Fraction(exact)
    value = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(TEN_DIGITS)
    return _give_skill(organization, fired, firing, given, value)


def _give_skill(
    organization: Organization, fired: Fired, firing: RuleFiring, given: dict[str, Any], value: Decimal
) -> dict[str, Any]:
    skill = Skill.objects.for_organization(organization).filter(pk=UUID(given["skill_id"])).first()
    if skill is None:
        return {"skill": None}
    cause = {"by": "rule", "rule": fired.hit.rule.id, "firing": firing.pk.hex}
    set_and_tell(organization, fired.new.performer_id, skill, value, cause, fired.new.at)
    return {"skill": skill.public_id, "value": float(value)}


def set_and_tell(
    organization: Organization, performer_id: UUID, skill: Skill, value: Decimal, cause: dict[str, Any], at: datetime
) -> None:
    """Set the value, and note which pools it has closed to the performer, where a rule asks for that."""
    change_and_tell(
        organization, performer_id, skill.pk, at,
        lambda: put_skill(organization=organization, performer_id=performer_id, skill=skill, value=value, cause=cause,
                          now=at),
    )  # fmt: skip


def change_and_tell(
    organization: Organization, performer_id: UUID, skill_id: UUID, at: datetime,
    change: Callable[[], SkillChange | None],
) -> None:  # fmt: skip
    """Do what changes the performer's value of this skill, or takes it away, and note which pools that has closed."""
    watched = watching_pools(organization, performer_id, skill_id.hex)
    before = {pool.pk for pool in watched if is_admitted(organization, performer_id, pool)}
    made = change()
    for pool in watched if made else ():
        if pool.pk in before and not is_admitted(organization, performer_id, pool):
            _tell_lost(organization, performer_id, pool, "SKILL_CHANGE", skill_id.hex, made.pk, at)


def note_lost_access(
    organization: Organization, performer_id: UUID, reason: str, skill: str, cause_id: UUID, at: datetime
) -> None:
    """Tell the pools that ask for it (USERS_ASSESSMENT) and that this performer may not enter now."""
    for pool in watching_pools(organization, performer_id, skill):
        if not is_admitted(organization, performer_id, pool):
            _tell_lost(organization, performer_id, pool, reason, skill, cause_id, at)


def watching_pools(organization: Organization, performer_id: UUID, skill: str) -> list[Pool]:
    """Those with a rule on lost access, their own or the project's, in which this performer has worked."""
    pools = Pool.objects.for_organization(organization).exclude(status=Pool.Status.ARCHIVED)
    rules = Collector.objects.for_organization(organization).in_force().filter(type="USERS_ASSESSMENT")
    watching = pools.filter(
        Q(pk__in=rules.filter(pool__isnull=False).values("pool_id"))
        | Q(project_id__in=rules.filter(pool=None).values("project_id"))
    )
    return list(watching.filter(assignments__performer_id=performer_id).distinct().order_by("pk"))


def is_admitted(organization: Organization, performer_id: UUID, pool: Pool) -> bool:
    sql = ("crowd_rules_pool WHERE organization_id = %s AND id = %s AND "
           "(crowd_rules_admission(%s, %s, crowd_rules_pool)).refusal = ''")  # fmt: skip
    found = Pool.objects.raw(f"SELECT * FROM {sql}",  # noqa: S608  (no parameter stands in it)
                             [organization.pk, pool.pk, organization.pk, performer_id])  # fmt: skip
    return len(list(found)) == 1


def _tell_lost(
    organization: Organization, performer_id: UUID, pool: Pool, reason: str, skill: str, cause_id: UUID, at: datetime
) -> None:
    facts = {"reason": reason, "skill": skill}
    # One event for each loss of access to each pool.
    new = NewEvent("access.revoked", performer_id, pool.pk, pool.project_id, at, at, pool.pk, facts, cause_id)
    observe(organization, [new])


def _review_all(accept: bool) -> Any:
    def act_on_all(
        organization: Organization, fired: Fired, firing: RuleFiring, given: dict[str, Any]
    ) -> dict[str, Any]:
        kind = "ASSIGNMENTS.ACCEPT_ALL" if accept else "ASSIGNMENTS.REJECT_ALL"
        parameters = {"pool_id": fired.new.pool_id.hex, "performer_id": fired.new.performer_id.hex,
                      "public_comment": given.get("public_comment") or "", "firing": firing.pk.hex}  # fmt: skip
        operation = start_operation(organization=organization, type=kind, parameters=parameters, now=fired.new.at)
        return {"operation": operation.number.hex}

    return act_on_all


def _change_overlap(
    organization: Organization, fired: Fired, firing: RuleFiring, given: dict[str, Any]
) -> dict[str, Any]:
    """Of a reviewed suite at once; of all that somebody shut out has done, or of an audited one, as a job."""
    new, delta, opens = fired.new, int(given["delta"]), bool(given.get("open_pool"))
    if new.kind in ("assignment.accepted", "assignment.rejected") and new.suite_id:
        change_suite_overlap(organization=organization, suite_id=new.suite_id, delta=delta, open_pool=opens, now=new.at)
        return {"suite": new.suite_id.hex, "delta": delta}
    parameters = {"pool_id": new.pool_id.hex, "performer_id": new.performer_id.hex, "delta": delta, "open_pool": opens,
                  "suite_id": new.suite_id.hex if new.suite_id else ""}  # fmt: skip
    operation = start_operation(organization=organization, type="POOL.REDO", parameters=parameters, now=new.at)
    return {"operation": operation.number.hex, "delta": delta}


ACTS = {
    "RESTRICTION_V2": _restrict,
    "RESTRICTION": _restrict,
    "SET_SKILL": _set_skill,
    "SET_SKILL_FROM_OUTPUT_FIELD": _set_computed,
    "APPROVE_ALL_ASSIGNMENTS": _review_all(accept=True),
    "REJECT_ALL_ASSIGNMENTS": _review_all(accept=False),
    "CHANGE_OVERLAP": _change_overlap,
}
