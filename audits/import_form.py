"""What a person says about a file of tasks."""

from django import forms

from audits.models import Project
from labelops.tenancy.forms import CallbackAddressField


class ProjectNameInput(forms.TextInput):
    """A text field that proposes the names there are."""

    def __init__(self, list_id: str) -> None:
        super().__init__({"list": list_id, "autocomplete": "off", "maxlength": 255})


class ImportForm(forms.Form):
    PROJECTS = "projects-there-are"

    file = forms.FileField(
        label="File",
        help_text="A JSON list, JSON Lines, or CSV with a header.",
        widget=forms.FileInput({"accept": ".json,.jsonl,.ndjson,.csv,.tsv"}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty. Choose another one."},
    )
    project = forms.CharField(
        required=False,
        max_length=255,
        label="Project",
        help_text="Empty: the project that each task names. A new name makes a new project.",
        widget=ProjectNameInput(PROJECTS),
    )
    notify = forms.BooleanField(required=False, label="Send a callback for each completed task")
    callback_url = CallbackAddressField(
        required=False, label="Callback URL", help_text="Replaces the address that the file names."
    )

    def __init__(self, *args: object, projects: list[Project], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.projects = projects
