"""What requesters type about performers, skills and reviews. Forms check the form of it; services do the rest."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.models import Project
from crowd_rules.models import Pool, Skill
from crowd_rules.services.performers import Profile
from crowd_rules.services.skills import SkillSettings
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Organization

MOST_CHOICES = 300
UNITS = [("DAYS", gettext_lazy("days")), ("HOURS", gettext_lazy("hours")), ("PERMANENT", gettext_lazy("for good"))]
SCOPES = [("POOL", gettext_lazy("One pool (suspend)")), ("PROJECT", gettext_lazy("A project (ban)")),
          ("ALL_PROJECTS", gettext_lazy("All projects (ban)"))]  # fmt: skip


def named(rows: Any, name: str) -> list[tuple[str, str]]:
    return [(one.pk.hex, getattr(one, name)) for one in rows.newest_first()[:MOST_CHOICES]]


class PerformerForm(forms.Form):
    name = forms.CharField(
        max_length=200, label=gettext_lazy("Name"), help_text=gettext_lazy("What you call this performer.")
    )
    email = forms.EmailField(
        max_length=254, required=False, label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("An invitation to the workspace goes there. Not needed where they work over the API."),
    )  # fmt: skip
    country = forms.CharField(max_length=2, required=False, label=gettext_lazy("Country"),
                              help_text=gettext_lazy("Two letters (ISO 3166): for filters of pools."))  # fmt: skip
    city = forms.CharField(max_length=120, required=False, label=gettext_lazy("City"))
    languages = forms.CharField(max_length=200, required=False, label=gettext_lazy("Languages"),
                                help_text=gettext_lazy("Codes such as EN, DE, parted by commas."))  # fmt: skip

    @property
    def profile(self) -> Profile:
        data = self.cleaned_data
        languages = [one.strip() for one in data["languages"].split(",") if one.strip()]
        return Profile(data["country"], data["city"], languages)


class InviteForm(forms.Form):
    email = forms.EmailField(max_length=254, label=gettext_lazy("E-mail"))


class RestrictForm(forms.Form):
    scope = forms.ChoiceField(label=gettext_lazy("Where"), choices=SCOPES)
    pool = forms.ChoiceField(label=gettext_lazy("Pool, to suspend from it"), required=False)
    project = forms.ChoiceField(label=gettext_lazy("Project, to ban from it"), required=False)
    duration = forms.IntegerField(label=gettext_lazy("For how long"), min_value=1, max_value=10_000, required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS)
    reason = forms.CharField(
        max_length=499, label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Only you and your people see it; the performer is told until when, never why."),
    )  # fmt: skip

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        pools = Pool.objects.for_organization(organization).exclude(status=Pool.Status.ARCHIVED)
        projects = Project.objects.for_organization(organization).active()
        self.fields["pool"].choices = [("", _("Choose a pool")), *named(pools, "private_name")]
        self.fields["project"].choices = [("", _("Choose a project")), *named(projects, "name")]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("unit") != "PERMANENT" and not data.get("duration"):
            self.add_error("duration", _("Say for how long, or choose “for good”."))
        for scope, name in (("POOL", "pool"), ("PROJECT", "project")):
            if data.get("scope") == scope and not data.get(name) and name not in self.errors:
                self.add_error(name, _("Choose one."))
        return data

    @property
    def pool_id(self) -> UUID | None:
        return parse_public_id(self.cleaned_data["pool"]) if self.cleaned_data["scope"] == "POOL" else None

    @property
    def project_id(self) -> UUID | None:
        return parse_public_id(self.cleaned_data["project"]) if self.cleaned_data["scope"] == "PROJECT" else None

    def until(self, now: datetime) -> datetime | None:
        number = self.cleaned_data["duration"]
        lasts = {"DAYS": timedelta(days=number or 0), "HOURS": timedelta(hours=number or 0)}
        unit = self.cleaned_data["unit"]
        return None if unit == "PERMANENT" else now + lasts[unit]


class SkillValueForm(forms.Form):
    """`skills`: choices where the form sets any skill of one performer."""

    skill = forms.ChoiceField(label=gettext_lazy("Skill"))
    value = forms.DecimalField(label=gettext_lazy("Value"), min_value=Decimal(0), max_value=Decimal(100), max_digits=13,
                               decimal_places=10, help_text=gettext_lazy("0 to 100."))  # fmt: skip
    reason = forms.CharField(max_length=499, required=False, label=gettext_lazy("Reason"),
                             help_text=gettext_lazy("Kept in the history of the value."))  # fmt: skip

    def __init__(self, *args: Any, skills: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["skill"].choices = [("", _("Choose a skill")), *skills]


class SkillForm(forms.Form):
    name = forms.CharField(max_length=255, label=gettext_lazy("Name"))
    hidden = forms.ChoiceField(
        label=gettext_lazy("Who sees it"),
        choices=[("1", gettext_lazy("Hidden: only you")), ("0", gettext_lazy("Public: performers see their own"))],
    )  # fmt: skip
    public_name = forms.CharField(max_length=255, required=False, label=gettext_lazy("Name for performers"))
    description = forms.CharField(max_length=2000, required=False, label=gettext_lazy("Description for performers"),
                                  widget=forms.Textarea(attrs={"rows": 2}))  # fmt: skip
    private_comment = forms.CharField(max_length=2000, required=False, label=gettext_lazy("Note"),
                                      widget=forms.Textarea(attrs={"rows": 2}),
                                      help_text=gettext_lazy("Only you see it."))  # fmt: skip
    skill_ttl_hours = forms.IntegerField(
        min_value=1, max_value=1_000_000, required=False, label=gettext_lazy("Holds for, in hours"),
        help_text=gettext_lazy("A value that was not set anew for longer counts as none. Empty: for ever."),
    )  # fmt: skip

    def settings(self, before: Skill | None = None) -> SkillSettings:
        """The wire's texts in other languages stay as they are."""
        data = self.cleaned_data
        return SkillSettings(
            name=data["name"], hidden=data["hidden"] == "1", private_comment=data["private_comment"],
            public_name=_with_english(before.public_name if before else {}, data["public_name"]),
            public_requester_description=_with_english(before.public_requester_description if before else {},
                                                       data["description"]),
            skill_ttl_hours=data["skill_ttl_hours"], training=before.training if before else False,
        )  # fmt: skip

    @classmethod
    def initial_of(cls, skill: Skill) -> dict[str, Any]:
        return {
            "name": skill.name, "hidden": "1" if skill.hidden else "0", "private_comment": skill.private_comment,
            "public_name": skill.public_name.get("EN", ""), "skill_ttl_hours": skill.skill_ttl_hours,
            "description": skill.public_requester_description.get("EN", ""),
        }  # fmt: skip


def _with_english(texts: dict[str, str], english: str) -> dict[str, str]:
    others = {language: text for language, text in texts.items() if language != "EN"}
    return {**others, "EN": english} if english else others


class ReviewForm(forms.Form):
    accept = forms.ChoiceField(choices=[("1", "accept"), ("0", "reject")])
    public_comment = forms.CharField(max_length=2048, required=False)
