"""API keys. The text of a key exists once, in the answer of the function that makes it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from labelops.errors import Conflict, Forbidden, InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.keys import generate_key
from labelops.tenancy.models import ApiKey, EventType, Membership, Organization, Scope, User
from labelops.tenancy.models.api_key import ApiKeyQuerySet
from labelops.tenancy.permissions import Permission
from labelops.tenancy.scope import system_scope
from labelops.tenancy.services.organizations import both_modes, organization_of_slug
from labelops.tenancy.services.people import checked_email, first_owner

OVERLAP = timedelta(hours=24)
MODES = ("live", "test")


@transaction.atomic
def create_api_key(
    *,
    organization: Organization,
    mode: str,
    name: str,
    user: User,
    scopes: Sequence[str] = tuple(Scope.values),
    expires_at: datetime | None = None,
    by: Membership | None = None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """The key of the live organization or, in test mode, of its twin, and its text. It acts for `user`, a member.

    `by` is who makes it; None on the command line, where anything goes. Raises InvalidInput, Forbidden (for others).
    """
    _refuse_borrowed_rights(by, user)
    name, scopes = _checked_name(name), _checked_scopes(scopes)
    if mode not in MODES:
        raise InvalidInput(fields={"mode": _("The mode is “live” or “test”.")})
    with both_modes(organization) as twins:
        made = _insert(twins[MODES.index(mode)], name=name, user=user, scopes=scopes, expires_at=expires_at, now=now)
        _record(EventType.KEY_CREATED, made[0], by, now, after=_told(made[0]))
        return made


@transaction.atomic
def create_api_key_for(*, slug: str, mode: str, name: str, email: str | None = None, now: datetime) -> str:
    """For the command line: the text of a key with every scope, acting for this member or for the first owner.

    Raises NotFound (organization, user, owner), InvalidInput.
    """
    with system_scope("command line"):
        organization = organization_of_slug(slug=slug)
        user = _user_of(email) if email else first_owner(organization=organization)
        _key, text = create_api_key(organization=organization, mode=mode, name=name, user=user, now=now)
    return text


@transaction.atomic
def revoke_api_key(*, organization: Organization, public_id: str, by: Membership | None = None, now: datetime) -> None:
    """The key, of either mode, opens nothing from now on. Raises NotFound, Conflict (revoked already)."""
    with both_modes(organization) as twins:
        key = _locked_key(twins, public_id)
        if key.revoked_at:
            raise Conflict(_("This key is revoked already."))
        ApiKey.objects.filter(pk=key.pk).update(revoked_at=now)
        _record(EventType.KEY_REVOKED, key, by, now, before=_told(key))


@transaction.atomic
def rotate_api_key(
    *,
    organization: Organization,
    public_id: str,
    overlap: timedelta = OVERLAP,
    by: Membership | None = None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """A new key with the old one's rights, and its text; the old one works for the time of `overlap` still.

    Raises NotFound, Forbidden (somebody else's), Conflict (it works no more).
    """
    with both_modes(organization) as twins:
        old = _locked_key(twins, public_id)
        _refuse_borrowed_rights(by, old.user)
        if old.revoked_at or (old.expires_at and old.expires_at <= now):
            raise Conflict(_("This key works no more, so there is nothing to rotate. Make a new one."))
        end = min(filter(None, (old.expires_at, now + overlap)))
        ApiKey.objects.filter(pk=old.pk).update(expires_at=end)
        # The new key lasts as long as the old one was meant to last, counted from now.
        expires_at = old.expires_at and now + (old.expires_at - old.created_at)
        made = _insert(
            old.organization, name=old.name, user=old.user, scopes=old.scopes, expires_at=expires_at, now=now
        )
        before = {**_told(old), "works_until": end.isoformat()}
        _record(EventType.KEY_ROTATED, made[0], by, now, before=before, after=_told(made[0]))
        return made


def _record(type: EventType, key: ApiKey, by: Membership | None, now: datetime, **change: Any) -> None:
    record_event(type, organization=key.organization, actor=by and by.user, now=now, subject_id=key.pk, **change)


def _told(key: ApiKey) -> dict[str, Any]:
    """What of a key the log may hold: enough to tell it from others, nothing to use it with."""
    return {"key": key.prefix, "name": key.name, "acts_for": key.user.email, "scopes": key.scopes}


@contextmanager
def keys_of_both_modes(*, organization: Organization) -> Iterator[ApiKeyQuerySet]:
    """The keys of live and of test mode, to be read inside of the block."""
    with system_scope("live and test mode alike"):
        live_id = organization.live_id or organization.pk
        twins = Organization.objects.filter(Q(pk=live_id) | Q(live=live_id))
        yield ApiKey.objects.filter(organization__in=twins).for_keys_page()


@transaction.atomic
def revoke_api_keys(
    *, organization: Organization, public_ids: Sequence[str], by: Membership | None = None, now: datetime
) -> int:
    """Those of these keys, of either mode, that still work open nothing from now on. Returns how many."""
    with both_modes(organization) as twins:
        usable = ApiKey.objects.filter(organization__in=twins, public_id__in=list(public_ids)).usable()
        keys = list(usable.for_keys_page().select_for_update(of=("self",)))
        ApiKey.objects.filter(pk__in=[key.pk for key in keys]).update(revoked_at=now)
        for key in keys:
            _record(EventType.KEY_REVOKED, key, by, now, before=_told(key))
        return len(keys)


def _refuse_borrowed_rights(by: Membership | None, user: User) -> None:
    # A key has its user's rights: whoever could make one for an owner would be one.
    if by and by.user_id != user.pk and not by.may(Permission.MANAGE_MEMBERS):
        raise Forbidden(_("You can make keys that act for yourself only. Ask an owner for a key that acts for others."))


def _insert(
    organization: Organization,
    *,
    name: str,
    user: User,
    scopes: Sequence[str],
    expires_at: datetime | None,
    now: datetime,
) -> tuple[ApiKey, str]:
    if not Membership.objects.for_organization(organization).active().filter(user=user).exists():
        raise InvalidInput(fields={"user": _("%(email)s is no member of this organization.") % {"email": user.email}})
    parts = generate_key("test" if organization.is_test else "live")
    key = ApiKey.objects.create(
        organization=organization,
        user=user,
        name=name,
        public_id=parts.public_id,
        secret_hash=parts.secret_hash,
        scopes=list(scopes),
        created_at=now,
        expires_at=expires_at,
    )
    return key, parts.text


def _user_of(email: str) -> User:
    user = User.objects.filter(email__iexact=checked_email(email), is_active=True).first()
    if user is None:
        raise NotFound(_("There is no user %(email)s. Make one with `manage.py create_user`.") % {"email": email})
    return user


def _locked_key(twins: Sequence[Organization], public_id: str) -> ApiKey:
    keys = ApiKey.objects.filter(organization__in=twins).select_related("user", "organization")
    key = keys.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if key is None:
        raise NotFound(_("There is no such key."))
    return key


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 120 or "\x00" in name:
        raise InvalidInput(
            fields={"name": _("Name the key after the program that will use it (at most 120 characters).")}
        )
    return name


def _checked_scopes(scopes: Sequence[str]) -> list[str]:
    unknown = [scope for scope in scopes if scope not in Scope.values]
    if unknown or not scopes:
        raise InvalidInput(
            fields={"scopes": _("Choose at least one scope out of %(join)s.") % {"join": ", ".join(Scope.values)}}
        )
    return sorted(set(scopes))
