"""Plays scenarios by name, one after the other: `module.function` per line in, a line of JSON per scenario out.

One process for all: to import the client takes longer than most of them.
"""

import importlib
import json
import os
import sys
import traceback

from place import Place


def play(name: str) -> str:
    """Empty, or what went wrong."""
    module, _, function = name.partition(".")
    try:
        getattr(importlib.import_module(module), function)(
            Place(os.environ["LABELOPS_URL"], os.environ["LABELOPS_API_KEY"])
        )
    except Exception:
        return traceback.format_exc()
    return ""


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps({"failure": play(line.strip())}), flush=True)
