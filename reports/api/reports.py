"""/v1/reports: the figures of the Quality pages, with the filters of `GET /v1/tasks` plus `auditor`, `performer`
and `batch_status`."""

from datetime import UTC
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Query
from audits.api.filters import ApiTaskFilter
from audits.api.paging import next_token, read_id_token, read_token, token_behind
from audits.api.views import ApiView
from audits.models import Batch, Task
from audits.services.blindness import without_blind
from audits.wire import instant
from labelops.tenancy.models import Scope
from labelops.tenancy.permissions import Permission
from reports.agreeing import Agreeing, agreeing_json, agreement_of, with_agreement
from reports.auditors import AuditorFigures, auditors_of
from reports.batches import BatchFigures, batches_of
from reports.engine.estimates import Estimate
from reports.engine.weeks import local_day
from reports.figures import counts_of, figures_of
from reports.selecting import Selection, select
from reports.task_rows import report_rows
from reports.weekly import WeekFigures, weeks_of

READ = (Scope.TASKS_READ, Permission.VIEW_QUALITY)


class ReportFilter(ApiTaskFilter):
    """The filters of `GET /v1/tasks`, who judged and who did the tasks, and the status of their batch."""

    more_keys = ("auditor", "performer", "batch_status")


class ReportView(ApiView):
    needs = {"GET": READ}

    def asked(self, request: Request) -> tuple[ReportFilter, QuerySet, Selection]:
        tasks = Task.objects.for_organization(request.organization).visible_to(request.membership)
        found = ReportFilter(request.query_params, queryset=tasks, organization=request.organization, zone=UTC)
        matching = found.checked()
        return found, matching, select(found, member=request.membership)


class SummaryView(ReportView):
    def get(self, request: Request) -> Response:
        selection = self.asked(request)[2]
        figures = figures_of(selection)
        names = ("tasks", "reviews", "accepted", "fixed", "rejected")
        counts = {name: getattr(figures.counts, name) for name in names}
        acceptance = None if selection.is_by_outcome else figures.estimates["accepted"]
        return Response({**counts, "as_of": instant(figures.as_of), "acceptance": estimate_json(acceptance)})


def estimate_json(found: Estimate | None) -> dict[str, Any]:
    """Nothing but `n` where there is no estimate: too few random audits, or a filter by verdict or auditor."""
    if found is None:
        return {"estimate": None, "low": None, "high": None, "n": 0}
    return {"estimate": found.estimate, "low": found.low, "high": found.high, "n": found.n}


class WeeksView(ReportView):
    def get(self, request: Request) -> Response:
        _running, *weeks = weeks_of(self.asked(request)[2], now=timezone.now())
        return Response([week_json(one) for one in weeks])


def week_json(one: WeekFigures) -> dict[str, Any]:
    """`ends_at` belongs to the next week."""
    names = ("completed", "audited", "accepted", "fixed", "rejected")
    place = {"starts_at": instant(one.week.starts_at), "ends_at": instant(one.week.ends_at)}
    return place | {name: getattr(one, name) for name in names}


class TasksView(ReportView):
    """Newest first, paged as `GET /v1/tasks` is."""

    def get(self, request: Request) -> Response:
        query, organization = Query(request.query_params), request.organization
        limit, offset = query.limit(), query.offset()
        _found, matching, selection = self.asked(request)
        if query.text("customer_review_status") or query.text("auditor"):
            matching = without_blind(matching, request.membership)
        page = report_rows(matching).newest_first()
        if token := query.text("next_token"):
            page = page.before(*read_token(token, organization))
        rows = list(page[offset : offset + limit + 1])
        answer = {"docs": [task_json(task) for task in rows[:limit]], "total": counts_of(selection).tasks,
                  "offset": offset, "limit": limit, "has_more": len(rows) > limit}  # fmt: skip
        if len(rows) > limit:
            answer["next_token"] = next_token(rows[limit - 1], organization)
        return Response(answer)


def task_json(task: Task) -> dict[str, Any]:
    """One row of the Task Level Report; keys without a value are absent, as in `GET /v1/tasks`."""
    found = {
        "task_id": task.public_id, "unique_id": task.unique_id, "type": task.type,
        "project": task.project.name if task.project_id else None, "batch": task.batch.name if task.batch_id else None,
        "performer": task.completed_by.external_id if task.completed_by_id else None,
        "completed_at": instant(task.completed_at), "customer_review_status": task.review_status or None,
        "auditor": task.auditor, "audited_at": instant(task.audited_at), "comment": task.comment,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


class AuditorsView(ReportView):
    def get(self, request: Request) -> Response:
        selection = self.asked(request)[2]
        rows = with_agreement(auditors_of(selection), agreement_of(selection))
        return Response([auditor_json(one, agreeing) for one, agreeing in rows])


def auditor_json(one: AuditorFigures, agreeing: Agreeing) -> dict[str, Any]:
    """`audit_time_secs`: the active time of all these reviews together."""
    counts = {name: getattr(one, name) for name in ("reviews", "accepted", "fixed", "rejected")}
    told = {"audit_time_secs": round(one.seconds, 3), "second_audits": agreeing_json(agreeing)}
    return {"auditor": one.email, **counts, **told}


class BatchesView(ReportView):
    """Newest batch first; `project`, `batch` and `batch_status` narrow the batches, other filters mean nothing here."""

    def get(self, request: Request) -> Response:
        query, organization = Query(request.query_params), request.organization
        limit, offset = query.limit(), query.offset()
        self.asked(request)  # A wrong filter is refused here too.
        matching = self.matching(request, query)
        page = matching.select_related("project").newest_first()
        if token := query.text("next_token"):
            page = page.filter(pk__lt=read_id_token(token, organization))
        batches = list(page[offset : offset + limit + 1])
        today = local_day(timezone.now(), organization.time_zone)
        rows = batches_of(batches[:limit], organization=organization, today=today)
        answer = {"docs": [batch_json(one) for one in rows], "total": matching.count(), "offset": offset,
                  "limit": limit, "has_more": len(batches) > limit}  # fmt: skip
        if len(batches) > limit:
            answer["next_token"] = token_behind(batches[limit - 1].pk, organization)
        return Response(answer)

    def matching(self, request: Request, query: Query) -> QuerySet:
        batches = Batch.objects.for_organization(request.organization).visible_to(request.membership)
        for name, lookup in (("project", "project__name"), ("batch", "name"), ("batch_status", "status")):
            if value := query.text(name):
                batches = batches.filter(**{lookup: value})
        return batches


def batch_json(one: BatchFigures) -> dict[str, Any]:
    return {
        "batch": one.batch.name, "project": one.batch.project.name, "status": one.batch.status,
        "completed": one.completed, "audited": one.audited, "accepted": one.accepted, "fixed": one.fixed,
        "rejected": one.rejected, "remaining": one.ready, "audits_per_day": round(one.pace, 3),
        "expected_end": one.expected_end.isoformat() if one.expected_end else None,
        "auditors": [{"auditor": email, "reviews": reviews} for email, reviews in one.by],
    }  # fmt: skip
