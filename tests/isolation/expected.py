"""How a row of the table of routes is written: one request, and the status that each actor gets for it."""

from dataclasses import dataclass, field
from typing import Any

from labelops.tenancy.permissions import Permission, Role, may

ROLES = [role.value for role in Role]
ACTORS = ["anonymous", "stranger", *ROLES]
Statuses = int | tuple[int, ...]


@dataclass(frozen=True)
class Expected:
    """One request to a route and the status that each actor gets for it."""

    method: str
    statuses: dict[str, Statuses]
    kwargs: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] | None = None
    query: str = ""
    is_call: bool = False
    is_of_organization: bool = True
    """Whether the address names something of ours: then the stranger's answer is the one for what does not exist."""


def by_role(permission: Permission, ok: Statuses) -> dict[str, Statuses]:
    return {role: ok if may(role, permission) else 403 for role in ROLES}


def page(permission: Permission, *, ok: Statuses = 200, query: str = "", **kwargs: str) -> Expected:
    statuses = {"anonymous": 302, "stranger": 404, **by_role(permission, ok)}
    return Expected("GET", statuses, {"organization": "acme", **kwargs}, query=query)


def action(
    permission: Permission,
    *,
    ok: Statuses = 302,
    data: dict[str, Any] | None = None,
    method: str = "POST",
    statuses: dict[str, Statuses] | None = None,
    **kwargs: str,
) -> Expected:
    """`statuses` changes single actors' answers, for rules that are finer than the permission."""
    expected = {"anonymous": 302, "stranger": 404, **by_role(permission, ok), **(statuses or {})}
    return Expected(method, expected, {"organization": "acme", **kwargs}, data or {})


def call(
    method: str,
    permission: Permission,
    *,
    ok: Statuses = 200,
    data: dict[str, Any] | None = None,
    query: str = "",
    of_organization: bool = False,
    **kwargs: str,
) -> Expected:
    statuses = {"anonymous": 401, "stranger": ok if of_organization else 404, **by_role(permission, ok)}
    return Expected(method, statuses, kwargs, data, query, is_call=True, is_of_organization=not of_organization)


def public(ok: Statuses, *, method: str = "GET", data: dict[str, Any] | None = None, **kwargs: str) -> Expected:
    return Expected(method, dict.fromkeys(ACTORS, ok), kwargs, data, is_of_organization=False)


def signed_in(ok: Statuses, *, anonymous: Statuses = 302, method: str = "GET", **kwargs: str) -> Expected:
    statuses = dict.fromkeys(ACTORS, ok) | {"anonymous": anonymous}
    return Expected(method, statuses, kwargs, is_of_organization=False)


def work(method: str = "GET", **kwargs: str) -> Expected:
    """A page of the performers' workspace: a requester's people, whoever they are, get a sentence in its place."""
    statuses = dict.fromkeys(ACTORS, 403) | {"anonymous": 302}
    return Expected(method, statuses, kwargs, {} if method == "POST" else None, is_of_organization=False)
