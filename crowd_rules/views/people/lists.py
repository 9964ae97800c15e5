"""The lists of performers, skills, restrictions and assignments to review: columns, filters, words for counts."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from crowd_rules.forms import named
from crowd_rules.models import Assignment, PerformerPool, PerformerSkill, Pool, Restriction, Reward, Skill
from labelops.lists.chips import ANY, FilterForm
from labelops.lists.table import Column, ListOf
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Organization

PERFORMERS = ListOf(
    "performers",
    (
        Column("name", _("Performer"), sort="external_id", always=True),
        Column("state", _("State")),
        Column("submitted", _("Submitted"), number=True),
        Column("skipped", _("Skipped"), number=True, spare=True),
        Column("controls", _("Right on control tasks"), number=True),
        Column("audits", _("Right in audits"), number=True),
        Column("skills", _("Skills"), spare=True),
        Column("since", _("Since"), sort="created_at", falls_first=True, hidden=True),
    ),
    export="performers",
)
SKILLS = ListOf(
    "skills",
    (
        Column("name", _("Skill"), sort="name", always=True),
        Column("sees", _("Who sees it")),
        Column("performers", _("Performers"), number=True),
        Column("changed", _("Last set")),
        Column("pools", _("Filters of pools")),
        Column("created", _("Created"), sort="created_at", falls_first=True, hidden=True),
    ),
    export="skills",
)
SKILL_VALUES = ListOf(
    "skill-values",
    (
        Column("name", _("Performer"), sort="performer__external_id", always=True),
        Column("value", _("Value"), sort="exact_value", falls_first=True, number=True),
        Column("set", _("Set"), sort="modified_at", falls_first=True),
    ),
    sort="-exact_value",
    export="skill_values",
)
RESTRICTIONS = ListOf(
    "restrictions",
    (
        Column("performer", _("Performer"), sort="performer__external_id", always=True),
        Column("place", _("Where")),
        Column("reason", _("Reason, only for you")),
        Column("by", _("By")),
        Column("since", _("Since"), sort="created_at", falls_first=True),
        Column("until", _("Until")),
    ),
    export="restrictions",
)
REVIEW = ListOf(
    "review",
    (
        Column("performer", _("Performer"), always=True),
        Column("pool", _("Pool")),
        Column("answers", _("Answers")),
        Column("controls", _("Right on control tasks"), number=True),
        Column("submitted", _("Submitted"), sort="submitted_at", falls_first=False),
        Column("left", _("Accepted by itself"), sort="accept_by"),
    ),
    sort="accept_by",
    export="review",
)
PERFORMER_COUNT = ngettext_lazy("%(number)s performer", "%(number)s performers", "count")
SKILL_COUNT = ngettext_lazy("%(number)s skill", "%(number)s skills", "count")
RESTRICTION_COUNT = ngettext_lazy("%(number)s restriction", "%(number)s restrictions", "count")
REVIEW_COUNT = ngettext_lazy("%(number)s page of tasks", "%(number)s pages of tasks", "count")


def _search(label: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.TextInput(attrs={"type": "search"}), max_length=255)


class OfOrganization(FilterForm):
    """A filter with choices out of the organization's own rows."""

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organization = organization
        if "pool" in self.fields:
            pools = Pool.objects.for_organization(organization)
            self.fields["pool"].choices = [ANY, *named(pools, "private_name")]
        if "skill" in self.fields:
            skills = Skill.objects.for_organization(organization).order_by("name")[:300]
            self.fields["skill"].choices = [ANY, *((one.pk.hex, one.name) for one in skills)]

    def id_of(self, name: str) -> Any:
        return parse_public_id(self.chosen(name)) if self.chosen(name) else None


STATES = [ANY, ("restricted", _("Restricted now")), ("free", _("Not restricted"))]


