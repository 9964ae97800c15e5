"""Fetches the files that integrators named by address: in a worker, behind the wall of the callbacks.

Each address on the way, those of redirects too, is judged when it is dialled (`callbacks.guard`).
"""

import asyncio
import logging
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO
from urllib.parse import urljoin
from uuid import UUID

import aiohttp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audits.models import Attachment
from audits.services.attachments import replace_content, sha256_of
from audits.services.files import check_source
from callbacks.dialling import VettingResolver, open_vetted_socket
from callbacks.guard import BlockedAddress
from labelops.errors import InvalidInput
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization
from labelops.tenancy.scope import organization_scope, system_scope

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 5
MOST_REDIRECTS = 5
FETCH_SECONDS = 120
# A worker that died meanwhile: the file is anybody's again after this.
LEASE = timedelta(seconds=FETCH_SECONDS + 60)
FIRST_PAUSE = timedelta(seconds=15)
BLOCK = 256 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
TRY_AGAIN = (408, 425, 429)
MOST_AT_ONCE = 100


class Unreachable(Exception):
    """No file came, for this reason; perhaps another time."""


class Refused(Exception):
    """No file will ever come from there, for this reason."""


@dataclass(frozen=True)
class Turn:
    """What one attempt needs; `attempts` counts it in."""

    organization_id: UUID
    attachment_id: UUID
    url: str
    attempts: int


def files_to_fetch() -> list[tuple[UUID, UUID]]:
    """(organization, attachment) of files whose time has come, the oldest first."""
    with system_scope("sweep"):
        waiting = Attachment.objects.all().to_fetch().order_by("next_try_at")
        return list(waiting.values_list("organization_id", "pk")[:MOST_AT_ONCE])


def fetch_file(*, organization_id: UUID, attachment_id: UUID) -> None:
    """One attempt: afterwards the file is kept, will be tried again, or has failed. Nothing where it is not waiting."""
    turn = _take(organization_id, attachment_id)
    if turn is None:
        return
    with tempfile.TemporaryFile() as file:
        try:
            asyncio.run(download(turn.url, file))
            _keep(turn, file)
        except Unreachable as error:
            _put_off(turn, str(error))
        except (Refused, InvalidInput) as error:
            _fail(turn, str(error))


def _take(organization_id: UUID, attachment_id: UUID) -> Turn | None:
    """Take the turn, in a transaction of its own: nothing is held while the network is waited for."""
    with organization_scope(organization_id):
        files = Attachment.objects.filter(organization_id=organization_id, pk=attachment_id)
        found = files.to_fetch().select_for_update(skip_locked=True).first()
        if found is None:
            return None
        found.attempts, found.next_try_at = found.attempts + 1, timezone.now() + LEASE
        found.save(update_fields=["attempts", "next_try_at"])
        return Turn(organization_id, attachment_id, found.source_url, found.attempts)


async def download(url: str, file: BinaryIO) -> None:
    """Write what the address answers into the file. Raises Unreachable, Refused."""
    connector = aiohttp.TCPConnector(resolver=VettingResolver(), socket_factory=open_vetted_socket, force_close=True)
    options = {"cookie_jar": aiohttp.DummyCookieJar(), "auto_decompress": False, "trust_env": False}
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS, sock_connect=10, sock_read=30)
    try:
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, **options) as session:
            await _follow(session, url, file)
    except BlockedAddress as error:
        raise Refused("The address leads into a network that is not public.") from error
    except TimeoutError as error:
        raise Unreachable("The server did not send the file in time.") from error
    except (aiohttp.ClientError, OSError) as error:
        if isinstance(getattr(error, "os_error", None) or error.__cause__, BlockedAddress):
            raise Refused("The address leads into a network that is not public.") from error
        raise Unreachable(f"The server could not be reached ({type(error).__name__}).") from error


async def _follow(session: aiohttp.ClientSession, url: str, file: BinaryIO) -> None:
    for _ in range(MOST_REDIRECTS + 1):
        _check_step(url)
        headers = {"user-agent": "labelops-files/1", "accept-encoding": "identity"}
        async with session.get(url, headers=headers, allow_redirects=False) as response:
            if response.status in REDIRECTS and "location" in response.headers:
                url = urljoin(url, response.headers["location"])
                continue
            _check_status(response.status)
            await _read(response, file)
            return
    raise Refused(f"The address redirects more than {MOST_REDIRECTS} times.")


def _check_step(url: str) -> None:
    try:
        check_source(url)
    except InvalidInput as error:
        raise Refused(error.message) from error


def _check_status(status: int) -> None:
    if status == 200:
        return
    message = f"The server answered {status}."
    raise Unreachable(message) if status >= 500 or status in TRY_AGAIN else Refused(message)


async def _read(response: aiohttp.ClientResponse, file: BinaryIO) -> None:
    read = 0
    while block := await response.content.read(BLOCK):
        read += len(block)
        if read > settings.ATTACHMENT_MAX_BYTES:
            raise Refused(f"The file is larger than {settings.ATTACHMENT_MAX_BYTES // 1024 // 1024} MB.")
        file.write(block)


def _mine(turn: Turn) -> Attachment | None:
    """The row, held, if this attempt is still its newest."""
    files = Attachment.objects.filter(organization_id=turn.organization_id, pk=turn.attachment_id)
    return files.filter(state=Attachment.State.WAITING, attempts=turn.attempts).select_for_update().first()


def _keep(turn: Turn, file: BinaryIO) -> None:
    digest = sha256_of(file)
    with organization_scope(turn.organization_id), transaction.atomic():
        found = _mine(turn)
        if found is None:
            return
        replace_content(attachment=found, file=file, digest=digest)
        _record(EventType.FILE_FETCHED, found, {"size": found.size, "sha256": digest}, timezone.now())


def _put_off(turn: Turn, reason: str) -> None:
    if turn.attempts >= MOST_ATTEMPTS:
        _fail(turn, reason)
        return
    with organization_scope(turn.organization_id):
        if found := _mine(turn):
            found.failure, found.next_try_at = reason, timezone.now() + FIRST_PAUSE * 4 ** (turn.attempts - 1)
            found.save(update_fields=["failure", "next_try_at"])


def _fail(turn: Turn, reason: str) -> None:
    log.info("The file %s is not fetched: %s", turn.attachment_id, reason)
    with organization_scope(turn.organization_id):
        if found := _mine(turn):
            found.failure, found.state, found.next_try_at = reason, Attachment.State.FAILED, None
            found.save(update_fields=["failure", "state", "next_try_at"])
            _record(EventType.FILE_FAILED, found, {"failure": reason}, timezone.now())


def _record(type: EventType, found: Attachment, after: dict[str, object], now: datetime) -> None:
    organization = Organization.objects.get(pk=found.organization_id)
    record_event(type, organization=organization, actor=None, now=now, subject_id=found.pk, after=after)
