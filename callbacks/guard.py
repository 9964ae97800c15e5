"""The wall against callbacks into our own network: addresses are judged when they are dialled, names never.

A check when an address is saved is a courtesy (`vet_url`); what counts is `vet_address`, called with the very
address that the socket is about to connect to, after every name has been resolved (callbacks/dialling.py).
"""

import socket
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from callbacks.own_addresses import is_ours
from labelops.errors import InvalidInput

Address = IPv4Address | IPv6Address

DENIED = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
        # A cloud's own wire server, on an address that looks public.
        "168.63.129.16/32 "
        "::/8 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 "
        "fe80::/10 fec0::/10 ff00::/8"
    ).split()
)
TRANSLATED = ip_network("64:ff9b::/96")


class BlockedAddress(OSError):
    """The address is not one that callbacks may reach."""


@cache
def _networks(blocks: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(block.strip(), strict=False) for block in blocks)


def embedded_v4(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to: mapped, 6to4, NAT64, Teredo (server and client)."""
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in TRANSLATED:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]


def is_allowed(address: Address) -> bool:
    """Public, or in a network that the operator allows. A wrapped IPv4 address is judged by what is inside."""
    allowed = _networks(tuple(settings.CALLBACK_ALLOWED_NETWORKS))
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_allowed(address.ipv4_mapped)
        if any(not is_allowed(inner) for inner in embedded_v4(address)):
            return False
    if any(address in network for network in allowed):
        return True
    return not any(address in network for network in DENIED) and not is_ours(address)


def vet_address(host: str) -> None:
    """Raise BlockedAddress unless this numeric address may be dialled."""
    if not is_allowed(ip_address(host.partition("%")[0])):
        raise BlockedAddress(f"{host} is not a public address")


def mail_address(url: str) -> str | None:
    """The e-mail address where a callback goes by mail (`user@host` or `mailto:user@host`), else None."""
    text = url.removeprefix("mailto:")
    if "/" in text or "@" not in text:
        return None
    try:
        validate_email(text)
    except ValidationError:
        return None
    return text


def vet_url(url: str) -> None:
    """Raise InvalidInput, with a sentence for people, unless callbacks could be sent there. Looks up no name."""
    if mail_address(url):
        return
    if len(url) > 2048:
        raise InvalidInput(_("The address is too long: use at most 2048 characters."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidInput(
            _("“%(url)s” is no valid address. Use one such as https://example.com/callbacks.") % {"url": url}
        ) from error
    if any(character.isspace() or ord(character) < 32 for character in url) or "\\" in url or not parts.hostname:
        raise InvalidInput(
            _("“%(url)s” is no valid address. Use one such as https://example.com/callbacks.") % {"url": url}
        )
    _vet_scheme(parts.scheme)
    if parts.username is not None or parts.password is not None:
        raise InvalidInput(_("Take the user name and password out of the address: callbacks are signed instead."))
    _vet_port(port if port is not None else 443 if parts.scheme == "https" else 80)
    _vet_literal(parts.hostname)


def complaint_about(url: str) -> str:
    """What `vet_url` says against it; empty where it says nothing."""
    try:
        vet_url(url)
    except InvalidInput as error:
        return error.message
    return ""


def _vet_scheme(scheme: str) -> None:
    if scheme not in ("http", "https"):
        raise InvalidInput(_("Callbacks go to http, https or e-mail addresses: use one that begins with https://."))
    if scheme not in settings.CALLBACK_ALLOWED_SCHEMES:
        raise InvalidInput(_("Callbacks without TLS are not allowed here: use an address that begins with https://."))


def _vet_port(port: int) -> None:
    ports = [str(allowed) for allowed in settings.CALLBACK_ALLOWED_PORTS]
    if port == 0 or ("*" not in ports and str(port) not in ports):
        raise InvalidInput(
            _("Port %(port)s is not allowed for callbacks. Use one of %(join)s.")
            % {"port": port, "join": ", ".join(ports)}
        )


def _vet_literal(host: str) -> None:
    """Refuse at once what is plainly our own machine or network; `127.1` and `0x7f000001` are addresses too."""
    host = "127.0.0.1" if host.rstrip(".").lower() == "localhost" else host
    try:
        address: Address = ip_address(host.partition("%")[0])
    except ValueError:
        try:
            address = IPv4Address(socket.inet_aton(host))
        except (OSError, UnicodeError):
            return
    if not is_allowed(address):
        raise InvalidInput(
            _("%(host)s is not a public address. Use one that this server may reach, or ask its operator.")
            % {"host": host}
        )
