"""Who may do what: the one table. The members page shows it; every view and API call asks it."""

from collections.abc import Iterator

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    OWNER = "owner", _("Owner")
    REQUESTER = "requester", _("Requester")
    AUDITOR = "auditor", _("Auditor")
    LEAD = "lead", _("Lead")
    INTEGRATOR = "integrator", _("Integrator")


class Permission(TextChoices):
    VIEW_TASKS = "view_tasks", _("See tasks, projects and batches")
    EDIT_TASKS = "edit_tasks", _("Create projects and batches, import and cancel tasks")
    REDO = "redo", _("Send rejected tasks back to be done again")
    AUDIT = "audit", _("Audit tasks: approve, make changes, reject")
    DRAW_SAMPLE = "draw_sample", _("Open an audit session over a random sample")
    MANAGE_SESSIONS = "manage_sessions", _("Release others' locks, abandon others' sessions")
    VIEW_QUALITY = "view_quality", _("See the Quality page and reports")
    EXPORT = "export", _("Export lists and reports")
    MANAGE_CALLBACKS = "manage_callbacks", _("See and set up callbacks")
    MANAGE_KEYS = "manage_keys", _("Make and revoke API keys")
    MANAGE_MEMBERS = "manage_members", _("Invite people and change roles")
    MANAGE_SETTINGS = "manage_settings", _("Change the organization's settings")


_P = Permission
MAY: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.REQUESTER: frozenset(
        {_P.REDO, _P.VIEW_TASKS, _P.EDIT_TASKS, _P.AUDIT, _P.DRAW_SAMPLE, _P.VIEW_QUALITY, _P.EXPORT}
    ),
    Role.AUDITOR: frozenset({_P.VIEW_TASKS, _P.AUDIT, _P.DRAW_SAMPLE, _P.VIEW_QUALITY}),
    Role.LEAD: frozenset(
        {_P.REDO, _P.VIEW_TASKS, _P.AUDIT, _P.DRAW_SAMPLE, _P.MANAGE_SESSIONS, _P.VIEW_QUALITY, _P.EXPORT}
    ),
    Role.INTEGRATOR: frozenset({_P.REDO, _P.VIEW_TASKS, _P.EDIT_TASKS, _P.EXPORT, _P.MANAGE_CALLBACKS, _P.MANAGE_KEYS}),
}


def may(role: str, permission: Permission) -> bool:
    return permission in MAY[Role(role)]


def roles_that_may(permission: Permission) -> list[str]:
    return [role.value for role in Role if permission in MAY[role]]


def permission_table() -> Iterator[tuple[str, list[tuple[Role, bool]]]]:
    """Rows for the members page: what, and for each role whether it may."""
    for permission in Permission:
        yield permission.label, [(role, permission in MAY[role]) for role in Role]
