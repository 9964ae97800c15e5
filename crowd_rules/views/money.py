from decimal import Decimal

CENT = Decimal("0.01")


def dollars(amount: Decimal) -> str:
    """As people write it: two digits behind the point, up to four where they are needed; without the sign."""
    exact = amount.normalize()
    return f"{exact:f}" if exact.as_tuple().exponent < -2 else f"{amount.quantize(CENT):f}"
