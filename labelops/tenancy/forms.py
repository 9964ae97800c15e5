"""What people type on the settings pages and on an invitation. Forms check the form of it; services do the rest."""

from zoneinfo import available_timezones

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.errors import InvalidInput
from labelops.tenancy.addresses import check_callback_address
from labelops.tenancy.models import Organization, Scope
from labelops.tenancy.permissions import Role


class CallbackAddressField(forms.CharField):
    """Where callbacks go: an http(s) or e-mail address, refused at the field as it would be when it is called."""

    def __init__(self, **options: object) -> None:
        # No type=url: browsers would refuse e-mail addresses.
        attributes = {"inputmode": "url", "autocomplete": "off", "spellcheck": "false", "placeholder": "https://"}
        super().__init__(**{"max_length": 2048, "widget": forms.TextInput(attributes)} | options)

    def validate(self, value: str) -> None:
        super().validate(value)
        try:
            if value:
                check_callback_address(value)
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error


class OrganizationForm(forms.ModelForm):
    lock_minutes = forms.IntegerField(
        label=gettext_lazy("Lock time in minutes"),
        min_value=1,
        max_value=1440,
        help_text=gettext_lazy("How long a task stays with one auditor whose page does not report back."),
    )
    time_zone = forms.ChoiceField(
        choices=lambda: [(name, name.replace("_", " ")) for name in sorted(available_timezones())],
        help_text=gettext_lazy("Weeks in reports run from Monday 00:00 to Sunday 24:00 in this zone."),
    )
    callback_url = CallbackAddressField(
        label=gettext_lazy("Default callback address"),
        required=False,
        help_text=gettext_lazy(
            "Where completions and audits are sent unless a task, its batch or its project names an address."
        ),
    )
    test_callback_url = CallbackAddressField(
        label=gettext_lazy("Default callback address of test mode"),
        required=False,
        help_text=gettext_lazy("The same for test mode, which never sends to the address above."),
    )

    class Meta:
        model = Organization
        fields = (
            "name", "time_zone", "lock_minutes", "callback_url", "test_callback_url", "auditors_need_assignment",
            "hold_callbacks",
        )  # fmt: skip
        labels = {
            "auditors_need_assignment": gettext_lazy(
                "Auditors see and audit only the projects that are assigned to them"
            ),
            "hold_callbacks": gettext_lazy("Send a verdict's callback only when it can no longer be undone"),
        }
        help_texts = {
            "hold_callbacks": gettext_lazy(
                "On the audit page a verdict can be undone for 30 seconds. Off: it is told at once, "
                "and an undone one is followed by task.audit_reverted."
            ),
        }


class InvitationForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    role = forms.ChoiceField(choices=Role, initial=Role.AUDITOR)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role)


class KeyForm(forms.Form):
    """`members`: for whom a key may act; with one of them only there is nothing to choose."""

    name = forms.CharField(max_length=120, help_text=gettext_lazy("The program that will use the key."))
    mode = forms.ChoiceField(choices=[("live", "Live"), ("test", "Test")], widget=forms.RadioSelect, initial="test")
    user = forms.ModelChoiceField(queryset=None, label=gettext_lazy("Acts for"), empty_label=None)
    scopes = forms.MultipleChoiceField(choices=Scope, widget=forms.CheckboxSelectMultiple, initial=Scope.values)

    def __init__(self, *arguments: object, members: QuerySet, **options: object) -> None:
        super().__init__(*arguments, **options)
        self.fields["user"].queryset = members


class NewAccountForm(forms.Form):
    name = forms.CharField(max_length=150, label=gettext_lazy("Your name"))
    password = forms.CharField(
        max_length=1000,
        strip=False,
        help_text=gettext_lazy("At least 8 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        max_length=1000,
        label=gettext_lazy("The password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> None:
        if self.cleaned_data.get("password") != self.cleaned_data.get("again"):
            self.add_error("again", _("The two passwords differ."))


def show_errors(form: forms.Form, message: str, fields: dict[str, str]) -> None:
    """A domain error's sentences, each at its field or, where the form has no such field, above the form."""
    for name, sentence in fields.items():
        form.add_error(name if name in form.fields else None, sentence)
    if not fields:
        form.add_error(None, message)
