"""Files to import, and the way in."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from audits.models import RefusedLine, Task, TaskImport
from audits.services.imports import import_file
from labelops.tenancy.models import Event, Organization
from labelops.tenancy.scope import organization_scope

CHECKOUT = Path(__file__).resolve().parents[2]


def shared_data() -> Path:
    """The folder of real data: LABELOPS_SHARED_DATA, or shared/data beside a folder above. Skips without."""
    beside = [parent / "shared" / "data" for parent in CHECKOUT.parents]
    named = os.environ.get("LABELOPS_SHARED_DATA")
    for folder in [Path(named)] if named else beside:
        if (folder / "scale_format").is_dir():
            return folder
    pytest.skip("no shared data: set LABELOPS_SHARED_DATA to the folder that holds scale_format/")


def record(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A completed categorization task; a change to None takes the key away."""
    found = {
        "type": "categorization",
        "project": "birds",
        "unique_id": f"bird-{number}",
        "params": {"attachment_type": "text", "attachment": f"Bird {number}?", "categories": ["yes", "no"]},
        "response": {"category": "yes"},
        **changes,
    }
    return {key: value for key, value in found.items() if value is not None}


def lines_of(records: list[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(one) for one in records).encode()


def bring_in(organization: Organization, content: bytes, name: str = "tasks.jsonl", **wishes: Any) -> TaskImport:
    wishes = {"actor": None, "now": timezone.now(), **wishes}
    return import_file(organization=organization, name=name, file=io.BytesIO(content), **wishes)


def counts(done: TaskImport) -> tuple[int, int, int]:
    return done.imported, done.duplicates, done.refused


class Found:
    """What is in the organization now."""

    def __init__(self, organization: Organization) -> None:
        with organization_scope(organization.pk):
            self.tasks = list(Task.objects.for_organization(organization).with_names().order_by("id"))
            self.events = list(Event.objects.for_organization(organization).order_by("id"))
            self.refused = list(RefusedLine.objects.for_organization(organization).order_by("line"))

    @property
    def reasons(self) -> dict[int, str]:
        return {line.line: line.reason for line in self.refused}
