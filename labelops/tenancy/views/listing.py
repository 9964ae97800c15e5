"""What every list page needs beside its rows: the table's state in this address, and the person's own views of it."""

from typing import Any

from django.http import HttpRequest

from labelops.lists.table import ListOf, Table
from labelops.tenancy.services.saved_views import views_of


def list_context(request: HttpRequest, kind: ListOf) -> dict[str, Any]:
    """`table`, the person's saved `views` of it, and `back`, the address to return to. One statement."""
    views, remembered = views_of(member=request.membership, list=kind.name)
    return {
        "table": Table(kind, data=request.GET, remembered=remembered),
        "views": views,
        "back": request.get_full_path() if request.method == "GET" else request.path,
        "live_tag": getattr(request, "live_tag", ""),
    }
