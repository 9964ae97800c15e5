"""Files that tasks show: checked, kept once per organization, named `labelops://<id>`."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files import File

from audits.models import Attachment
from audits.services.attachment_content import check_content
from labelops.errors import InvalidInput
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Organization, User

# Only these kinds of attachment_type are never the name of a file.
WORDS = ("text", "website")
REMEMBERED = 10_000


def store_attachment(
    *, organization: Organization, actor: User | None, name: str, file: BinaryIO, now: datetime, digest: str = ""
) -> Attachment:
    """The kept file; the same bytes are kept once. Raises InvalidInput where they may not be kept.

    `file` can seek; `digest` is its SHA-256 in hex, where the caller knows it.
    """
    digest = digest or sha256_of(file)
    if found := Attachment.objects.for_organization(organization).filter(sha256=digest).first():
        return found
    size = file.seek(0, 2)
    kind = check_content(file, size)
    attachment = Attachment(
        id=uuid7(), organization=organization, name=clean_name(name), content_type=kind, size=size, sha256=digest,
        created_by=actor, created_at=now,
    )  # fmt: skip
    attachment.file.save(attachment.name, File(file), save=False)
    attachment.save(force_insert=True)
    return attachment


def replace_content(*, attachment: Attachment, file: BinaryIO, digest: str) -> None:
    """Give an attachment that waits for its file the file; bytes that are kept already are not kept twice.

    The caller holds the row. Raises InvalidInput where the file may not be kept.
    """
    attachment.size, attachment.sha256 = file.seek(0, 2), digest
    attachment.content_type = check_content(file, attachment.size)
    same = Attachment.objects.filter(organization_id=attachment.organization_id, sha256=digest)
    if found := same.exclude(pk=attachment.pk).first():
        attachment.file.name = found.file.name
    else:
        attachment.file.save(attachment.name, File(file), save=False)
    attachment.state, attachment.failure, attachment.next_try_at = Attachment.State.KEPT, "", None
    attachment.save()


def sha256_of(file: BinaryIO) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def clean_name(name: str) -> str:
    """The last part of the name without what could end a header or a line."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable())[-255:] or "file"


class AttachmentFolder:
    """A folder whose files replace the relative names in tasks' parameters. Nothing outside of it is ever read."""

    def __init__(self, folder: str | Path, *, organization: Organization, actor: User | None) -> None:
        self.folder = Path(folder).resolve()
        if not self.folder.is_dir():
            raise InvalidInput(f"There is no folder {folder}. Give --attachments an existing one.")
        self.organization, self.actor = organization, actor
        self._references: dict[Path, str] = {}

    def with_references(self, params: dict[str, Any], *, now: datetime) -> dict[str, Any]:
        """The parameters with `labelops://…` for each file. Raises InvalidInput for a missing file or one outside."""
        if params.get("attachment_type") in WORDS:
            return params
        changed = dict(params)
        if isinstance(name := params.get("attachment"), str):
            changed["attachment"] = self._reference(name, params, now)
        if isinstance(names := params.get("attachments"), list):
            changed["attachments"] = [self._reference(name, params, now) for name in names]
        return changed

    def _reference(self, name: Any, params: dict[str, Any], now: datetime) -> Any:
        if not isinstance(name, str) or "://" in name or not name:
            return name
        path = self._path(name, named="attachment_type" in params)
        if path is None:
            return name
        if path not in self._references:
            self._remember(path, self._stored(name, path, now))
        return self._references[path]

    def _path(self, name: str, *, named: bool) -> Path | None:
        """None: the text is no file's name, and nothing says that it should be."""
        try:
            path = (self.folder / name).resolve()
            inside, exists = path.is_relative_to(self.folder), path.is_file()
        except (OSError, ValueError):
            # Far too long, or with a NUL: no file's name.
            inside, exists = True, False
        if not inside:
            raise InvalidInput(f"The attachment {name[:200]} lies outside of the folder given.")
        if exists:
            return path
        if named:
            raise InvalidInput(f"The attachment {name[:200]} is not in the folder given.")
        return None

    def _stored(self, name: str, path: Path, now: datetime) -> str:
        with path.open("rb") as file:
            try:
                attachment = store_attachment(
                    organization=self.organization, actor=self.actor, name=path.name, file=file, now=now
                )
            except InvalidInput as error:
                raise InvalidInput(f"The attachment {name[:200]}: {error.message}") from error
        return attachment.reference

    def _remember(self, path: Path, reference: str) -> None:
        if len(self._references) >= REMEMBERED:
            self._references.clear()
        self._references[path] = reference

    def forget(self) -> None:
        """After a transaction that was undone: its rows are gone."""
        self._references.clear()
