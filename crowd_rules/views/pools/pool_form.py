"""The form of a pool: what a requester decides, in the units that people use."""

from dataclasses import fields, replace
from datetime import UTC
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crowd_rules.models import Pool
from crowd_rules.services.pools import PoolSettings

MINUTE = 60


def _whole(label: Promise, *, least: int = 0, most: int = 500, help: Any = "", initial: int = 0) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=help, initial=initial)


class PoolForm(forms.Form):
    """`projects`: to choose from for a new pool; none of them for one that stands. `trainings` of the organization."""

    project = forms.ChoiceField(label=_("Project"))
    private_name = forms.CharField(
        label=_("Name"), max_length=255, help_text=_("Only you see it. Performers see the project's name.")
    )
    type = forms.ChoiceField(
        label=_("Kind"), choices=[("REGULAR", _("Work")), ("TRAINING", _("Training or exam"))],
        help_text=_("A training sets a skill: the share of right first answers."),
    )  # fmt: skip
    public_description = forms.CharField(
        label=_("Description for performers"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    public_instructions = forms.CharField(
        label=_("Instruction"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Empty: the project's."),
    )  # fmt: skip
    private_comment = forms.CharField(
        label=_("Note for yourselves"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    may_contain_adult_content = forms.BooleanField(label=_("May contain adult content"), required=False)

    mixing = forms.TypedChoiceField(
        label=_("Task suites"), coerce=lambda given: given == "True", initial="True", widget=forms.RadioSelect,
        choices=[("True", _("Put together when they are handed out")), ("False", _("Made by hand, through the API"))],
    )  # fmt: skip
    real_tasks_count = _whole(_("Tasks on a page"), initial=5)
    golden_tasks_count = _whole(_("Control tasks on a page"))
    training_tasks_count = _whole(_("Training tasks on a page"))
    min_real_tasks_count = _whole(
        _("At least tasks on a page"), initial=1, help=_("Fewer left: the page is not handed out.")
    )
    min_golden_tasks_count = _whole(_("At least control tasks on a page"))
    min_training_tasks_count = _whole(_("At least training tasks on a page"))
    keep_task_order = forms.BooleanField(
        label=_("Keep task order"), required=False,
        help_text=_("Tasks are handed out in the order in which they came. Switch it on where skipping hurts."),
    )  # fmt: skip
    shuffle_tasks_in_task_suite = forms.BooleanField(
        label=_("Shuffle the tasks of a page"), required=False, initial=True
    )
    allow_skip = forms.BooleanField(
        label=_("Performers may skip task suites"), required=False, initial=True,
        help_text=_("A rule on skips stops those who pick the short ones."),
    )  # fmt: skip

    reward = forms.DecimalField(
        label=_("Reward for a page, in dollars"), min_value=Decimal(0), max_digits=12, decimal_places=4, initial="0.05"
    )
    default_overlap = _whole(
        _("Overlap"), least=1, most=30_000, initial=1, help=_("How many performers answer each task.")
    )
    minutes = forms.DecimalField(
        label=_("Time for a page, in minutes"), min_value=Decimal("0.1"), max_digits=9, decimal_places=2, initial=10,
        help_text=_("Afterwards the page goes to somebody else."),
    )  # fmt: skip
    priority = _whole(_("Priority"), least=-100, most=100, help=_("Pools with a higher one are offered first."))
    will_expire = forms.DateTimeField(
        label=_("Closes by itself at (UTC)"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    close_minutes = forms.DecimalField(
        label=_("Minutes from the last answer to closing"), min_value=Decimal(0), max_value=Decimal(4320),
        decimal_places=2, initial=0,
    )  # fmt: skip

    auto_accept_solutions = forms.TypedChoiceField(
        label=_("Acceptance"), coerce=lambda given: given == "True", initial="True", widget=forms.RadioSelect,
        choices=[("True", _("Automatic: paid on submission")), ("False", _("Non-automatic: you review first"))],
    )  # fmt: skip
    auto_accept_period_day = forms.IntegerField(
        label=_("Review period, in days"), required=False, min_value=1, max_value=21, initial=14,
        help_text=_("1 to 21; what nobody has reviewed by then is accepted."),
    )  # fmt: skip
    show_audits = forms.BooleanField(
        label=_("Show performers the audits of their work"), required=False,
        help_text=_("Verdict, comment and corrected response; the auditor is not named."),
    )  # fmt: skip

    aggregation = forms.ChoiceField(
        label=_("Answers into a response"),
        choices=[("MAJORITY", _("Majority vote")), ("DAWID_SKENE", _("Dawid-Skene, once all answers are in")),
                 ("NONE", _("Not here"))],
    )  # fmt: skip
    aggregation_threshold = _whole(
        _("Equal answers needed"), least=1, most=30_000, initial=1, help=_("Fewer: the task stays without a response.")
    )
    training_pool_id = forms.ChoiceField(label=_("Training or exam before it"), required=False)
    training_passing_skill_value = forms.IntegerField(
        label=_("Passed with a skill of at least"), required=False, min_value=0, max_value=100
    )

    SECTIONS = (
        (_("The pool"), ("project", "private_name", "type", "public_description", "public_instructions",
                         "private_comment", "may_contain_adult_content")),
        (_("Pages"), ("mixing", "real_tasks_count", "golden_tasks_count", "training_tasks_count", "keep_task_order",
                      "shuffle_tasks_in_task_suite", "allow_skip")),
        (_("Pay and pace"), ("reward", "default_overlap", "minutes", "will_expire")),
        (_("Acceptance and results"), ("auto_accept_solutions", "auto_accept_period_day", "show_audits", "aggregation",
                                       "aggregation_threshold")),
    )  # fmt: skip
    RARE = ("min_real_tasks_count", "min_golden_tasks_count", "min_training_tasks_count", "priority", "close_minutes")
    ENTRANCE = ("training_pool_id", "training_passing_skill_value")

    def __init__(self, *args: Any, projects: dict[str, str], trainings: dict[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["project"].choices = list(projects.items())
        self.fields["training_pool_id"].choices = [("", _("None")), *trainings.items()]
        if not projects:
            del self.fields["project"]
        # Asked only where they are needed: the word “optional” would be wrong beside them.
        for name in ("auto_accept_period_day", "training_passing_skill_value"):
            self.fields[name].quiet = True

    def bound(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    @property
    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(title, self.bound(names)) for title, names in self.SECTIONS]

    @property
    def rare(self) -> list[forms.BoundField]:
        return self.bound(self.RARE)

    @property
    def rare_is_open(self) -> bool:
        return any(self[name].errors for name in self.RARE)

    @property
    def entrance(self) -> list[forms.BoundField]:
        return self.bound(self.ENTRANCE)

    def settings(self, filter: dict[str, Any], before: PoolSettings | None = None) -> PoolSettings:
        """`before`: what the form does not ask stays as it was."""
        data = dict(self.cleaned_data)
        expires = data["will_expire"]
        given = {one.name: data[one.name] for one in fields(PoolSettings) if one.name in data} | {
            "assignment_max_duration_seconds": int(data["minutes"] * MINUTE),
            "auto_close_after_complete_delay_seconds": int(data["close_minutes"] * MINUTE),
            "will_expire": expires.replace(tzinfo=UTC) if expires else None,
            "training_pool_id": data["training_pool_id"] or None,
            "filter": filter,
        }
        if given["auto_accept_solutions"]:
            given["auto_accept_period_day"] = None
        if not given["training_pool_id"]:
            given["training_passing_skill_value"] = None
        return replace(before, **given) if before else PoolSettings(**given)


def initial_of(pool: Pool) -> dict[str, Any]:
    """The form's values of a pool that stands."""
    settings = PoolSettings.of(pool)
    values = {one.name: getattr(settings, one.name) for one in fields(PoolSettings)}
    return values | {
        "mixing": str(settings.mixing), "auto_accept_solutions": str(settings.auto_accept_solutions),
        "reward": f"{settings.reward.normalize():f}",
        "minutes": _in_minutes(settings.assignment_max_duration_seconds),
        "close_minutes": _in_minutes(settings.auto_close_after_complete_delay_seconds),
        "will_expire": settings.will_expire.astimezone(UTC).replace(tzinfo=None) if settings.will_expire else None,
        "auto_accept_period_day": settings.auto_accept_period_day or 14,
        "training_pool_id": settings.training_pool_id.hex if settings.training_pool_id else "",
    }  # fmt: skip


def _in_minutes(seconds: int) -> Decimal:
    return Decimal(seconds) / MINUTE if seconds % MINUTE else Decimal(seconds // MINUTE)


FIELD_OF = {"assignment_max_duration_seconds": "minutes", "auto_close_after_complete_delay_seconds": "close_minutes"}
"""The form's field for a setting that it asks for in another unit."""
