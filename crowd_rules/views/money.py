"""Sums of money as people read them."""

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

CENT = Decimal("0.01")


def in_dollars(amount: Decimal) -> str:
    """As the reader's language writes it, $1,234.50: two digits behind the point, more where there are some."""
    digits = max(2, -int(amount.normalize().as_tuple().exponent))
    return _("$%(amount)s") % {"amount": number_format(amount, decimal_pos=digits, force_grouping=True)}
