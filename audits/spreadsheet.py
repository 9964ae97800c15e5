"""Cells that a spreadsheet shows as text and never runs as a formula, and the way back."""

import re

# What spreadsheets take for the start of a formula, full-width forms included.
DANGEROUS = re.compile(r"[=+\-@\t\r\n\0＝＋－＠]")


def safe_cell(text: str) -> str:
    """With an apostrophe before what could run."""
    return f"'{text}" if DANGEROUS.match(text) else text


def plain_cell(text: str) -> str:
    """What `safe_cell` was given."""
    return text[1:] if text.startswith("'") and DANGEROUS.match(text, 1) else text
