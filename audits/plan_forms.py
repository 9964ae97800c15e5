"""The planner's form: what is wished of a sample. Percent on the page, shares from 0 to 1 for the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.plans import REJECTED, REJECTED_OR_FIXED, SEQUENTIAL, SINGLE, PlanRequest
from audits.services.sampling import LARGEST_SEED
from labelops.statistics.plans import Wishes
from labelops.tenancy.models import Membership

ESTIMATE = "estimate"
OF_A_PLAN = ("acceptable", "limiting", "producer_risk", "consumer_risk", "defects")
OF_AN_ESTIMATE = ("margin", "level", "expected")


def percent(label: Any, *, help_text: Any = "", low: float = 0, high: float = 100) -> forms.FloatField:
    field = forms.FloatField(min_value=low, max_value=high, label=label, help_text=help_text, required=False)
    field.widget.attrs |= {"step": "any", "inputmode": "decimal"}
    return field


class PlannerForm(forms.Form):
    """Sent by GET with the filter: the plan is an address. What is left out has its usual value."""

    GOALS = [
        (SINGLE, gettext_lazy("Decide about these tasks by one sample")),
        (SEQUENTIAL, gettext_lazy("Decide as early as possible (sequential)")),
        (ESTIMATE, gettext_lazy("Estimate a share with a wanted precision")),
    ]
    USUAL = {"goal": SINGLE, "acceptable": 5, "limiting": 15, "producer_risk": 5, "consumer_risk": 10,
             "defects": REJECTED_OR_FIXED, "margin": 5, "level": 95, "expected": 50}  # fmt: skip

    goal = forms.ChoiceField(choices=GOALS, widget=forms.RadioSelect, label=gettext_lazy("What for"), required=False)
    acceptable = percent(
        gettext_lazy("Acceptable defective share (AQL), %"),
        help_text=gettext_lazy("So good, and it should be released."),
    )
    limiting = percent(
        gettext_lazy("Limiting defective share (LQ), %"), help_text=gettext_lazy("So bad, and it should be held.")
    )
    producer_risk = percent(
        gettext_lazy("Risk to hold acceptable work, %"),
        help_text=gettext_lazy("The producer's risk."),
        low=0.1,
        high=49,
    )
    consumer_risk = percent(
        gettext_lazy("Risk to release limiting work, %"),
        help_text=gettext_lazy("The consumer's risk."),
        low=0.1,
        high=49,
    )
    defects = forms.ChoiceField(
        choices=[
            (REJECTED_OR_FIXED, gettext_lazy("Rejected or fixed")), (REJECTED, gettext_lazy("Rejected only")),
        ],
        label=gettext_lazy("Counts as defective"), required=False,
    )  # fmt: skip
    margin = percent(gettext_lazy("Precision: plus or minus, percentage points"), low=0.1, high=50)
    level = percent(gettext_lazy("Confidence level, %"), low=50, high=99.9)
    expected = percent(
        gettext_lazy("Expected share, %"), help_text=gettext_lazy("50 is the careful choice."), low=0.1, high=99.9
    )

    def __init__(self, data: Any, *args: Any, **kwargs: Any) -> None:
        filled = data.copy()
        for name, usual in self.USUAL.items():
            if not filled.get(name):
                filled[name] = str(usual)
        super().__init__(filled, *args, **kwargs)

    @property
    def goal_chosen(self) -> str:
        return self.data["goal"] if self.data["goal"] in dict(self.GOALS) else SINGLE

    @property
    def shown(self) -> list[forms.BoundField]:
        return [self[name] for name in (OF_AN_ESTIMATE if self.goal_chosen == ESTIMATE else OF_A_PLAN)]

    @property
    def unshown(self) -> list[tuple[str, str]]:
        """Kept in the address while the other goal is looked at."""
        names = OF_A_PLAN if self.goal_chosen == ESTIMATE else OF_AN_ESTIMATE
        return [(name, self.data[name]) for name in names if str(self.data[name]) != str(self.USUAL[name])]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        good, bad = data.get("acceptable"), data.get("limiting")
        if data.get("goal") == SEQUENTIAL and good == 0:
            self.add_error("acceptable", _("A sequential plan needs an acceptable share above 0."))
        if good is not None and bad is not None and not good < bad:
            self.add_error("limiting", _("The limiting share must be above the acceptable one."))
        if bad == 100:
            self.add_error("limiting", _("Give a share below 100 %."))
        return data

    def share(self, name: str) -> float:
        return self.cleaned_data[name] / 100

    @property
    def request(self) -> PlanRequest | None:
        """None: an estimate needs no plan."""
        if self.goal_chosen == ESTIMATE:
            return None
        wishes = Wishes(*(self.share(name) for name in OF_A_PLAN[:4]))
        return PlanRequest(self.goal_chosen, wishes, self.cleaned_data["defects"])


class PlannedSessionForm(forms.Form):
    """What is left to say when a plan becomes a session."""

    name = forms.CharField(required=False, max_length=255, label=gettext_lazy("Name"))
    seed = forms.IntegerField(min_value=0, max_value=LARGEST_SEED, label=gettext_lazy("Seed"))
    second_percent = forms.DecimalField(
        required=False, min_value=0, max_value=100, label=gettext_lazy("Second audits, in percent"),
        help_text=gettext_lazy("So many are judged again, by another auditor who does not know the first verdict."),
    )  # fmt: skip
    auditors = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Auditors"), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Chosen: only these. None chosen: everybody who may audit."),
    )  # fmt: skip

    def __init__(self, *args: Any, auditors: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {member.pk.hex: member for member in auditors}
        self.fields["auditors"].choices = [(key, str(member.user)) for key, member in self.members.items()]

    @property
    def chosen(self) -> list[Membership]:
        return [self.members[key] for key in self.cleaned_data["auditors"]]

    @property
    def second_share(self) -> float:
        return float(self.cleaned_data["second_percent"] or 0) / 100
