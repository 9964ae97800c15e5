"""/v1/files: files are sent, or named by an address that a worker fetches."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields, Query, checked_texts, refuse
from audits.api.file_links import read_signature
from audits.api.parsers import TooLarge
from audits.api.shapes import file_json
from audits.api.views import READ, WRITE, ApiView
from audits.file_responses import answer_file
from audits.models import Attachment
from audits.services.files import NO_SUCH_FILE, find_signed_file, request_file, upload_file
from audits.tasks import nudge_fetch
from labelops.errors import NotFound
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.scope import organization_scope

# What a multipart body has beside the file.
ENVELOPE_BYTES = 64 * 1024


class FileView(ApiView):
    """What became of it: added here, so that a failed fetch can be seen."""

    needs = {"GET": READ}

    def get(self, request: Request, file_id: str) -> Response:
        found = find_file(request, parse_public_id(file_id))
        return Response(file_json(found))


def find_file(request: Request, file_id: UUID | None) -> Attachment:
    files = Attachment.objects.for_organization(request.organization).visible_to(request.membership)
    found = files.filter(pk=file_id).first() if file_id else None
    if found is None:
        raise NotFound(NO_SUCH_FILE)
    return found


class FileContentView(ApiView):
    """The file itself: to a key, or to whoever has the link that a list of tasks gave out (`signature`)."""

    needs = {"GET": READ}

    @property
    def is_signed(self) -> bool:
        # The document of the API looks at views without a request.
        return self.request is not None and "signature" in self.request.GET

    def get_authenticators(self) -> list[Any]:
        return [] if self.is_signed else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        return [] if self.is_signed else super().get_permissions()

    def get(self, request: Request, file_id: str) -> HttpResponseBase:
        public_id = parse_public_id(file_id)
        if not self.is_signed:
            return answer_file(request, find_file(request, public_id))
        organization_id = read_signature(Query(request.query_params).text("signature"), public_id)
        with organization_scope(organization_id):
            return answer_file(request, find_signed_file(organization_id=organization_id, file_id=public_id))


class FileUploadView(ApiView):
    needs = {"POST": WRITE}
    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if int(request.headers.get("Content-Length") or 0) > settings.ATTACHMENT_MAX_BYTES + ENVELOPE_BYTES:
            raise TooLarge(f"The file is larger than {settings.ATTACHMENT_MAX_BYTES // 1024 // 1024} MB.")

    def post(self, request: Request) -> Response:
        file = request.FILES.get("file")
        if file is None:
            refuse("file", "is required: send it as a part of a multipart form.")
        names = [name for key in ("project_name", "project_names") for name in request.POST.getlist(key) if name]
        stored = upload_file(
            organization=request.organization, actor=request.user, name=file.name, file=file,
            project_names=_each_once(names), now=timezone.now(),
        )  # fmt: skip
        return Response(file_json(stored))


class FileImportView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request) -> Response:
        fields = Fields(request)
        url = fields.required_text("file_url", longest=2048)
        names = [fields.text("project_name") or "", *(fields.texts("project_names") or [])]
        noted = request_file(
            organization=request.organization, actor=request.user, url=url, project_names=_each_once(names),
            now=timezone.now(),
        )  # fmt: skip
        transaction.on_commit(lambda: nudge_fetch(noted.organization_id, noted.pk), robust=True)
        return Response(file_json(noted))


def _each_once(names: list[str]) -> list[str]:
    checked_texts("project_names", names)
    if "\0" in "".join(names):
        refuse("project_names", "must not hold the character NUL.")
    return list(dict.fromkeys(name for name in names if name))
