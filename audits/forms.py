"""Forms of the pages: what people type, checked for its shape. What it means is the services' to judge."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.json_input import check_json, parse_json
from audits.models import Project, Verdict
from audits.pins import checked_pins, place_in_words
from audits.services.projects import LONGEST_REASON
from audits.services.sampling import LARGEST_SEED, SampleSize
from audits.task_types import TASK_TYPES
from labelops.errors import InvalidInput
from labelops.tenancy.forms import CallbackAddressField
from labelops.tenancy.models import Membership

LONGEST_COMMENT = 10_000
Choices = list[tuple[str, str]]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    # Where to go back to; empty: to the task.
    session = forms.RegexField(r"\A[0-9a-f]{32}\Z", required=False, widget=forms.HiddenInput)


class ResponseField(forms.CharField):
    """A JSON object as text; None where nothing was sent."""

    def clean(self, value: Any) -> dict[str, Any] | None:
        text = super().clean(value)
        if not text.strip():
            return None
        try:
            found = parse_json(text)
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error
        if not isinstance(found, dict):
            raise forms.ValidationError(_("The response must be a JSON object."))
        return found


class RemarksField(forms.CharField):
    """JSON: {"reasons": [text, …], "pins": [see audits/pins.py]}. Gives (reasons, pins)."""

    def clean(self, value: Any) -> tuple[tuple[str, ...], tuple[dict[str, Any], ...]]:
        text = super().clean(value)
        if not text.strip():
            return (), ()
        try:
            found = parse_json(text)
            if not isinstance(found, dict) or not _are_texts(found.get("reasons", [])):
                raise InvalidInput(_("Reasons are a list of texts."))
            return tuple(found.get("reasons", [])), tuple(checked_pins(found.get("pins", [])))
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and len(one) <= LONGEST_REASON for one in value)


class SharedFields(dict[str, forms.Field]):
    """Of a form that changes none of its fields: no copy for each request, which took longer than all the checks."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "SharedFields":
        return self


class WorkForm(forms.Form):
    """What an open workspace sends with everything: whose lock, which version, and the work itself."""

    lock_token = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    comment = forms.CharField(required=False, max_length=LONGEST_COMMENT, strip=False)
    response = ResponseField(required=False, strip=False)
    remarks = RemarksField(required=False)

    def clean_comment(self) -> str:
        try:
            check_json(self.cleaned_data["comment"])
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error
        return self.cleaned_data["comment"]


class VerdictForm(WorkForm):
    verdict = forms.ChoiceField(
        choices=Verdict, error_messages={"required": gettext_lazy("Choose: approve, make changes or reject.")}
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("verdict") == Verdict.REJECTED and not data.get("comment", "").strip():
            data["comment"] = in_words(*data.get("remarks", ((), ())))
        if data.get("verdict") == Verdict.REJECTED and not data["comment"]:
            self.add_error("comment", _("Say what is wrong, so that it can be avoided; then reject again."))
        if data.get("verdict") == Verdict.FIXED and "response" in data and data["response"] is None:
            self.add_error("response", _("Nothing is changed yet. Change the response, or approve it."))
        if data.get("verdict") in (Verdict.ACCEPTED, Verdict.REJECTED) and data.get("response") is not None:
            self.add_error("response", _("Submit or discard your changes first."))
        return data


VerdictForm.base_fields = SharedFields(VerdictForm.base_fields)


def in_words(reasons: tuple[str, ...], pins: tuple[dict[str, Any], ...]) -> str:
    """The comment of who has said it all by choosing and pinning."""
    return "\n".join([*reasons, *(f"{place_in_words(pin['target'])}: {pin['comment']}" for pin in pins)])


class FlagForm(forms.Form):
    lock_token = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    assignee = forms.UUIDField(error_messages={"required": _("Choose a colleague.")})
    note = forms.CharField(max_length=2_000, error_messages={"required": _("Write what they should look at.")})
    # Where it is the session's task.
    session = forms.UUIDField(required=False)


class TemplateForm(forms.Form):
    text = forms.CharField(max_length=2_000)
    for_everybody = forms.BooleanField(required=False)


class ReasonsForm(forms.Form):
    reasons = forms.CharField(
        required=False, max_length=5_000, widget=forms.Textarea(attrs={"rows": 6}), label=_("Reasons, one a line"),
        help_text=_("Offered when a task is changed or rejected, so that common errors can be counted."),
    )  # fmt: skip


class LockForm(forms.Form):
    """A heartbeat, a release, a skip. `expires_at`: the expiry that the closing page knew."""

    lock_token = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    expires_at = forms.DateTimeField(required=False)
    reason = forms.CharField(required=False, max_length=500)


class SampleForm(forms.Form):
    """How much of the filtered tasks to draw, and for whom."""

    HOW = [
        ("number", gettext_lazy("A number of tasks")),
        ("percent", gettext_lazy("A percentage")),
        ("all", gettext_lazy("All of them")),
    ]

    how = forms.ChoiceField(choices=HOW, widget=forms.RadioSelect, label=gettext_lazy("Sample"))
    size = forms.DecimalField(
        required=False,
        label=gettext_lazy("How many"),
        help_text=gettext_lazy("Tasks, or percent of them."),
        max_digits=12,
    )
    seed = forms.IntegerField(
        min_value=0, max_value=LARGEST_SEED, label=gettext_lazy("Seed"),
        help_text=gettext_lazy("Decides the draw. The same seed, filter and tasks give the same sample again."),
    )  # fmt: skip
    name = forms.CharField(required=False, max_length=255, label=gettext_lazy("Name"))
    auditors = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Auditors"), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Chosen: only these. None chosen: everybody who may audit."),
    )  # fmt: skip
    second_percent = forms.DecimalField(
        required=False, min_value=0, max_value=100, label=gettext_lazy("Second audits, in percent"),
        help_text=gettext_lazy("So many are judged again, by another auditor who does not know the first verdict."),
    )  # fmt: skip

    def __init__(self, *args: Any, auditors: Choices | Callable[[], Choices], **kwargs: Any) -> None:
        """`auditors`: membership ids in hex and names of those who may be chosen, or what finds them."""
        super().__init__(*args, **kwargs)
        self.fields["auditors"].choices = auditors

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        size, how = data.get("size"), data.get("how")
        if "size" not in data or how not in ("number", "percent"):
            return data
        if size is None:
            self.add_error("size", _("Say how many, or choose all."))
        elif how == "number" and (size < 1 or size != int(size)):
            self.add_error("size", _("Give a whole number of tasks, at least 1."))
        elif how == "percent" and not 0 < size <= 100:
            self.add_error("size", _("Give a percentage above 0 and up to 100."))
        return data

    @property
    def sample_size(self) -> SampleSize:
        data = self.cleaned_data
        if data["how"] == "number":
            return SampleSize(number=int(data["size"]))
        return SampleSize(percent=float(data["size"])) if data["how"] == "percent" else SampleSize()

    @property
    def chosen(self) -> list[str]:
        return self.cleaned_data["auditors"]

    @property
    def second_share(self) -> float:
        return float(self.cleaned_data["second_percent"] or 0) / 100


