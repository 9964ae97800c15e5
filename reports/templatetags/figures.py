"""How figures are written: shares as percent, numbers with separators, durations in words."""

from functools import lru_cache

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NBSP, MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
# After the point, of a percentage.
MOST_DIGITS = 6
register = template.Library()


def number_format(value: float, places: int | None = None, *, force_grouping: bool = False) -> str:
    """Django's, which takes longer over a number than over the rest of its line; tables show the same ones again."""
    return _formatted(value, places, force_grouping, get_language())


@lru_cache(maxsize=20_000)
def _formatted(value: float, places: int | None, grouped: bool, _language: str | None) -> str:
    return formats.number_format(value, places, force_grouping=grouped)


@register.filter
def percent(share: float | None, digits: int = 1) -> str:
    """0.9421 -> "94.2 %"; None -> empty. Not rounded to none or all where it is neither: 0.9996 -> "99.96 %"."""
    return "" if share is None else f"{_number(share, digits)}{NBSP}%"


@register.simple_tag
def interval(low: float, high: float, digits: int = 1) -> str:
    """Of two shares, with one unit behind both."""
    return f"{_number(low, digits)}–{_number(high, digits)}{NBSP}%"


@register.filter
def signed(number: float, digits: int = 2) -> str:
    """With a minus as wide as a plus, which no line breaks behind."""
    return number_format(round(number, digits) + 0.0, digits).replace("-", MINUS)


def _number(share: float, digits: int) -> str:
    """In percent, with as many more digits as it takes to say that it is not quite none, or not quite all."""
    value = 100 * share
    while digits < MOST_DIGITS and round(value, digits) in (0, 100) and value not in (0, 100):
        digits += 1
    # Rounded here: the format cuts.
    return number_format(round(value, digits), digits)


@register.filter
def digits(number: float | None) -> str:
    """With the separators of the reader's language."""
    if number is None:
        return ""
    places = 0 if isinstance(number, int) else 1
    return number_format(round(number, places), places, force_grouping=True).replace("-", MINUS)


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
