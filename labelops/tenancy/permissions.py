"""Who may do what: the one table. The members page shows it; every view and API call asks it."""

from collections.abc import Iterator

from django.db.models import TextChoices


class Role(TextChoices):
    OWNER = "owner", "Owner"
    REQUESTER = "requester", "Requester"
    AUDITOR = "auditor", "Auditor"
    LEAD = "lead", "Lead"
    INTEGRATOR = "integrator", "Integrator"


class Permission(TextChoices):
    VIEW_TASKS = "view_tasks", "See tasks, projects and batches"
    EDIT_TASKS = "edit_tasks", "Create projects and batches, import and cancel tasks"
    AUDIT = "audit", "Audit tasks: approve, make changes, reject"
    DRAW_SAMPLE = "draw_sample", "Open an audit session over a random sample"
    MANAGE_SESSIONS = "manage_sessions", "Release others' locks, abandon others' sessions"
    VIEW_QUALITY = "view_quality", "See the Quality page and reports"
    EXPORT = "export", "Export lists and reports"
    MANAGE_CALLBACKS = "manage_callbacks", "See and set up callbacks"
    MANAGE_KEYS = "manage_keys", "Make and revoke API keys"
    MANAGE_MEMBERS = "manage_members", "Invite people and change roles"
    MANAGE_SETTINGS = "manage_settings", "Change the organization's settings"


_P = Permission
MAY: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.REQUESTER: frozenset({_P.VIEW_TASKS, _P.EDIT_TASKS, _P.AUDIT, _P.DRAW_SAMPLE, _P.VIEW_QUALITY, _P.EXPORT}),
    Role.AUDITOR: frozenset({_P.VIEW_TASKS, _P.AUDIT, _P.DRAW_SAMPLE, _P.VIEW_QUALITY}),
    Role.LEAD: frozenset({_P.VIEW_TASKS, _P.AUDIT, _P.DRAW_SAMPLE, _P.MANAGE_SESSIONS, _P.VIEW_QUALITY, _P.EXPORT}),
    Role.INTEGRATOR: frozenset({_P.VIEW_TASKS, _P.EDIT_TASKS, _P.EXPORT, _P.MANAGE_CALLBACKS, _P.MANAGE_KEYS}),
}


def may(role: str, permission: Permission) -> bool:
    return permission in MAY[Role(role)]


def roles_that_may(permission: Permission) -> list[str]:
    return [role.value for role in Role if permission in MAY[role]]


def permission_table() -> Iterator[tuple[str, list[tuple[Role, bool]]]]:
    """Rows for the members page: what, and for each role whether it may."""
    for permission in Permission:
        yield permission.label, [(role, permission in MAY[role]) for role in Role]
