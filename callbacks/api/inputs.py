"""What calls may send: checked for its shape, one sentence for each field, unknown fields refused."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from callbacks.filters import MomentField
from callbacks.projects import project_named
from labelops.errors import InvalidInput
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Organization


def read(kind: type[serializers.Serializer], request: Request, **options: Any) -> dict[str, Any]:
    """The checked fields that were sent. Raises InvalidInput."""
    if not isinstance(request.data, dict):
        raise InvalidInput(_("The body must be a JSON object."))
    body = kind(data=request.data, **options)
    if unknown := sorted(set(request.data) - set(body.fields)):
        raise InvalidInput(_("Unknown field “%(name)s”.") % {"name": str(unknown[0])[:64]})
    if not body.is_valid():
        raise InvalidInput(fields={name: f"{name}: {_sentence(found)}" for name, found in body.errors.items()})
    return body.validated_data


def _sentence(found: Any) -> str:
    while isinstance(found, dict | list):
        found = next(iter(found.values())) if isinstance(found, dict) else found[0]
    return str(found)


class Text(serializers.CharField):
    """Text and nothing that could be made text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **{"allow_blank": True, "max_length": 2048} | options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        return data if isinstance(data, bool) else self.fail("invalid", input=data)


class Number(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        is_number = isinstance(data, int) and not isinstance(data, bool)
        return super().to_internal_value(data) if is_number else self.fail("invalid")


class Moment(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        try:
            return MomentField().clean(super().to_internal_value(data))
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error


class EndpointInput(serializers.Serializer):
    """As `services.create_endpoint`, with the project by its name."""

    url = Text(allow_blank=False)
    description = Text(required=False)
    project = Text(required=False, allow_null=True)
    event_types = serializers.ListField(child=Text(), required=False)
    profile = Text(required=False)
    header_name = Text(required=False)
    header_value = Text(required=False)
    client_certificate = Text(required=False, max_length=65536)
    timeout_seconds = Number(required=False, allow_null=True)
    rate_limit = Number(required=False, allow_null=True)
    has_toloka_signature = Flag(required=False)
    signs_with_ed25519 = Flag(required=False)


def read_endpoint(request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The options of an endpoint by the services' names."""
    given = dict(read(EndpointInput, request, partial=partial))
    if "project" in given:
        given["project_id"] = _project_id(request.organization, given.pop("project"))
    return given


def _project_id(organization: Organization, name: str | None) -> Any:
    if not name:
        return None
    found = project_named(organization, name)
    if found is None:
        raise InvalidInput(fields={"project": _("project: there is no project “%(name)s”.") % {"name": name[:255]}})
    return found


class RotationInput(serializers.Serializer):
    overlap_hours = Number(required=False, min_value=0, max_value=168)

    @staticmethod
    def overlap(given: dict[str, Any]) -> dict[str, timedelta]:
        return {"overlap": timedelta(hours=given["overlap_hours"])} if "overlap_hours" in given else {}


class ReasonInput(serializers.Serializer):
    reason = Text(required=False, max_length=200)


class ReplayInput(serializers.Serializer):
    since = Moment()
    until = Moment()
    statuses = serializers.ListField(child=Text(), required=False)
    event_types = serializers.ListField(child=Text(), required=False)
    dry_run = Flag(required=False)


class ChosenInput(serializers.Serializer):
    ids = serializers.ListField(child=Text(), allow_empty=False)

    def validate_ids(self, texts: list[str]) -> set[Any]:
        found = {parse_public_id(text) for text in texts}
        if None in found:
            raise serializers.ValidationError(_("Ids have 32 hexadecimal digits."))
        return found
