"""What people may write into an endpoint: checked values in, stored values out."""

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from callbacks.catalogue import EVENT_TYPES
from callbacks.certificates import check_certificate
from callbacks.guard import mail_address, vet_url
from callbacks.models import Endpoint
from callbacks.signing import make_signing_key
from labelops.errors import InvalidInput
from labelops.tenancy.encryption import encrypt

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
# Ours, or the connection's own.
TAKEN_HEADERS = re.compile(
    r"webhook-.*|host|content-.*|transfer-encoding|connection|user-agent|accept-encoding|toloka-signature|expect|te"
    r"|trailer|upgrade|proxy-.*|scale-callback-auth",
    re.IGNORECASE,
)
LONGEST_TIMEOUT, HIGHEST_RATE = 30, 10_000


def stored_values(given: dict[str, Any]) -> dict[str, Any]:
    """The model's fields for these options, secrets encrypted. Raises InvalidInput, with a sentence for each field."""
    stored: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in given.items():
        try:
            stored |= READERS[name](value)
        except InvalidInput as error:
            wrong[name] = error.message
    if wrong:
        raise InvalidInput(fields=wrong)
    return stored


def _url(text: str) -> dict[str, Any]:
    vet_url(text.strip())
    return {"url": text.strip()}


def _description(text: str) -> dict[str, Any]:
    if len(text) > 255 or "\x00" in text:
        raise InvalidInput(_("Describe the endpoint in at most 255 characters."))
    return {"description": text.strip()}


def _event_types(types: Any) -> dict[str, Any]:
    unknown = [str(one) for one in types if one not in EVENT_TYPES]
    if unknown:
        known = ", ".join(EVENT_TYPES)
        raise InvalidInput(_("“%(type)s” is no event: choose among %(known)s.") % {"type": unknown[0], "known": known})
    return {"event_types": [one for one in EVENT_TYPES if one in set(types)]}


def _profile(profile: str) -> dict[str, Any]:
    if profile not in Endpoint.Profile.values:
        raise InvalidInput(_("Choose one of the profiles: standard or scale."))
    return {"profile": profile}


def _header_name(name: str) -> dict[str, Any]:
    name = name.strip()
    if name and not HEADER_NAME.fullmatch(name):
        raise InvalidInput(_("A header's name is up to 64 letters, digits and hyphens."))
    if name and TAKEN_HEADERS.fullmatch(name):
        raise InvalidInput(_("Callbacks use this header themselves: choose another name."))
    return {"header_name": name}


def _header_value(value: str) -> dict[str, Any]:
    if len(value) > 1024 or not value.isprintable() or not value.isascii():
        raise InvalidInput(_("A header's value is up to 1,024 printable ASCII characters."))
    return {"header_value": encrypt(value.strip()) if value.strip() else b""}


def _client_certificate(pem: str) -> dict[str, Any]:
    if pem.strip():
        check_certificate(pem)
    return {"client_certificate": encrypt(pem.strip() + "\n") if pem.strip() else b""}


def _within(name: str, most: int, sentence: str) -> Callable[[Any], dict[str, Any]]:
    def read(number: int | None) -> dict[str, Any]:
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most):
            raise InvalidInput(_(sentence) % {"most": f"{most:,}"})
        return {name: number}

    return read


READERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "url": _url,
    "description": _description,
    "project_id": lambda value: {"project_id": value or None},
    "event_types": _event_types,
    "profile": _profile,
    "header_name": _header_name,
    "header_value": _header_value,
    "client_certificate": _client_certificate,
    "timeout_seconds": _within("timeout_seconds", LONGEST_TIMEOUT, "The time limit is 1 to %(most)s seconds."),
    "rate_limit": _within("rate_limit", HIGHEST_RATE, "The limit is 1 to %(most)s requests a second."),
    "has_toloka_signature": lambda value: {"has_toloka_signature": bool(value)},
    "signs_with_ed25519": lambda value: {"signing_key": encrypt(make_signing_key()) if value else b""},
}


def check_together(endpoint: Endpoint) -> None:
    """What only makes sense in one. Raises InvalidInput."""
    if bool(endpoint.header_name) != bool(endpoint.header_value):
        raise InvalidInput(fields={"header_name": _("A header needs a name and a value: give both, or none.")})
    if endpoint.client_certificate and not endpoint.url.startswith("https://"):
        raise InvalidInput(fields={"client_certificate": _("A client certificate needs an https address.")})
    extras = endpoint.header_name or endpoint.has_toloka_signature or endpoint.signing_key
    if mail_address(endpoint.url) and extras:
        raise InvalidInput(fields={"url": _("Mail carries neither headers nor signatures: leave those out.")})