class PerformerFilter(OfOrganization):
    q = _search(_("Name"))
    state = forms.ChoiceField(label=_("State"), choices=STATES)
    pool = forms.ChoiceField(label=_("Worked in"))
    skill = forms.ChoiceField(label=_("Skill"))
    at_least = forms.IntegerField(label=_("Value at least"), min_value=0, max_value=100)
    at_most = forms.IntegerField(label=_("Value at most"), min_value=0, max_value=100)

    def of(self, performers: QuerySet) -> QuerySet:
        if text := self.chosen("q"):
            performers = performers.filter(external_id__icontains=text)
        if state := self.chosen("state"):
            held = Exists(Restriction.objects.for_organization(self.organization).filter(_own()).live())
            performers = performers.filter(held if state == "restricted" else ~held)
        if pool := self.id_of("pool"):
            places = PerformerPool.objects.for_organization(self.organization).filter(_own(), pool_id=pool)
            performers = performers.filter(Exists(places))
        if skill := self.id_of("skill"):
            performers = performers.filter(Exists(self._values(skill)))
        return performers

    def _values(self, skill: Any) -> QuerySet:
        values = PerformerSkill.objects.for_organization(self.organization).filter(_own(), skill_id=skill)
        for name, lookup in (("at_least", "exact_value__gte"), ("at_most", "exact_value__lte")):
            # Nought is a bound like any other.
            if (bound := self.cleaned_data.get(name)) is not None:
                values = values.filter(**{lookup: bound})
        return values


def _own() -> Q:
    return Q(performer_id=OuterRef("pk"))


class SkillFilter(FilterForm):
    q = _search(_("Name"))
    sees = forms.ChoiceField(label=_("Who sees it"), choices=[ANY, ("hidden", _("Hidden")), ("public", _("Public"))])

    def of(self, skills: QuerySet) -> QuerySet:
        if text := self.chosen("q"):
            skills = skills.filter(name__icontains=text)
        return skills.filter(hidden=self.chosen("sees") == "hidden") if self.chosen("sees") else skills


class RestrictionFilter(OfOrganization):
    q = _search(_("Performer"))
    state = forms.ChoiceField(label=_("State"), choices=[("", _("In force")), ("past", _("Past")), ("all", _("All"))])
    scope = forms.ChoiceField(
        label=_("Scope"),
        choices=[ANY, ("POOL", _("One pool")), ("PROJECT", _("A project")), ("ALL_PROJECTS", _("All projects"))],
    )
    by = forms.ChoiceField(label=_("By"), choices=[ANY, ("rule", _("A rule")), ("hand", _("Hand"))])
    pool = forms.ChoiceField(label=_("Pool"))

    def of(self, restrictions: QuerySet) -> QuerySet:
        if text := self.chosen("q"):
            restrictions = restrictions.filter(performer__external_id__icontains=text)
        if scope := self.chosen("scope"):
            restrictions = restrictions.filter(scope=scope)
        if by := self.chosen("by"):
            restrictions = restrictions.filter(firing__isnull=by == "hand")
        if pool := self.id_of("pool"):
            restrictions = restrictions.filter(pool_id=pool)
        state = self.chosen("state")
        if state == "past":
            return restrictions.over()
        return restrictions if state == "all" else restrictions.live()


class ReviewFilter(OfOrganization):
    q = _search(_("Performer"))
    pool = forms.ChoiceField(label=_("Pool"))
    state = forms.ChoiceField(label=_("State"), choices=[("", _("Waiting")), ("rejected", _("Rejected"))])

    def of(self, assignments: QuerySet) -> QuerySet:
        status = Assignment.Status.REJECTED if self.chosen("state") else Assignment.Status.SUBMITTED
        waiting = assignments.filter(status=status, accept_by__isnull=False)
        if text := self.chosen("q"):
            waiting = waiting.filter(performer__external_id__icontains=text)
        pool = self.id_of("pool")
        return waiting.filter(pool_id=pool) if pool else waiting


class SkillValueFilter(FilterForm):
    skill = forms.CharField(label=_("Skill"))
    """Its id."""

    def of(self, values: QuerySet) -> QuerySet:
        asked = self.chosen("skill")
        return values.filter(skill_id=parse_public_id(asked)) if asked else values


class RewardFilter(FilterForm):
    pool = forms.CharField(label=_("Pool"))
    """Its id."""
    performer = forms.CharField(label=_("Performer"))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[ANY, (Reward.Kind.REWARD, _("Reward")), (Reward.Kind.BONUS, _("Bonus"))]
    )

    def of(self, rewards: QuerySet) -> QuerySet:
        if asked := self.chosen("pool"):
            rewards = rewards.filter(pool_id=parse_public_id(asked))
        if name := self.chosen("performer"):
            rewards = rewards.filter(performer__external_id=name)
        return rewards.filter(kind=self.chosen("kind")) if self.chosen("kind") else rewards
