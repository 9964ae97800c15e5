"""The audit workspace over a session's queue. Verdict and next task are one request: the hot path."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from audits.forms import LockForm, VerdictForm
from audits.models import AuditSession, SessionItem, Task, Verdict
from audits.services.audits import Recorded
from audits.services.blindness import blind_session
from audits.services.flow import Judged, enter_and_judge, judge_and_claim, skip_and_claim
from audits.services.sessions import Claimed, claim_next, find_session, show_session
from audits.views.judging import judgement_of, refusal, refuse_work, tell_refusal
from audits.views.next_task import is_plain, next_task, shell_of
from audits.views.showing import allow_origins, origins_of, sources_of
from audits.views.work import prior_audits_of, work_context
from labelops.errors import Conflict, DomainError
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from labelops.tenancy.visitors import Visitor

LAYOUT = "audits/parts/workspace_layout.html"
PAGE = "audits/workspace_page.html"
# The page's policy must know where the pictures of the coming tasks are from, since they are swapped into it.
LOOK_AHEAD = 100


@require_GET
@requires(Permission.AUDIT)
def workspace(request: HttpRequest, session: UUID) -> HttpResponse:
    """The task this auditor holds in the session, or the next one. None left: the session's summary."""
    found = show_session(member=request.membership, session_id=session)
    if found.status != AuditSession.Status.OPEN:
        messages.info(
            request,
            _("This session is not open (%(status)s). Resume it to go on.") % {"status": found.get_status_display()},
        )
        return to_session(request, session)
    claimed = claim_next(auditor=request.membership, session=found)
    if claimed is None:
        return to_session(request, session)
    if second := _second_first(request, claimed):
        return second
    origins = origins_of([*sources_of(claimed.task), *_coming(request, found)])
    page = render(request, PAGE, _context(request, found, claimed, origins))
    return allow_origins(page, origins)


def _second_first(request: HttpRequest, claimed: Claimed | None) -> HttpResponse | None:
    """To the second audit of this task, where the auditor has it in hand for one: here they would see the first."""
    if claimed is None or not claimed.task.may_have_audits:
        return None
    session = blind_session(request.membership, claimed.task.pk)
    if session is None:
        return None
    messages.info(request, _("The next task is in your hands for a second audit. Judge it here first, then go on."))
    return redirect("audits:audit_again", request.organization.slug, session)


def _coming(request: HttpRequest, session: AuditSession) -> list[dict[str, Any]]:
    items = SessionItem.objects.for_organization(session.organization).filter(session=session, state=0)
    items = items.filter(task__in=Task.objects.for_organization(session.organization).visible_to(request.membership))
    rows = items.order_by("position").values_list("task__params__attachment", "task__params__attachments")
    return [{"attachment": one, "attachments": many} for one, many in rows[:LOOK_AHEAD]]


def _context(
    request: HttpRequest, session: AuditSession, claimed: Claimed, origins: list[str], verdict: str = ""
) -> dict[str, Any]:
    context = work_context(
        request, claimed.task, claimed.lease, session=session, draft=claimed.draft,
        prior_audits=prior_audits_of(claimed.task) if claimed.task.may_have_audits else [],
    )  # fmt: skip
    context["session"] = {
        "id": session.public_id,
        "name": session.title,
        "total": session.progress.total,
        "judged": _done(session, verdict),
    }
    context["origins"] = " ".join(origins)
    # What only this task has on its page must not come along to the next one.
    context["shell"] = shell_of(claimed.task) if is_plain(claimed) else ""
    return context


def _done(session: AuditSession, verdict: str) -> int:
    """The session was read before the verdict: its own is added here."""
    return session.progress.done + bool(verdict)


