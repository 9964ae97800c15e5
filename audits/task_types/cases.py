"""The cases of a form's differences.json, which its difference.py and its difference.js both have to pass."""

import json
from pathlib import Path
from typing import Any

Case = dict[str, Any]


def cases_of(form: str) -> list[Case]:
    """[{"title", "type", "before", "after", "summary", "changes": [[kind, text], …]}]"""
    return json.loads(Path(__file__).with_name(form).joinpath("differences.json").read_text())
