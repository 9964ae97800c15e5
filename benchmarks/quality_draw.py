"""“Audit Tasks” for 500 of all tasks of an organization: the POST to the sandbox's web server, up to its redirect."""

import os
import time
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.middleware.csrf import _get_new_csrf_string

from audits.models import AuditSession, SessionItem
from benchmarks.goals import Goals, quantile
from benchmarks.quality_stage import Stage
from benchmarks.stage import signed_in
from labelops.tenancy.scope import organization_scope

SIZE = 500
OTHERS = {
    "of those ready to audit": {"review_status": "pending"},
    "of 14 months": {"completed_after": "2025-09-01", "completed_before": "2026-10-31"},
    "of one type": {"type": "textcollection"},
    "of one project": {"project": "project 3"},
    "of one tag": {"tag": "hard"},
}


class Lead:
    """One kept connection with a lead's session."""

    def __init__(self, stage: Stage) -> None:
        parts, token = urlsplit(os.environ["LABELOPS_URL"]), _get_new_csrf_string()
        cookies = {settings.SESSION_COOKIE_NAME: signed_in(stage.owner.user), settings.CSRF_COOKIE_NAME: token}
        self.connection = HTTPConnection(parts.hostname, parts.port, timeout=120)
        self.headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": token,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.root = f"/o/{stage.organization.slug}/"

    def send(self, path: str, fields: dict[str, object]) -> HTTPResponse:
        self.connection.request("POST", self.root + path, urlencode(fields), self.headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer


def measure_draw(stage: Stage, goals: Goals, times: int, name: str) -> None:
    lead = Lead(stage)
    costs = _timed(lead, {}, times)
    goals.at_most(f"{name}_draw_of_{SIZE}_over_http_p50", quantile(costs, 0.5), 50, "ms")
    print(f"  p95 {quantile(costs, 0.95):.0f} ms")
    goals.at_most(f"{name}_draws_that_are_not_exact", _inexact(stage, times + 1), 0)
    for words, query in OTHERS.items():
        print(f"  {words}: {quantile(_timed(lead, query, times), 0.5):.0f} ms")


def _timed(lead: Lead, query: dict[str, str], times: int) -> list[float]:
    """Milliseconds of each of so many draws from what `query` filters; the first is warm-up."""
    costs = []
    for seed in range(times + 1):
        start = time.perf_counter()
        answer = lead.send(f"sessions/new/?{urlencode(query)}", {"how": "number", "size": SIZE, "seed": seed})
        costs.append(1000 * (time.perf_counter() - start))
        if answer.status != 302:
            raise RuntimeError(f"{answer.status}: the draw was refused")
    return costs[1:]


def _inexact(stage: Stage, number: int) -> int:
    """How many of the last draws have another population than all tasks, or not SIZE different ones in their queue."""
    with organization_scope(stage.organization.pk):
        mine = AuditSession.objects.for_organization(stage.organization).order_by("-id")[:number]
        items = SessionItem.objects.for_organization(stage.organization)
        drawn = [(one.population, items.filter(session=one).values("task_id").distinct().count()) for one in mine]
    return sum(found != (stage.tasks, SIZE) for found in drawn)
