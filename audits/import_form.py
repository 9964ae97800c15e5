"""What a person says about a file of tasks."""

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.models import Project
from labelops.tenancy.forms import CallbackAddressField


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
    callback_url = CallbackAddressField(
        required=False, label=_("Callback URL"), help_text=_("Replaces the address that the file names.")
    )

    def __init__(self, *args: object, projects: list[Project], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.projects = projects
