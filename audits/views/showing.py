"""A task as its viewer needs it: the type's template, parameters with addresses of files, and the files' origins."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from audits.models import Attachment, Task
from audits.task_types import TASK_TYPES
from audits.task_types.base import TaskType
from audits.task_types.fields import addresses_in, asks_by_fields, form_of
from labelops.tenancy.models import Organization

REFERENCE = re.compile(re.escape(Attachment.SCHEME) + "([0-9a-f]{32})")
# A host name as it may stand in a policy; everything else is left out, so that no task can write into the header.
SOURCE = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")
MOST_ORIGINS = 20


@dataclass(frozen=True)
class Viewer:
    """What audits/task_types/*/editor.html reads. `prior`: the response before; `before`: what to compare with."""

    templates: str
    params: dict[str, Any]
    response: Any
    attachment_url: str
    kind: str = ""
    prior: Any = None
    before: Any = None
    schema: dict[str, Any] | None = None


def viewer_of(task: Task, organization: Organization, response: Any = None, before: Any = None) -> Viewer:
    params, kind = with_addresses(task.params, organization), kind_of(task)
    template, schema = form_of(kind, _fields_of(task))
    return Viewer(
        templates=template,
        params=params,
        response=_shown(task) if response is None else response,
        attachment_url=attachment_address(params),
        kind=getattr(kind, "default", ""),
        prior=task.prior_responses[-1] if task.prior_responses else None,
        before=before,
        schema=schema,
    )


def _shown(task: Task) -> dict[str, Any] | None:
    """What went wrong is no response of the task's type."""
    return None if task.status == Task.Status.ERROR else task.response


def _fields_of(task: Task) -> dict[str, Any]:
    return task.project.task_fields if task.project else {}


def kind_of(task: Task) -> TaskType:
    """The task's type; a type that this version does not know any more is shown as JSON."""
    return TASK_TYPES.get(task.type) or TaskType(task.type)


def with_addresses(value: Any, organization: Organization) -> Any:
    """The same JSON with every `labelops://<id>` replaced by the address where this product serves the file."""
    if isinstance(value, dict):
        return {key: with_addresses(inner, organization) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_addresses(inner, organization) for inner in value]
    if isinstance(value, str) and (match := REFERENCE.fullmatch(value)):
        return reverse("audits:attachment", args=[organization.slug, UUID(match[1])])
    return value


def attachment_address(params: dict[str, Any]) -> str:
    """Of a first attachment that is a file; empty for text."""
    first = next(_attachments(params), "")
    return first if first.startswith(("/", "http://", "https://")) else ""


def _attachments(params: dict[str, Any]) -> Iterator[str]:
    single, many = params.get("attachment"), params.get("attachments")
    for one in [single, *(many if isinstance(many, list) else [])]:
        content = (one.get("content") or one.get("url")) if isinstance(one, dict) else one
        if isinstance(content, str) and content:
            yield content


def sources_of(task: Task) -> list[dict[str, Any]]:
    """For `origins_of`: the task's parameters, and where pictures in its responses come from, the earlier ones too."""
    kind = kind_of(task)
    if asks_by_fields(kind, _fields_of(task)):
        return [task.params, {"attachments": addresses_in(task.params)}]
    if not kind.pictures_in:
        return [task.params]
    pictures = [kind.pictures_in(response) for response in (task.response, *(task.prior_responses or ()))]
    return [task.params, *({"attachments": found} for found in pictures)]


def origins_of(all_params: Iterable[dict[str, Any]]) -> list[str]:
    """The foreign origins of these tasks' attachments, as sources for a policy."""
    found: dict[str, None] = {}
    for params in all_params:
        for content in _attachments(params):
            if content.startswith(("http://", "https://")) and (origin := _origin(content)):
                found[origin] = None
    return list(found)[:MOST_ORIGINS]


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address.split()[0])
    except (ValueError, IndexError):
        return ""
    source = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return source if SOURCE.fullmatch(source) else ""


def allow_origins(response: HttpResponse, origins: list[str]) -> HttpResponse:
    """Images and media of this page may come from there too; nothing else changes in its policy."""
    if origins:
        wider = {name: [*settings.SECURE_CSP[name], *origins] for name in ("img-src", "media-src")}
        response._csp_config = {**settings.SECURE_CSP, **wider}
    return response
