"""Rows that are written by hand: whatever people typed stays text."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.http import QueryDict

from audits.models import TaskRow
from audits.views.lists import TASKS
from audits.views.task_rows import TaskRows
from labelops.lists.table import Table
from labelops.tenancy.models import Organization
from reports.task_rows import TASK_REPORT_LIST
from reports.views.report_rows import ReportRows

HOSTILE = """"'><script>alert(1)</script>"""
AT = datetime(2026, 11, 22, 16, 5, tzinfo=UTC)
KEY = UUID(int=7)


def row(**fields):
    known = {
        "id": KEY, "unique_id": HOSTILE, "project": HOSTILE, "batch": HOSTILE, "type": HOSTILE,
        "status": "completed", "attempt": 2, "review_status": "rejected", "tags": [HOSTILE], "created_at": AT,
        "updated_at": AT, "completed_at": AT, "performer": HOSTILE, "version": 3, "auditor": HOSTILE,
        "audited_at": AT, "comment": HOSTILE, "held_by": HOSTILE,
    }  # fmt: skip
    return TaskRow(**(known | fields))


def tasks_page(*rows, **options):
    shown = {column.name for column in TASKS.columns}
    wishes = {"has_choice": False, "may_choose": True, "may_audit": True, "back": HOSTILE} | options
    return TaskRows("some-place", shown, **wishes).html(rows)


def report(*rows):
    return ReportRows(
        Organization(slug="some-place", time_zone="Asia/Tokyo"),
        Table(TASK_REPORT_LIST, data=QueryDict()),
        TASK_REPORT_LIST,
    ).html(rows)


@pytest.mark.parametrize("draw", [tasks_page, report])
def test_nothing_that_people_typed_is_markup(draw):
    html = draw(row())
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert f"/o/some-place/tasks/{KEY.hex}/" in html
    assert 'datetime="2026-11-22T16:05:00+00:00"' in html
    assert "2026-11-22 16:05 UTC" in html


def test_a_task_without_anything_has_its_id_for_a_name_and_empty_cells():
    nothing = dict.fromkeys(
        ("unique_id", "project", "batch", "tags", "completed_at", "performer", "auditor", "audited_at", "comment",
         "held_by")
    )  # fmt: skip
    bare = row(status="pending", review_status="", attempt=1, type="", **nothing)
    html = tasks_page(bare, may_choose=False, may_audit=False)
    assert f'<span class="mono">{KEY.hex[:13]}…</span></a></span></td>' in html
    for label in ("Project, batch", "Audit status", "Tags", "Completed, by"):
        assert f'<td data-label="{label}"></td>' in html
    assert "checkbox" not in html
    assert "Audit Task" not in html
