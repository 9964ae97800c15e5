"""Today: the sessions that wait for this person, what waits for an audit, and the last seven days in figures."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from audits.models import Audit, AuditSession, Flag, Project, Task
from labelops.lists.paging import counted
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission

MOST_SESSIONS, MOST_FLAGS = 10, 20


@require_GET
@requires(Permission.VIEW_TASKS)
def today(request: HttpRequest) -> HttpResponse:
    organization, member = request.organization, request.membership
    tasks = Task.objects.for_organization(organization).visible_to(member)
    ready, ready_more = counted(tasks.ready_to_audit())
    audits = Audit.objects.for_organization(organization).since(timezone.now() - timedelta(days=7))
    context = {
        "sessions": _sessions(request) if member.may(Permission.AUDIT) else [],
        "flags": _flags(request) if member.may(Permission.AUDIT) else [],
        "ready": f"{ready:,}{'+' if ready_more else ''}",
        "any_ready": ready > 0,
        "week": audits.count_by_verdict() if member.may(Permission.VIEW_QUALITY) else None,
        "has_tasks": ready > 0 or tasks.exists(),
        "has_projects": Project.objects.for_organization(organization).visible_to(member).exists(),
        "may_audit": member.may(Permission.AUDIT),
        "may_draw": member.may(Permission.DRAW_SAMPLE),
        "may_edit": member.may(Permission.EDIT_TASKS),
    }
    return render(request, "audits/today.html", context)


def _sessions(request: HttpRequest) -> list[AuditSession]:
    sessions = AuditSession.objects.for_organization(request.organization).open().joinable_by(request.membership)
    return list(sessions.with_people().with_progress().newest_first()[:MOST_SESSIONS])


def _flags(request: HttpRequest) -> list[Flag]:
    tasks = Task.objects.for_organization(request.organization).visible_to(request.membership)
    flags = Flag.objects.for_organization(request.organization).open().filter(assignee=request.user, task__in=tasks)
    return list(flags.with_people().order_by("id")[:MOST_FLAGS])
