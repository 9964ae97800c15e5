"""Attachments: a stored file to those who may see tasks."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audits.file_responses import answer_file
from audits.models import Attachment
from labelops.errors import NotFound
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission


@require_safe
@requires(Permission.VIEW_TASKS)
def attachment(request: HttpRequest, attachment: UUID) -> HttpResponseBase:
    files = Attachment.objects.for_organization(request.organization).visible_to(request.membership)
    found = files.filter(pk=attachment).first()
    if found is None:
        raise NotFound(_("There is no attachment with this id."))
    return answer_file(request, found)
