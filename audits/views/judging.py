"""Verdicts as they come from the workspace, and what is answered where one is refused."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.forms import VerdictForm
from audits.models import Task, Verdict
from audits.services.audits import Judgement, VersionMoved
from audits.services.drafts import save_draft
from labelops.errors import Conflict, DomainError, Locked, NotFound, answer_page_error, error_body
from labelops.tenancy.middleware import write_after


def judgement_of(form: VerdictForm) -> Judgement:
    data = form.cleaned_data
    reasons, pins = data["remarks"]
    # Chosen while rejecting, then approved after all: a reason says what was wrong.
    reasons = () if data["verdict"] == Verdict.ACCEPTED else reasons
    return Judgement(data["verdict"], data["comment"], data["response"], reasons, pins)


def refuse_work(request: HttpRequest, task: UUID, form: VerdictForm, error: DomainError) -> HttpResponse:
    """Why it was refused, and whether what the auditor typed is kept where the form has to go."""
    kept = _keep_work(request, task, form, error) and isinstance(error, Conflict | Locked)
    return tell_refusal(request, error, _("Your work is kept as a draft.") if kept else "")


def _keep_work(request: HttpRequest, task: UUID, form: VerdictForm, error: DomainError) -> bool:
    """The refused work becomes a draft once the request's transaction is undone; False where there is none."""
    data = form.cleaned_data
    reasons, pins = data["remarks"]
    if isinstance(error, NotFound) or not (data["comment"].strip() or data["response"] or reasons or pins):
        return False
    work = {"verdict": data["verdict"], "comment": data["comment"], "response": data["response"],
            "reasons": reasons, "pins": pins}  # fmt: skip
    refused = {"task_version": data["version"], "refusal": error.message, "now": timezone.now()}

    def write() -> None:
        save_draft(author=request.membership, task_id=task, **work, **refused)

    write_after(request, request.organization.pk, write)
    return True


def tell_refusal(request: HttpRequest, error: DomainError, more: str = "") -> HttpResponse:
    """Who and what, for the script of the page, with one sentence `more`; a page where there is no script."""
    if not wants_json(request):
        return answer_page_error(request, error)
    text = f"{error.message} {more}".strip()
    told = {"text": text, "holder": error.data.get("holder"), "until": error.data.get("expires_at")}
    if isinstance(error, VersionMoved):
        told["code"] = "version_conflict"
    if places := {name.removeprefix("response."): text for name, text in getattr(error, "fields", {}).items()
                  if name.startswith("response.")}:  # fmt: skip
        told["places"] = places
    return JsonResponse(error_body(error.status, text, **told), status=error.status)


def must_exist(request: HttpRequest, task: UUID) -> None:
    """NotFound for a task that this member may not see: whatever else is wrong, a stranger learns no more."""
    visible = Task.objects.for_organization(request.organization).visible_to(request.membership)
    if not visible.filter(pk=task).exists():
        raise NotFound(_("There is no task with this id."))


def refusal(request: HttpRequest, form: forms.Form, task: UUID) -> HttpResponse:
    """400 with the first sentence and the fields."""
    must_exist(request, task)
    fields = {name: str(errors[0]) for name, errors in form.errors.items()}
    message = next(iter(fields.values()))
    return JsonResponse(error_body(400, message, code="invalid", fields=fields), status=400)


def wants_json(request: HttpRequest) -> bool:
    return bool(request.htmx) or "application/json" in request.headers.get("Accept", "")