def _type_choices() -> list[tuple[str, str]]:
    return [(name, kind.label or name) for name, kind in sorted(TASK_TYPES.items())]


class ProjectForm(forms.Form):
    name = forms.CharField(max_length=255)
    type = forms.ChoiceField(choices=_type_choices, label=gettext_lazy("Task type"))
    instruction = forms.CharField(
        required=False, widget=forms.Textarea, help_text=gettext_lazy("What performers and auditors go by.")
    )


class CallbackForm(forms.Form):
    callback_url = CallbackAddressField(
        required=False, label=gettext_lazy("Callback URL"),
        help_text=gettext_lazy(
            "Told of completions and audits in this project, where task and batch name no address themselves."
        ),
    )  # fmt: skip
    hold_callbacks = forms.TypedChoiceField(
        required=False, label=gettext_lazy("A verdict's callback is sent"),
        choices=[("", gettext_lazy("As the organization's settings say")), ("no", gettext_lazy("At once")),
                 ("yes", gettext_lazy("When it can no longer be undone"))],
        coerce=lambda chosen: chosen == "yes", empty_value=None,
        help_text=gettext_lazy(
            "On the audit page a verdict can be undone for 30 seconds. One that was told at once and is undone is "
            "followed by task.audit_reverted."
        ),
    )  # fmt: skip

    @staticmethod
    def initial_of(project: Project) -> dict[str, Any]:
        return {
            "callback_url": project.callback_url,
            "hold_callbacks": {None: "", False: "no", True: "yes"}[project.hold_callbacks],
        }


class AssignmentForm(forms.Form):
    auditors = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("May audit this project")
    )

    def __init__(self, *args: Any, members: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {member.pk.hex: member for member in members}
        self.fields["auditors"].choices = [(key, str(member.user)) for key, member in self.members.items()]

    @property
    def chosen(self) -> list[Membership]:
        return [self.members[key] for key in self.cleaned_data["auditors"]]


class BatchForm(forms.Form):
    name = forms.CharField(max_length=255)
    project = forms.ChoiceField()
    callback_url = CallbackAddressField(required=False, label=gettext_lazy("Callback URL"))
    staging = forms.BooleanField(
        required=False, label=gettext_lazy("Keep it in staging: tasks come in, work starts later")
    )

    def __init__(self, *args: Any, projects: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.projects = {project.pk.hex: project for project in projects}
        # What the form depends on before anybody has filled it in.
        self.offered = tuple((key, project.name) for key, project in self.projects.items())
        self.fields["project"].choices = self.offered
