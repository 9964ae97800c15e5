"""How figures are written: shares as percent, numbers with separators, durations in words."""

from functools import lru_cache

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NBSP = "\N{NO-BREAK SPACE}"
register = template.Library()


def number_format(value: float, places: int | None = None, *, force_grouping: bool = False) -> str:
    """Django's, which takes longer over a number than over the rest of its line; tables show the same ones again."""
    return _formatted(value, places, force_grouping, get_language())


@lru_cache(maxsize=20_000)
def _formatted(value: float, places: int | None, grouped: bool, _language: str | None) -> str:
    return formats.number_format(value, places, force_grouping=grouped)


@register.filter
def percent(share: float | None, digits: int = 1) -> str:
    """0.9421 -> "94.2 %"; None -> empty. Never rounds to none or to all where it is neither."""
    if share is None:
        return ""
    value, least = 100 * share, 10**-digits
    if 0 < value < least:
        return f"<{NBSP}{number_format(least, digits)}{NBSP}%"
    if 100 - least < value < 100:
        return f">{NBSP}{number_format(100 - least, digits)}{NBSP}%"
    # Rounded here: the format cuts.
    return f"{number_format(round(value, digits), digits)}{NBSP}%"


@register.filter
def digits(number: float | None) -> str:
    """With the separators of the reader's language."""
    if number is None:
        return ""
    places = 0 if isinstance(number, int) else 1
    return number_format(round(number, places), places, force_grouping=True)


@register.filter
def times100(share: float | None) -> float:
    return round(100 * (share or 0), 3)


@register.filter
def duration(seconds: float | None) -> str:
    """75 -> "1:15", in minutes and seconds; with hours from one hour on."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def of_whole(part: float, whole: float) -> float | None:
    return part / whole if whole else None


@register.simple_tag
def counts_split(accepted: int, fixed: int, rejected: int) -> SafeString:
    """components/split.html of numbers, small; empty where all are none. Tables show two hundred of them."""
    whole = accepted + fixed + rejected
    if not whole:
        return SafeString()
    shares = {name: times100(part / whole) for name, part in
              (("accepted", accepted), ("fixed", fixed), ("rejected", rejected))}  # fmt: skip
    words = _("Accepted %(accepted)s %%, fixed %(fixed)s %%, rejected %(rejected)s %%") % shares
    return format_html(
        '<span class="cell-split"><svg class="split" viewBox="0 0 100 1" preserveAspectRatio="none" role="img"'
        ' aria-label="{words}"><rect class="accepted" width="{accepted}" height="1"/>'
        '<svg x="{accepted}" overflow="visible"><rect class="fixed" width="{fixed}" height="1"/>'
        '<svg x="{fixed}" overflow="visible"><rect class="rejected" width="{rejected}" height="1"/></svg></svg></svg>'
        "</span>",
        words=words, **{name: str(share) for name, share in shares.items()},
    )  # fmt: skip