@require_POST
@requires(Permission.AUDIT)
def judge(request: HttpRequest, session: UUID, task: UUID) -> HttpResponse:
    """Record the verdict, claim the next task, answer with its workspace."""
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return refusal(request, form, task)
    try:
        judged = _judged(request, form, session, task)
    except DomainError as error:
        return refuse_work(request, task, form, error)
    return _go_on(request, judged.session, judged.claimed, _verdict(judged.recorded))


def judge_plainly(request: HttpRequest, visitor: Visitor, session: str, task: str) -> HttpResponse | None:
    """`judge` for `labelops.tenancy.straight`: None where the next task takes more than its bare facts."""
    form = VerdictForm(request.POST)
    # Whether a changed response fits is asked before it is recorded.
    if not form.is_valid() or form.cleaned_data["response"] is not None or not request.POST.get("shell"):
        return None
    data = form.cleaned_data
    judged = enter_and_judge(
        visitor=visitor, session_id=UUID(session), task_id=UUID(task), judgement=judgement_of(form),
        lock_token=data["lock_token"], version=data["version"], now=timezone.now(),
    )  # fmt: skip
    claimed = judged.claimed
    if claimed is None or not _allows(request, claimed.task):
        return None
    return _in_place(request, judged.session, claimed, _verdict(judged.recorded))


def _judged(request: HttpRequest, form: VerdictForm, session: UUID, task: UUID) -> Judged:
    return judge_and_claim(
        auditor=request.membership, session_id=session, task_id=task, judgement=judgement_of(form),
        lock_token=form.cleaned_data["lock_token"], version=form.cleaned_data["version"], now=timezone.now(),
    )  # fmt: skip


def _verdict(recorded: Recorded) -> str:
    return "" if recorded.replayed else Verdict(recorded.task.review_status).label


def _go_on(request: HttpRequest, session: AuditSession, claimed: Claimed | None, verdict: str = "") -> HttpResponse:
    """The next task in place of the one before; a whole page where none is left, or its policy must change."""
    if not request.htmx or claimed is None:
        return _elsewhere(request, to_session(request, session.pk, resume=claimed is not None))
    if second := _second_first(request, claimed):
        return _elsewhere(request, second)
    if not _allows(request, claimed.task):
        return _elsewhere(request, to_session(request, session.pk, resume=True))
    plain = _in_place(request, session, claimed, verdict)
    return plain or render(request, LAYOUT, _context(request, session, claimed, _known(request), verdict))


def _allows(request: HttpRequest, task: Task) -> bool:
    """Whether the policy of the page on the screen lets in what this task shows."""
    return set(origins_of(sources_of(task))) <= set(_known(request))


def _known(request: HttpRequest) -> list[str]:
    return request.POST.get("origins", "").split()


def _in_place(request: HttpRequest, session: AuditSession, claimed: Claimed, verdict: str) -> HttpResponse | None:
    """The bare facts of the next task, where the page on the screen needs no more."""
    if request.POST.get("shell") != shell_of(claimed.task) or not is_plain(claimed):
        return None
    return next_task(request, session, claimed, _done(session, verdict))


def _elsewhere(request: HttpRequest, to: HttpResponse) -> HttpResponse:
    return HttpResponseClientRedirect(to.url) if request.htmx else to


@require_POST
@requires(Permission.AUDIT)
def skip(request: HttpRequest, session: UUID, task: UUID) -> HttpResponse:
    form = LockForm(request.POST)
    if not form.is_valid():
        return refusal(request, form, task)
    found = find_session(member=request.membership, session_id=session)
    data = form.cleaned_data
    try:
        claimed = skip_and_claim(auditor=request.membership, session=found, task_id=task, token=data["lock_token"],
                                 reason=data["reason"], now=timezone.now())  # fmt: skip
    except Conflict as error:
        return tell_refusal(request, error)
    return _go_on(request, found, claimed)


def to_session(request: HttpRequest, session: UUID, *, resume: bool = False) -> HttpResponse:
    return redirect("audits:workspace" if resume else "audits:session", request.organization.slug, session)
