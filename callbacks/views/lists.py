"""What the lists of endpoints and deliveries can show, and what endpoints can be filtered by."""

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from callbacks.models import Endpoint
from labelops.lists.chips import ANY, FilterBar, FilterForm
from labelops.lists.table import Column, ListOf

ENDPOINTS = ListOf(
    "endpoints",
    (
        Column("endpoint", _("Endpoint"), always=True),
        Column("told", _("Told of")),
        Column("state", _("State")),
        Column("success", _("Last success")),
        Column("failures", _("Failures"), number=True),
        Column("oldest", _("Oldest due")),
        Column("created", _("Made"), sort="id", falls_first=True, hidden=True),
    ),
)
DELIVERIES = ListOf(
    "deliveries",
    (
        Column("event", _("Event"), always=True),
        Column("endpoint", _("Endpoint")),
        Column("status", _("Status")),
        Column("answer", _("Last answer")),
        Column("attempts", _("Attempts"), number=True),
        Column("happened", _("Happened")),
    ),
    export="deliveries",
)
STATES = [(value, label) for value, label in Endpoint.Status.choices if value != Endpoint.Status.DELETED]


class EndpointFilter(FilterForm):
    q = forms.CharField(label=_("Address or name"), widget=forms.TextInput(attrs={"type": "search"}))
    status = forms.ChoiceField(label=_("Status"), choices=[ANY, *STATES])
    kind = forms.CharField(widget=forms.HiddenInput)

    def of(self, endpoints: QuerySet) -> QuerySet:
        if words := self.chosen("q"):
            endpoints = endpoints.filter(Q(url__icontains=words) | Q(description__icontains=words))
        if status := self.chosen("status"):
            endpoints = endpoints.filter(status=status)
        return endpoints.filter(is_ad_hoc=self.is_ad_hoc)

    @property
    def is_ad_hoc(self) -> bool:
        return self.chosen("kind") == "callback_url"


def endpoint_bar(filtering: EndpointFilter) -> FilterBar:
    """Its chips leave out which of the two kinds is shown: the tabs say that."""
    bar = FilterBar(filtering, first=("q", "status"))
    bar.hidden = [filtering["kind"]]
    bar.chips = tuple(chip for chip in bar.chips if chip.name != str(filtering["kind"].label))
    return bar


def without_seen(data: QueryDict) -> QueryDict:
    """What the address asks for, without what an open page says it has."""
    asked = data.copy()
    asked.pop("seen", None)
    return asked
