"""The frame around every page of an organization: where one is, where one may go. Read only if the page shows it."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from labelops.tenancy.models import Organization, User
from labelops.tenancy.permissions import Permission, may
from labelops.tenancy.services.people import places_of


@dataclass(frozen=True)
class Section:
    """One line of the left column. `name` is the URL's; a section whose URL does not exist is not shown."""

    name: str
    label: str
    icon: str
    permission: Permission
    heading: str = ""
    url: str = ""
    current: bool = False


# In the order of the pages table in DESIGN.md.
SECTIONS = (
    Section("audits:today", _("Today"), "sun", Permission.VIEW_TASKS),
    Section("audits:tasks", _("Tasks"), "list-checks", Permission.VIEW_TASKS, heading=_("Audit")),
    Section("reports:quality", _("Quality"), "shield-check", Permission.VIEW_QUALITY),
    Section("audits:sessions", _("Sessions"), "clipboard-check", Permission.AUDIT),
    Section("audits:projects", _("Projects"), "folder", Permission.VIEW_TASKS, heading=_("Data")),
    Section("audits:batches", _("Batches"), "layers", Permission.VIEW_TASKS),
    Section("audits:imports", _("Import"), "upload", Permission.EDIT_TASKS),
    Section("exports:exports", _("Exports"), "download", Permission.EXPORT),
    Section("crowd_rules:pools", _("Pools"), "users", Permission.EDIT_TASKS, heading=_("Crowd")),
    Section("crowd_rules:performers", _("Performers"), "hard-hat", Permission.VIEW_TASKS),
    Section("crowd_rules:skills", _("Skills"), "gauge", Permission.VIEW_TASKS),
    Section("crowd_rules:restrictions", _("Restrictions"), "ban", Permission.VIEW_TASKS),
    Section("crowd_rules:review", _("Review"), "scale", Permission.EDIT_TASKS),
    Section("callbacks:endpoints", _("Endpoints"), "webhook", Permission.MANAGE_CALLBACKS, heading=_("Callbacks")),
    Section("callbacks:deliveries", _("Deliveries"), "send", Permission.MANAGE_CALLBACKS),
    Section("tenancy:settings", _("Organization"), "settings", Permission.MANAGE_SETTINGS, heading=_("Settings")),
    Section("tenancy:members", _("Members"), "user-cog", Permission.MANAGE_MEMBERS),
    Section("tenancy:keys", _("API keys"), "key-round", Permission.MANAGE_KEYS),
)


@dataclass(frozen=True)
class Place:
    """One line of the organization switch."""

    name: str
    slug: str
    is_test: bool
    current: bool

    @property
    def url(self) -> str:
        return f"/o/{self.slug}/"


class Navigation:
    """What the frame reads; a page or partial that shows no frame costs no statement."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def organization(self) -> Organization | None:
        return getattr(self._request, "organization", None)

    @cached_property
    def user(self) -> User | None:
        user = getattr(self._request, "user", None)
        return user if user and user.is_authenticated else None

    @property
    def may_export(self) -> bool:
        return self._may(Permission.EXPORT)

    @property
    def may_redo(self) -> bool:
        return self._may(Permission.REDO)

    def _may(self, permission: Permission) -> bool:
        member = getattr(self._request, "membership", None)
        return bool(member and member.may(permission))

    @cached_property
    def _places(self) -> tuple[tuple[str, str, bool, UUID], ...]:
        return places_of(user=self.user) if self.user else ()

    @property
    def organizations(self) -> list[Place]:
        """Where this person may go: each live organization with its test-mode twin behind it, by name."""
        here = self.organization.slug if self.organization else ""
        found = sorted(self._places, key=lambda one: (one[0].casefold(), str(one[3]), one[2]))
        return [Place(name, slug, is_test, slug == here) for name, slug, is_test, _live in found]

    @cached_property
    def sections(self) -> list[Section]:
        current = self.current
        return [replace(one, current=one.name == current) for one in self._all]

    @cached_property
    def current(self) -> str:
        """Name of the section with the longest address that the page's address begins with; empty: of none."""
        path, start = self._request.path, f"/o/{self.organization.slug}/" if self.organization else ""
        fits = [one for one in self._all if path.startswith(one.url) and one.url != start]
        fits = fits or [one for one in self._all if one.url == path]
        return max(fits, key=lambda one: len(one.url)).name if fits else ""

    @property
    def _all(self) -> tuple[Section, ...]:
        return sections_of(self.organization.slug, self._request.membership.role) if self.organization else ()

    # What each part of the frame depends on, beside the language: it is drawn anew only where that has changed.

    @property
    def switch_key(self) -> tuple[Any, ...]:
        return self.organization.name, self.organization.slug, self.organization.is_test, self._places

    @property
    def sections_key(self) -> tuple[str, ...]:
        return (self.organization.slug, self._request.membership.role, self.current) if self.organization else ()

    @property
    def palette_key(self) -> tuple[str, ...]:
        return self.organization.slug, self._request.membership.role

    @property
    def user_key(self) -> tuple[str, str] | None:
        return (self.user.name, self.user.email) if self.user else None


@lru_cache(maxsize=1000)
def sections_of(slug: str, role: str) -> tuple[Section, ...]:
    """What this role sees of an organization, each group's heading above the first of its sections."""
    shown, headed, group = [], set(), ""
    for section in SECTIONS:
        group = section.heading or group
        url = _url_of(section, slug) if may(role, section.permission) else ""
        if url:
            shown.append(replace(section, url=url, heading="" if group in headed else group))
            headed.add(group)
    return tuple(shown)


def _url_of(section: Section, slug: str) -> str:
    try:
        return reverse(section.name, kwargs={"organization": slug})
    except NoReverseMatch:
        return ""


def navigation(request: HttpRequest) -> dict[str, Any]:
    return {"navigation": Navigation(request)}
