"""Audit sessions: the list, one session's summary, and what may be done with it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy
from django.views.decorators.http import require_GET, require_POST

from audits.models import Audit, AuditSession, Flag, SessionItem, Task, TaskLock
from audits.services.many import close_sessions
from audits.services.sessions import (
    abandon_session,
    find_session,
    finish_session,
    leave_session,
    resume_session,
    show_session,
)
from audits.views.lists import SESSIONS, SessionFilter
from audits.views.live import live
from audits.views.session_figures import accepted_share, plan_state, second_audits
from audits.views.several import chosen_ids, tell
from audits.views.workspace import to_session
from labelops.errors import Forbidden, InvalidInput
from labelops.lists.chips import FilterBar
from labelops.lists.paging import keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context
from labelops.tenancy.views.saved_views import back

COUNT = ngettext_lazy("%(number)s session", "%(number)s sessions", "count")


@require_GET
@requires(Permission.AUDIT)
@live()
def session_list(request: HttpRequest) -> HttpResponse:
    sessions = AuditSession.objects.for_organization(request.organization).joinable_by(request.membership)
    form = SessionFilter(request.GET)
    shown = form.of(sessions, request.membership)
    context = list_context(request, SESSIONS)
    context |= {
        "bar": FilterBar(form, first=("q", "status", "opener")),
        "page": keyset_page(shown.with_people().with_progress(), data=request.GET, by=context["table"].order_by),
        "summary": summary(shown, count=COUNT),
        "may_draw": request.membership.may(Permission.DRAW_SAMPLE),
        "may_manage": request.membership.may(Permission.MANAGE_SESSIONS),
    }
    template = "audits/sessions.html#results" if request.htmx.target == "session-list" else "audits/sessions.html"
    return render(request, template, context)


@require_POST
@requires(Permission.AUDIT)
def change(request: HttpRequest) -> HttpResponse:
    """`action` finish or abandon, with the sessions in `ids`."""
    action = request.POST.get("action")
    if action not in ("finish", "abandon"):
        raise InvalidInput(_("There is no such action. Load the page again."))
    result = close_sessions(
        by=request.membership, session_ids=chosen_ids(request), finish=action == "finish", now=timezone.now()
    )
    tell(request, result, ngettext("%(number)s session is closed.", "%(number)s sessions are closed.", result.changed))
    return back(request)


@require_GET
@requires(Permission.AUDIT)
def session_detail(request: HttpRequest, session: UUID) -> HttpResponse:
    found = show_session(member=request.membership, session_id=session)
    tasks = Task.objects.for_organization(request.organization).visible_to(request.membership)
    locks = TaskLock.objects.for_organization(request.organization).live().of_session(found.pk).filter(task__in=tasks)
    held = list(locks.select_related("holder", "task").order_by("acquired_at"))
    audits = Audit.objects.for_organization(request.organization).filter(session_id=found.pk)
    progress = found.progress
    context = {
        "session": found,
        "progress": progress,
        "held": held,
        "mine": [lock for lock in held if lock.holder_id == request.user.pk],
        "auditors": audits.by_auditor(),
        "skipped": _skipped(found, tasks),
        "flags": _flags(found, tasks),
        "reasons": audits.count_reasons()[:12],
        "may_close": may_close(request, found),
        "may_release": request.membership.may(Permission.MANAGE_SESSIONS),
        "is_open": found.status == AuditSession.Status.OPEN,
        "is_done": progress.remaining == 0,
        "plan": plan_state(found),
        "share": accepted_share(found),
        "seconds": second_audits(found, request.membership),
    }
    return render(request, "audits/session.html", context)


def _skipped(session: AuditSession, tasks: QuerySet) -> list[SessionItem]:
    items = SessionItem.objects.for_organization(session.organization).filter(session=session, state=0, skips__gt=0)
    return list(items.filter(task__in=tasks).select_related("task").order_by("position")[:20])


def _flags(session: AuditSession, tasks: QuerySet) -> list[Flag]:
    flags = Flag.objects.for_organization(session.organization).open().filter(session=session, task__in=tasks)
    return list(flags.with_people().order_by("id")[:50])


def may_close(request: HttpRequest, session: AuditSession) -> bool:
    return session.created_by_id == request.user.pk or request.membership.may(Permission.MANAGE_SESSIONS)


def _act(request: HttpRequest, session: UUID, act: Callable[..., AuditSession], told: str) -> HttpResponse:
    found = find_session(member=request.membership, session_id=session)
    if not may_close(request, found):
        raise Forbidden(_("Only whoever opened this session, or a lead, may do that."))
    act(by=request.membership, session=found, now=timezone.now())
    messages.success(request, told)
    return to_session(request, session)


@require_POST
@requires(Permission.AUDIT)
def finish(request: HttpRequest, session: UUID) -> HttpResponse:
    return _act(request, session, finish_session, _("The session is finished. Its verdicts stand."))


@require_POST
@requires(Permission.AUDIT)
def abandon(request: HttpRequest, session: UUID) -> HttpResponse:
    return _act(request, session, abandon_session, _("The session was abandoned. Verdicts that were given stand."))


@require_POST
@requires(Permission.AUDIT)
def resume(request: HttpRequest, session: UUID) -> HttpResponse:
    return _act(request, session, resume_session, _("The session is open again."))


@require_POST
@requires(Permission.AUDIT)
def leave(request: HttpRequest, session: UUID) -> HttpResponse:
    found = find_session(member=request.membership, session_id=session)
    leave_session(auditor=request.membership, session=found, now=timezone.now())
    messages.success(request, _("You left the session. What you held is free for others."))
    return redirect("audits:sessions", request.organization.slug)
