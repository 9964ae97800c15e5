"""Files that integrators hand over: sent at once, or named by an address that a worker fetches later."""

from datetime import datetime
from typing import BinaryIO
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.db import transaction

from audits.models import Attachment, Project
from audits.services.attachments import clean_name, store_attachment
from audits.services.intake import NO_SUCH_PROJECT
from callbacks.guard import mail_address, vet_url
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import EventType, Organization, User

MOST_PROJECTS = 50
NO_SUCH_FILE = "File with that ID not found."


@transaction.atomic(savepoint=False)
def upload_file(
    *, organization: Organization, actor: User | None, name: str, file: BinaryIO, project_names: list[str],
    now: datetime,
) -> Attachment:  # fmt: skip
    """Keep the file; the same bytes again are the same file. Raises InvalidInput, NotFound (project)."""
    check_projects(organization, project_names)
    attachment = store_attachment(organization=organization, actor=actor, name=name, file=file, now=now)
    more = [name for name in project_names if name not in attachment.project_names]
    if more:
        attachment.project_names = [*attachment.project_names, *more][:MOST_PROJECTS]
        attachment.save(update_fields=["project_names"])
    record_event(EventType.FILE_STORED, organization=organization, actor=actor, now=now, subject_id=attachment.id,
                 after={"name": attachment.name, "size": attachment.size})  # fmt: skip
    return attachment


@transaction.atomic(savepoint=False)
def request_file(
    *, organization: Organization, actor: User | None, url: str, project_names: list[str], now: datetime
) -> Attachment:
    """Note that this address is to be fetched: tasks can name the file at once. Raises InvalidInput, NotFound."""
    check_source(url)
    check_projects(organization, project_names)
    attachment = Attachment.objects.create(
        id=uuid7(), organization=organization, name=clean_name(unquote(urlsplit(url).path)), size=0, created_by=actor,
        created_at=now, project_names=project_names, source_url=url, state=Attachment.State.WAITING, next_try_at=now,
    )  # fmt: skip
    record_event(EventType.FILE_REQUESTED, organization=organization, actor=actor, now=now, subject_id=attachment.id,
                 after={"source_url": url})  # fmt: skip
    return attachment


def find_signed_file(*, organization_id: UUID, file_id: UUID) -> Attachment:
    """The file that a signed link opens; whoever made the link was allowed to see it. Raises NotFound."""
    found = Attachment.objects.filter(organization_id=organization_id, pk=file_id).first()
    if found is None:
        raise NotFound(NO_SUCH_FILE)
    return found


def check_source(url: str) -> None:
    """InvalidInput for what is no address of a file that may be fetched. Looks up no name."""
    try:
        if mail_address(url):
            raise InvalidInput("it is an e-mail address.")
        vet_url(url)
    except InvalidInput as error:
        raise InvalidInput(fields={"file_url": f"file_url cannot be fetched: {error.message}"}) from error


def check_projects(organization: Organization, names: list[str]) -> None:
    if len(names) > MOST_PROJECTS:
        raise InvalidInput(fields={"project_names": f"Name at most {MOST_PROJECTS} projects."})
    known = Project.objects.for_organization(organization).filter(name__in=names).count() if names else 0
    if known < len(set(names)):
        raise NotFound(NO_SUCH_PROJECT)
