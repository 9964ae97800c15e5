"""Projects and the versions of their parameters."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audits.models import Project, ProjectAuditor, ProjectVersion
from audits.models.project import ORDERS
from audits.task_types import task_type
from callbacks.guard import vet_url
from labelops.errors import Conflict, InvalidInput
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership, Organization, User
from labelops.tenancy.permissions import Permission

# A name in an address may hold slashes, so what may follow a name must be no part of one.
ENDINGS = ("/status", "/finalize", "/setMetadata", "/setParams", "/setCallbacks", "/taskTemplates", "/groups")
MOST_REASONS, LONGEST_REASON = 30, 120
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class ProjectExists(Conflict):
    """Another project of the organization has this name."""


@transaction.atomic(savepoint=False)
def create_project(
    *, organization: Organization, actor: User | None, name: str, type: str, params: dict[str, Any], now: datetime
) -> Project:
    """A project with version 0 of its parameters. Raises ProjectExists, InvalidInput, NotFound (unknown type)."""
    name = checked_name(name)
    kind = task_type(type)
    try:
        with transaction.atomic():
            project = Project.objects.create(organization=organization, name=name, public_name=name, type=kind.name)
    except IntegrityError as error:
        raise ProjectExists(_("A project named “%(name)s” already exists.") % {"name": name}, name=name) from error
    _add_version(project, 0, params)
    record_event(EventType.PROJECT_CREATED, organization=organization, actor=actor, now=now, subject_id=project.id,
                 after={"name": name, "type": kind.name})  # fmt: skip
    return project


def checked_name(name: Any) -> str:
    """The name of a project or batch: it is part of addresses, so that no control character may be in it."""
    if not isinstance(name, str) or not name.strip() or len(name) > 255 or CONTROL.search(name):
        raise InvalidInput(fields={"name": _("Give a name of 1 to 255 characters, without line breaks.")})
    if name.strip().endswith(ENDINGS):
        raise InvalidInput(
            fields={
                "name": _("A name cannot end with %(join)s: addresses of the API do.") % {"join": ", ".join(ENDINGS)}
            }
        )
    return name.strip()


def _add_version(
    project: Project, number: int, params: dict[str, Any], given: dict[str, Any] | None = None
) -> ProjectVersion:
    """`given`: of the parameters those that somebody has just sent; None: all."""
    rest = dict(params)
    instruction = rest.pop("instruction", None) or ""
    if not isinstance(instruction, str):
        raise InvalidInput(fields={"instruction": _("The instruction must be text.")})
    _keep_fields(project, rest, params if given is None else given)
    return ProjectVersion.objects.create(
        organization_id=project.organization_id, project=project, version=number, instruction=instruction, params=rest
    )


def _keep_fields(project: Project, params: dict[str, Any], given: dict[str, Any]) -> None:
    fields: dict[str, Any] = {}
    for part, order in ORDERS.items():
        if isinstance(params.get(part), dict) and params[part]:
            fields |= {part: params[part], order: list(given.get(part) or project.fields_of(part))}
    if fields != project.task_fields:
        project.task_fields = fields
        project.save(update_fields=["task_fields"])


@transaction.atomic(savepoint=False)
def set_project_params(
    *, project: Project, actor: User | None, params: dict[str, Any], patch: bool, now: datetime
) -> ProjectVersion:
    """Append a version; with `patch` it is the last one with these parameters put over it. Raises InvalidInput."""
    held = Project.objects.for_organization(project.organization).select_for_update().get(pk=project.pk)
    last = held.versions.order_by("-version").first()
    given = params
    if patch and last:
        params = {**last.params, "instruction": last.instruction, **params}
    version = _add_version(held, last.version + 1 if last else 0, params, given)
    record_event(EventType.PROJECT_CHANGED, organization=project.organization, actor=actor, now=now,
                 subject_id=project.id, after={"version": version.version})  # fmt: skip
    return version


@transaction.atomic(savepoint=False)
def set_project_callback(
    *, project: Project, actor: User | None, callback_url: str, hold_callbacks: bool | None, now: datetime
) -> None:
    """Where callbacks of this project's tasks go, where task and batch name none, and whether a verdict's waits until
    it can no longer be undone (None: as the organization wishes). Raises InvalidInput."""
    wanted = {"callback_url": callback_url, "hold_callbacks": hold_callbacks}
    held = Project.objects.for_organization(project.organization).select_for_update().get(pk=project.pk)
    changed = {name: value for name, value in wanted.items() if getattr(held, name) != value}
    if not changed:
        return
    if changed.get("callback_url"):
        vet_url(callback_url)
    before = {name: getattr(held, name) for name in changed}
    Project.objects.for_organization(project.organization).filter(pk=project.pk).update(**changed)
    record_event(EventType.PROJECT_CHANGED, organization=project.organization, actor=actor, now=now,
                 subject_id=project.id, before=before, after=changed)  # fmt: skip


@transaction.atomic(savepoint=False)
def assign_auditors(*, project: Project, actor: User | None, auditors: list[Membership], now: datetime) -> None:
    """Exactly these people may audit the project, where auditors need an assignment. Raises InvalidInput."""
    if any(not auditor.may(Permission.AUDIT) for auditor in auditors):
        raise InvalidInput(fields={"auditors": _("Only members whose role may audit can be assigned.")})
    ProjectAuditor.objects.for_organization(project.organization).filter(project=project).delete()
    ProjectAuditor.objects.bulk_create(
        ProjectAuditor(organization=project.organization, project=project, user_id=auditor.user_id)
        for auditor in auditors
    )
    record_event(EventType.PROJECT_CHANGED, organization=project.organization, actor=actor, now=now,
                 subject_id=project.id, after={"auditors": sorted(a.user.email for a in auditors)})  # fmt: skip


@transaction.atomic(savepoint=False)
def set_project_reasons(*, project: Project, actor: User | None, reasons: Sequence[str], now: datetime) -> None:
    """What auditors choose from when they change or reject. Audits keep what they named. Raises InvalidInput."""
    wanted = list(dict.fromkeys(reason.strip() for reason in reasons if reason.strip()))
    if len(wanted) > MOST_REASONS or any(len(reason) > LONGEST_REASON for reason in wanted):
        sentence = _("Give at most %(reasons)s reasons of at most %(characters)s characters each.")
        words = {"reasons": MOST_REASONS, "characters": LONGEST_REASON}
        raise InvalidInput(fields={"reasons": sentence % words})
    held = Project.objects.for_organization(project.organization).select_for_update().get(pk=project.pk)
    if held.reasons == wanted:
        return
    before, held.reasons = held.reasons, wanted
    held.save(update_fields=["reasons"])
    record_event(EventType.PROJECT_CHANGED, organization=project.organization, actor=actor, now=now,
                 subject_id=project.id, before={"reasons": before}, after={"reasons": wanted})  # fmt: skip
