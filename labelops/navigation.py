"""The frame around every page of an organization: where one is, where one may go. Read only if the page shows it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


def navigation(request: HttpRequest) -> dict[str, Any]:
    return {}
