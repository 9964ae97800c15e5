"""What a person says about a file of tasks."""

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from audits.models import Project


class ProjectNameInput(forms.TextInput):
    """A text field that proposes the names there are."""

    def __init__(self, list_id: str) -> None:
        super().__init__({"list": list_id, "autocomplete": "off", "maxlength": 255})


class ImportForm(forms.Form):
    PROJECTS = "projects-there-are"

    file = forms.FileField(
        label=_("File"),
        help_text=_("A JSON list, JSON Lines, or CSV with a header."),
        widget=forms.FileInput({"accept": ".json,.jsonl,.ndjson,.csv,.tsv"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty. Choose another one.")},
    )
    project = forms.CharField(
        required=False,
        max_length=255,
        label=_("Project"),
        help_text=_("Empty: the project that each task names. A new name makes a new project."),
        widget=ProjectNameInput(PROJECTS),
    )
    notify = forms.BooleanField(required=False, label=_("Send a callback for each completed task"))
    callback_url = forms.CharField(
        required=False,
        max_length=2048,
        label=_("Callback URL"),
        help_text=_("Replaces the address that the file names."),
        widget=forms.URLInput({"placeholder": "https://example.com/callback"}),
        validators=[
            URLValidator(["http", "https"], message=_("Give an address that begins with https:// or http://."))
        ],
    )

    def __init__(self, *args: object, projects: list[Project], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.projects = projects
