"""Organizations and their test-mode twins: made together, set together."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.addresses import check_callback_address
from labelops.tenancy.encryption import decrypt, encrypt
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership, Organization, User
from labelops.tenancy.models.organization import validate_time_zone
from labelops.tenancy.permissions import Role
from labelops.tenancy.scope import system_scope

TWIN_SUFFIX = "-test"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@transaction.atomic
def create_organization(
    *, name: str, slug: str, owner: User | None = None, is_demo: bool = False, now: datetime
) -> Organization:
    """The live organization; its test-mode twin, with the same owner, is made with it (`slug` + "-test").

    Raises InvalidInput, also for a slug that is taken.
    """
    name = _checked_name(name)
    slug = _checked_slug(slug)
    with system_scope("create an organization"):
        live = _insert(name=name, slug=slug, is_demo=is_demo, created_at=now)
        twin = _insert(name=name, slug=slug + TWIN_SUFFIX, is_demo=is_demo, created_at=now, live=live)
        for organization in (live, twin) if owner else ():
            Membership.objects.create(organization=organization, user=owner, role=Role.OWNER, created_at=now)
    return live


@transaction.atomic
def update_organization_settings(
    *,
    organization: Organization,
    name: str,
    time_zone: str,
    lock_minutes: int,
    callback_url: str,
    test_callback_url: str,
    auditors_need_assignment: bool,
    hold_callbacks: bool = False,
    actor: User | None,
    now: datetime,
) -> Organization:
    """The same settings for live and test mode, but for where callbacks go. Returns the live one. InvalidInput."""
    values = {
        "name": _checked_name(name),
        "time_zone": _checked_time_zone(time_zone),
        "lock_minutes": _checked_minutes(lock_minutes),
        "auditors_need_assignment": auditors_need_assignment,
        "hold_callbacks": hold_callbacks,
    }
    for_live = _checked_url("callback_url", callback_url)
    for_test = _checked_url("test_callback_url", test_callback_url)
    with both_modes(organization) as (live, twin):
        _set(twin, actor, now, **values, callback_url=for_test)
        return _set(live, actor, now, **values, callback_url=for_live, test_callback_url=for_test)


def _set(organization: Organization, actor: User | None, now: datetime, **values: Any) -> Organization:
    """Saving what is there already changes nothing and is no event."""
    changed = {field: value for field, value in values.items() if getattr(organization, field) != value}
    if not changed:
        return organization
    before = {field: getattr(organization, field) for field in changed}
    for field, value in changed.items():
        setattr(organization, field, value)
    organization.save(update_fields=list(changed))
    record_event(EventType.SETTINGS_CHANGED, organization=organization, actor=actor, now=now,
                 subject_id=organization.pk, before=before, after=changed)  # fmt: skip
    return organization


def callback_auth_keys(*, organization: Organization) -> dict[str, str]:
    """mode (`live`, `test`) -> what its callbacks carry as `scale-callback-auth`."""
    with both_modes(organization) as (live, twin):
        return {"live": decrypt(live.callback_auth_key), "test": decrypt(twin.callback_auth_key)}


@contextmanager
def both_modes(organization: Organization) -> Iterator[tuple[Organization, Organization]]:
    """The live organization, locked until the transaction ends, and its test-mode twin: what happens to both."""
    live_id = organization.live_id or organization.pk
    with system_scope("live and test mode alike"):
        live = Organization.objects.select_for_update().get(pk=live_id)
        yield live, Organization.objects.get(live=live)


def organization_of_slug(*, slug: str, mode: str = "live") -> Organization:
    """The live organization of this slug, or its test-mode twin; to call in the system scope. Raises NotFound."""
    live = Organization.objects.filter(slug=slug, live=None).first()
    if live is None:
        raise NotFound(
            _("There is no organization “%(slug)s”. Make it with `manage.py create_organization`.") % {"slug": slug}
        )
    return Organization.objects.get(live=live) if mode == "test" else live


def _insert(*, slug: str, **values: object) -> Organization:
    try:
        with transaction.atomic():
            return Organization.objects.create(
                slug=slug, callback_auth_key=encrypt(secrets.token_urlsafe(32)), **values
            )
    except IntegrityError as error:
        message = f"The address “{slug}” is taken. Choose another one."
        raise InvalidInput(fields={"slug": message}) from error


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 120 or "\x00" in name:
        raise InvalidInput(fields={"name": _("Give the organization a name of at most 120 characters.")})
    return name


def _checked_slug(slug: str) -> str:
    if not SLUG.fullmatch(slug) or len(slug) > 50 or slug.endswith(TWIN_SUFFIX):
        message = _(
            "“%(slug)s” cannot be an address: use up to 50 lower-case letters, digits and single hyphens, "
            "and do not end it with “%(ending)s”."
        )
        raise InvalidInput(fields={"slug": message % {"slug": slug, "ending": TWIN_SUFFIX}})
    return slug


def _checked_time_zone(name: str) -> str:
    try:
        validate_time_zone(name)
    except ValidationError as error:
        raise InvalidInput(fields={"time_zone": error.messages[0]}) from error
    return name


def _checked_url(field: str, url: str) -> str:
    url = url.strip()
    try:
        if url:
            check_callback_address(url)
    except InvalidInput as error:
        raise InvalidInput(fields={field: error.message}) from error
    return url


def _checked_minutes(minutes: int) -> int:
    if not 1 <= minutes <= 1440:
        raise InvalidInput(fields={"lock_minutes": _("The lock time is between 1 and 1440 minutes.")})
    return minutes
