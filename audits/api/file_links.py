"""Links to stored files that hold for an hour, for whoever has them: what `include_attachment_url` asks for."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from audits.models import Attachment
from labelops.errors import NotFound
from labelops.tenancy.identifiers import parse_public_id
from labelops.tenancy.models import Organization

SECONDS = 3600
SALT = "audits.api.file_links"
EXPIRED = "This link is not valid any more. List the task again for another one."


def add_attachment_links(docs: list[dict[str, Any]], organization: Organization) -> None:
    """`attachment_url` for each task in wire format whose attachment is an address or a stored file."""
    for doc in docs:
        if link := attachment_link(doc.get("params", {}).get("attachment"), organization):
            doc["attachment_url"] = link


def attachment_link(reference: Any, organization: Organization) -> str | None:
    """The link to the stored file; the address as it is where it is one already; None for what is neither."""
    if not isinstance(reference, str) or "://" not in reference:
        return None
    if not reference.startswith(Attachment.SCHEME):
        return reference
    file_id = parse_public_id(reference.removeprefix(Attachment.SCHEME))
    return file_link(organization.pk, file_id) if file_id else None


def file_link(organization_id: UUID, file_id: UUID) -> str:
    signature = signing.dumps([organization_id.hex, file_id.hex], salt=SALT)
    return f"{settings.SITE_URL}{reverse('v1:file-content', args=[file_id.hex])}?signature={signature}"


def read_signature(text: str, file_id: UUID | None) -> UUID:
    """The organization whose file this link opens. Raises NotFound where it opens none, or no longer this one."""
    try:
        organization, file = signing.loads(text, salt=SALT, max_age=SECONDS)
    except signing.BadSignature as error:
        raise NotFound(EXPIRED) from error
    if file_id is None or file != file_id.hex:
        raise NotFound(EXPIRED)
    return UUID(organization)
