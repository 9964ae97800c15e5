"""What the log of deliveries is filtered by: one form for the page's address and for the API's."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from callbacks.catalogue import EVENT_TYPES, TEST
from callbacks.models import Delivery
from callbacks.models.delivery import DeliveryQuerySet
from labelops.errors import InvalidInput
from labelops.tenancy.identifiers import parse_public_id

ANY = ("", _("Any"))
# Lists tell waiting, sending and retrying apart; in the table they are one.
STATUSES = [
    (value, _("Waiting or retrying") if value == Delivery.Status.PENDING else label)
    for value, label in Delivery.Status.choices
]
TYPES = [(name, name) for name in (*EVENT_TYPES, TEST)]


class MomentField(forms.CharField):
    """An ISO 8601 date or time; without an offset in `zone`. A bare date that ends a range takes in its whole day."""

    def __init__(self, *, ends: bool = False, **options: Any) -> None:
        self.ends, self.zone = ends, UTC
        super().__init__(**options)

    def to_python(self, value: Any) -> datetime | None:
        text = (value or "").strip()
        try:
            return self._moment(text) if text else None
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError(
                _("Use a date such as 2026-11-22 or a time such as 2026-11-22T16:00:00Z.")
            ) from error

    def _moment(self, text: str) -> datetime:
        # A "+" of an offset arrives as a space where the sender did not quote it.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        if self.ends and len(text) == 10:
            moment += timedelta(days=1)
        if moment.year < 2000:
            raise ValueError(text)
        return moment.astimezone(UTC)


class IdField(forms.CharField):
    def to_python(self, value: Any) -> UUID | None:
        text = (value or "").strip()
        found = parse_public_id(text) if text else None
        if text and found is None:
            raise forms.ValidationError(_("This is no id: ids have 32 hexadecimal digits."))
        return found


class DeliveryFilter(forms.Form):
    """`zone` decides what a date without an offset means; `endpoints` are offered as (id, address)."""

    status = forms.ChoiceField(required=False, label=_("Status"), choices=[ANY, *STATUSES])
    type = forms.ChoiceField(required=False, label=_("Event"), choices=[ANY, *TYPES])
    endpoint = IdField(required=False, label=_("Endpoint"))
    task = IdField(required=False, label=_("Task or batch id"))
    since = MomentField(required=False, label=_("From"))
    until = MomentField(required=False, label=_("To"), ends=True)

    def __init__(
        self, data: QueryDict, *, zone: tzinfo = UTC, endpoints: Sequence[tuple[str, str]] | None = None
    ) -> None:
        super().__init__(data)
        self.fields["since"].zone = self.fields["until"].zone = zone
        if endpoints is not None:
            self.fields["endpoint"].widget = forms.Select(choices=[ANY, *endpoints])
        for name in ("since", "until"):
            is_time = len(data.get(name, "")) > len("2026-11-22")
            self.fields[name].widget = forms.TextInput({"type": "text" if is_time else "date"})
        self.fields["task"].widget.attrs |= {"type": "search", "placeholder": "018f…", "spellcheck": "false"}

    def apply(self, deliveries: DeliveryQuerySet) -> DeliveryQuerySet:
        """Those that fit; none where the form has errors."""
        if not self.is_valid():
            return deliveries.none()
        given = self.cleaned_data
        return deliveries.filtered(
            status=given["status"], type=given["type"], endpoint_id=given["endpoint"], subject_id=given["task"],
            since=given["since"], until=given["until"],
        )  # fmt: skip

    def checked(self, deliveries: DeliveryQuerySet) -> DeliveryQuerySet:
        """Those that fit; InvalidInput names the key that is wrong."""
        if not self.is_valid():
            raise InvalidInput(fields={name: f"{name}: {errors[0]}" for name, errors in self.errors.items()})
        return self.apply(deliveries)
