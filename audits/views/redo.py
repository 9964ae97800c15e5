"""Sending one rejected task back; many at once are the bulk bar's."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits.services.redos import redo_task
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission


@require_POST
@requires(Permission.REDO)
def redo(request: HttpRequest, task: UUID) -> HttpResponse:
    """`note` for whoever does it again; `back`: where to go then, else to the task."""
    redo_task(by=request.membership, task_id=task, note=request.POST.get("note", ""), now=timezone.now())
    messages.success(request, _("The task was sent back. It can be audited again once it has its new response."))
    root, back = reverse("audits:today", args=[request.organization.slug]), request.POST.get("back", "")
    if back.startswith(root) and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("audits:task", request.organization.slug, task.hex)
