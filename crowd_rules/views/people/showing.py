"""What templates read of restrictions and of a performer's timeline."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crowd_rules.models import Restriction, RuleFiring
from crowd_rules.services.timeline import Moment
from crowd_rules.views.people.words import (
    ICONS,
    cause_in_words,
    counted,
    firing_in_words,
    moment_in_words,
    place_of,
)


@dataclass(frozen=True)
class ShownMoment:
    """For components/timeline_event.html. `comment`: a reason or a note; `link`: what made it, by its anchor."""

    at: datetime
    kind: str
    icon: str
    text: str
    who: str = ""
    comment: str = ""
    anchor: str = ""
    link: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    tone: str = ""


def shown_moment(moment: Moment) -> ShownMoment:
    told = {"who": "", "comment": "", "anchor": "", "link": "", "figures": (), "tone": ""}
    told |= DETAILS.get(moment.kind, _nothing)(moment)
    icon = ICONS.get(moment.kind, "dot")
    return ShownMoment(moment.at, moment.kind, icon, moment_in_words(moment), **told)


def _nothing(moment: Moment) -> dict:
    return {}


def _of_firing(moment: Moment) -> dict:
    firing = moment.subject
    return {
        "anchor": f"firing-{firing.pk.hex}",
        "figures": tuple(counted(firing)),
        "tone": "" if firing.shadow else "fixed",
    }


def _of_restriction(moment: Moment) -> dict:
    one = moment.subject
    if moment.kind == "restricted":
        link = f"firing-{one.firing_id.hex}" if one.firing_id else ""
        who = str(one.created_by) if one.created_by_id else ""
        return {"who": who, "comment": one.private_comment, "link": link, "tone": "rejected"}
    if moment.kind == "ended":
        return {"tone": "accepted"}
    return {"who": str(one.lifted_by or ""), "comment": one.lift_reason, "tone": "accepted"}


def _of_skill(moment: Moment) -> dict:
    cause = moment.subject.cause
    link = f"firing-{cause['firing']}" if cause.get("firing") else ""
    return {"who": cause_in_words(cause), "comment": cause.get("reason") or "", "link": link}


def _of_bad_work(moment: Moment) -> dict:
    return {"tone": "rejected"}


DETAILS: dict[str, Callable[[Moment], dict]] = {
    "fired": _of_firing, "restricted": _of_restriction, "lifted": _of_restriction, "undone": _of_restriction,
    "ended": _of_restriction, "skill": _of_skill, "assignment.rejected": _of_bad_work,
}  # fmt: skip


@dataclass(frozen=True)
class Why:
    """Why a performer is restricted: the rule, what it had counted, and what led to that; or who did it by hand."""

    restriction: Restriction
    place: str
    rule: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    led: tuple[ShownMoment, ...] = ()

    @classmethod
    def of(cls, restriction: Restriction, what_led_to: Callable[[RuleFiring], list[Moment]]) -> "Why":
        firing = restriction.firing if restriction.firing_id else None
        if firing is None:
            return cls(restriction, place_of(restriction))
        led = tuple(shown_moment(one) for one in what_led_to(firing))
        return cls(restriction, place_of(restriction), firing_in_words(firing), tuple(counted(firing)), led)
