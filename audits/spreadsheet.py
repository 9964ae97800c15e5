"""Cells that a spreadsheet shows as text and never runs as a formula, and the way back."""

# What spreadsheets take for the start of a formula, full-width forms included.
DANGEROUS = frozenset("=+-@\t\r\n\0＝＋－＠")


def safe_cell(text: str) -> str:
    """With an apostrophe before what could run."""
    return f"'{text}" if text[:1] in DANGEROUS else text


def plain_cell(text: str) -> str:
    """What `safe_cell` was given."""
    return text[1:] if text[:1] == "'" and text[1:2] in DANGEROUS else text
