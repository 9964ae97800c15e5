"""What people type on the callback pages. Forms check the form of it; services do the rest."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from callbacks.catalogue import EVENT_TYPES
from callbacks.filters import TYPES, MomentField
from callbacks.models import Delivery, Endpoint
from labelops.tenancy.forms import CallbackAddressField

UNCHANGED = _("leave empty to keep it")
PEM_HINT = "-----BEGIN CERTIFICATE-----\n…\n-----BEGIN PRIVATE KEY-----\n…"


class EndpointForm(forms.Form):
    """`projects`: id -> name. With an `endpoint` its values stand in the fields, but for secrets: empty keeps those."""

    BASICS = ("url", "description")
    EVENTS = ("project", "event_types")
    SENDING = ("profile", "timeout_seconds", "rate_limit")
    PROOF = ("header_name", "header_value", "has_toloka_signature", "signs_with_ed25519", "client_certificate")

    url = CallbackAddressField(
        label=_("Address"),
        help_text=_("An https address; an e-mail address gets the JSON by mail."),
    )
    description = forms.CharField(
        label=_("Description"), required=False, max_length=255, help_text=_("Who listens there, and what for.")
    )
    project = forms.ChoiceField(label=_("Project"), required=False)
    event_types = forms.MultipleChoiceField(
        label=_("Events"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(name, f"{name} · {when}") for name, when in EVENT_TYPES.items()],
        help_text=_("None chosen: all of them, those of later versions too."),
    )  # fmt: skip
    profile = forms.ChoiceField(
        label=_("Profile"), widget=forms.RadioSelect, initial=Endpoint.Profile.STANDARD,
        choices=[
            (Endpoint.Profile.STANDARD, _("Standard Webhooks: 12 attempts over 76 hours")),
            (Endpoint.Profile.SCALE, _("Scale: 21 attempts within 24 hours, and the header scale-callback-auth")),
        ],
    )  # fmt: skip
    timeout_seconds = forms.IntegerField(
        label=_("Time limit in seconds"), required=False, min_value=1, max_value=30,
        help_text=_("From the name's look-up to the last byte of the answer."),
    )  # fmt: skip
    rate_limit = forms.IntegerField(
        label=_("Requests a second, at most"), required=False, min_value=1, max_value=10_000
    )
    header_name = forms.CharField(label=_("Header"), required=False, max_length=64)
    header_value = forms.CharField(
        label=_("Its value"), required=False, max_length=1024,
        widget=forms.PasswordInput({"autocomplete": "off", "data-1p-ignore": ""}),
        help_text=_("One more header in every request. The value is a secret and is not shown again."),
    )  # fmt: skip
    has_toloka_signature = forms.BooleanField(label=_("Also sign as Toloka does (Toloka-Signature)"), required=False)
    signs_with_ed25519 = forms.BooleanField(label=_("Also sign with ed25519 (v1a)"), required=False)
    client_certificate = forms.CharField(
        label=_("Client certificate (mTLS)"), required=False, max_length=65536, strip=False,
        widget=forms.Textarea({"rows": 4, "spellcheck": "false", "class": "mono", "placeholder": PEM_HINT}),
        help_text=_("Certificate chain and private key without a passphrase, as PEM."),
    )  # fmt: skip
    drops_header = forms.BooleanField(label=_("Send this header no more"), required=False)
    drops_certificate = forms.BooleanField(label=_("Present this certificate no more"), required=False)
    sends_test = forms.BooleanField(label=_("Send a test event at once"), required=False, initial=True)

    def __init__(
        self, data: Any = None, *, projects: dict[UUID, str], endpoint: Endpoint | None = None, **options: Any
    ) -> None:
        super().__init__(data, initial=_initial(endpoint) if endpoint else None, **options)
        self.endpoint = endpoint
        names = sorted(projects.items(), key=lambda one: one[1].lower())
        self.fields["project"].choices = [("", _("Every project")), *((key.hex, name) for key, name in names)]
        self._fit_to(endpoint)

    def _fit_to(self, endpoint: Endpoint | None) -> None:
        gone = set()
        if endpoint is None or not endpoint.header_name:
            gone.add("drops_header")
        else:
            self.fields["header_value"].widget.attrs["placeholder"] = UNCHANGED
        if endpoint is None or not endpoint.client_certificate:
            gone.add("drops_certificate")
        else:
            self.fields["client_certificate"].widget.attrs["placeholder"] = UNCHANGED
        if endpoint is not None:
            gone.add("sends_test")
        for name in gone:
            del self.fields[name]

    def fields_of(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    @property
    def basics(self) -> list[forms.BoundField]:
        return self.fields_of(*self.BASICS)

    @property
    def events(self) -> list[forms.BoundField]:
        return self.fields_of(*self.EVENTS)

    @property
    def sending(self) -> list[forms.BoundField]:
        return self.fields_of("timeout_seconds", "rate_limit")

    @property
    def proof(self) -> list[forms.BoundField]:
        return self.fields_of("has_toloka_signature", "signs_with_ed25519", "client_certificate", "drops_certificate")

    @property
    def has_more(self) -> bool:
        """Whether what stands under “More settings” is used, or wrong."""
        more = (*self.SENDING[1:], *self.PROOF)
        return any(self[name].errors or self[name].value() for name in more)

    @property
    def options(self) -> dict[str, Any]:
        """For `create_endpoint` and `update_endpoint`, without the address and the secrets that stay."""
        given = self.cleaned_data
        options = {name: given[name] for name in (
            "description", "event_types", "profile", "timeout_seconds", "rate_limit", "header_name",
            "has_toloka_signature", "signs_with_ed25519",
        )}  # fmt: skip
        options["project_id"] = UUID(given["project"]) if given["project"] else None
        if given.get("drops_header") or not given["header_name"]:
            options |= {"header_name": "", "header_value": ""} if not given["header_value"] else {}
        if given["header_value"]:
            options["header_value"] = given["header_value"]
        if given["client_certificate"].strip() or given.get("drops_certificate"):
            options["client_certificate"] = "" if given.get("drops_certificate") else given["client_certificate"]
        return options


def _initial(endpoint: Endpoint) -> dict[str, Any]:
    names = ("url", "description", "event_types", "profile", "timeout_seconds", "rate_limit", "header_name")
    found = {name: getattr(endpoint, name) for name in (*names, "has_toloka_signature")}
    project = endpoint.project_id.hex if endpoint.project_id else ""
    return found | {"project": project, "signs_with_ed25519": bool(endpoint.signing_key)}


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), required=False, max_length=200, help_text=_("Shown to whoever wonders."))


class RotationForm(forms.Form):
    overlap_hours = forms.TypedChoiceField(
        label=_("The old secret keeps working for"), coerce=int, initial="24",
        choices=[("24", _("24 hours")), ("0", _("not a moment: it is known to others")), ("1", _("1 hour")),
                 ("72", _("3 days")), ("168", _("7 days"))],
    )  # fmt: skip


REPLAYED = [
    (Delivery.Status.DEAD, _("Gave up")),
    (Delivery.Status.CANCELED, _("Canceled")),
    (Delivery.Status.DELIVERED, _("Delivered, once more")),
]


class ReplayForm(forms.Form):
    since = MomentField(label=_("From"))
    until = MomentField(label=_("To"), ends=True)
    statuses = forms.MultipleChoiceField(
        label=_("Which"), choices=REPLAYED, widget=forms.CheckboxSelectMultiple,
        initial=[Delivery.Status.DEAD, Delivery.Status.CANCELED],
    )  # fmt: skip
    event_types = forms.MultipleChoiceField(
        label=_("Events"), required=False, choices=TYPES, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, zone: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("since", "until"):
            self.fields[name].zone = zone
            self.fields[name].widget = forms.DateTimeInput({"type": "datetime-local", "step": "1"})
