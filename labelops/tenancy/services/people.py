"""Users and their memberships. A member of the live organization is one of its test-mode twin too, in the same role."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from labelops.errors import Conflict, InvalidInput, NotFound
from labelops.tenancy.departures import give_back
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership, Organization, User
from labelops.tenancy.permissions import Permission, Role, may, roles_that_may
from labelops.tenancy.rows import fetch, instance
from labelops.tenancy.scope import system_scope
from labelops.tenancy.services.organizations import both_modes, organization_of_slug

# Of nearly every page: as text, since the ORM takes five times as long to find these words.
PLACES = "SELECT name, slug, live_id IS NOT NULL, coalesce(live_id, id) FROM tenancy_organizations_of(%s)"
WHO_MAY = """
SELECT m.id, u.name, u.email FROM tenancy_membership m JOIN tenancy_user u ON u.id = m.user_id
 WHERE m.organization_id = %s AND m.is_active AND m.role = ANY (%s) AND u.is_active ORDER BY u.email
"""


@transaction.atomic
def create_user(*, email: str, password: str, name: str = "", is_performer: bool = False) -> User:
    """A person whose e-mail counts as verified: made by a command or an invitation's link. Raises InvalidInput."""
    email = checked_email(email)
    if not password:
        raise InvalidInput(fields={"password": _("The password is empty. Give one.")})
    user = User(email=email, name=name.strip()[:150], is_performer=is_performer)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidInput(fields={"email": _("There is a user %(email)s already.") % {"email": email}}) from error
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@transaction.atomic
def create_user_in_organization(
    *, email: str, password: str, name: str = "", slug: str, role: str, now: datetime
) -> User:
    """For the command line: the user of this e-mail, new with this password or as it is, now a member."""
    with system_scope("command line"):
        organization = organization_of_slug(slug=slug)
        user = User.objects.filter(email__iexact=checked_email(email)).first()
        user = user or create_user(email=email, password=password, name=name)
        add_member(organization=organization, user=user, role=role, now=now)
    return user


@transaction.atomic
def add_member(
    *, organization: Organization, user: User, role: str, now: datetime, actor: User | None = None
) -> Membership:
    """The membership in the given organization; a person who was removed comes back with this role.

    Raises InvalidInput (no such role), Conflict (a member already, or a performer's account).
    """
    role = checked_role(role)
    if user.is_performer:
        raise Conflict(_("%(email)s is a performer's account, which can be no member.") % {"email": user.email})
    with both_modes(organization) as twins:
        membership = _add_to_both(twins, organization, user, role, now)
        _record(twins, EventType.MEMBER_ADDED, user, actor, now, after={"role": role})
        return membership


def _add_to_both(
    twins: tuple[Organization, Organization], organization: Organization, user: User, role: str, now: datetime
) -> Membership:
    memberships = {}
    for twin in twins:
        membership, is_new = Membership.objects.get_or_create(
            organization=twin, user=user, defaults={"role": role, "created_at": now}
        )
        if not is_new and membership.is_active:
            raise Conflict(_("%(email)s is a member already.") % {"email": user.email})
        memberships[twin.pk] = membership
    Membership.objects.filter(organization__in=twins, user=user).update(role=role, is_active=True)
    membership = memberships[organization.pk]
    membership.role, membership.is_active = role, True
    return membership


@transaction.atomic
def change_role(*, organization: Organization, user: User, role: str, actor: User | None, now: datetime) -> None:
    """Another role in both modes. Raises InvalidInput (no such role), NotFound, Conflict (the last owner stays one)."""
    role = checked_role(role)
    with both_modes(organization) as twins:
        before = _active_membership(twins[0], user).role
        if before == role:
            return
        if before == Role.OWNER:
            _refuse_without_owner(twins[0], user)
        Membership.objects.filter(organization__in=twins, user=user).update(role=role)
        _record(twins, EventType.MEMBER_ROLE_CHANGED, user, actor, now, before={"role": before}, after={"role": role})
        if not may(role, Permission.AUDIT):
            _give_back(twins, user, actor, now)


@transaction.atomic
def remove_member(*, organization: Organization, user: User, actor: User | None, now: datetime) -> None:
    """No way in any more, in either mode; keys that act for this person stop with it, what they hold is given back.

    Raises NotFound, Conflict (the last owner stays).
    """
    with both_modes(organization) as twins:
        role = _active_membership(twins[0], user).role
        if role == Role.OWNER:
            _refuse_without_owner(twins[0], user)
        Membership.objects.filter(organization__in=twins, user=user).update(is_active=False)
        _record(twins, EventType.MEMBER_REMOVED, user, actor, now, before={"role": role})
        _give_back(twins, user, actor, now)


def _record(
    twins: Sequence[Organization], type: EventType, user: User, actor: User | None, now: datetime, **change: Any
) -> None:
    # Each mode's log tells the whole of what happened in it.
    for twin in twins:
        record_event(type, organization=twin, actor=actor, now=now, subject_id=user.pk, **change)


def _give_back(twins: Sequence[Organization], user: User, actor: User | None, now: datetime) -> None:
    for twin in twins:
        give_back(organization=twin, user=user, actor=actor, now=now)


@transaction.atomic
def change_members(
    *, organization: Organization, user_ids: Sequence[UUID], role: str | None, actor: User | None, now: datetime
) -> tuple[int, list[str]]:
    """Another role for these members, or none: removed. How many, and a sentence for each who stays as they are."""
    people = Membership.objects.for_organization(organization).active().filter(user_id__in=list(user_ids))
    changed, refused = 0, []
    for member in people.with_people().order_by("user__email"):
        try:
            if role is None:
                remove_member(organization=organization, user=member.user, actor=actor, now=now)
            else:
                change_role(organization=organization, user=member.user, role=role, actor=actor, now=now)
        except Conflict as error:
            refused.append(f"{member.user}: {error.message}")
        else:
            changed += 1
    return changed, refused


@transaction.atomic
def choose_language(*, user: User, language: str) -> None:
    """The language of this person's pages on every device; empty: as each browser wishes."""
    User.objects.filter(pk=user.pk).update(language=language)


def organizations_of(*, user: User) -> list[Organization]:
    """Where this person may go: each live organization with its test-mode twin behind it, by name."""
    rows = fetch("SELECT o AS organization FROM tenancy_organizations_of(%s) o", [user.pk])
    organizations = [instance(Organization, row["organization"]) for row in rows]
    return sorted(organizations, key=lambda one: (one.name.casefold(), str(one.live_id or one.pk), one.is_test))


def places_of(*, user: User) -> tuple[tuple[str, str, bool, UUID], ...]:
    """The same in no order, and of each no more than a page's frame asks: name, slug, is_test, the live one's id."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [user.pk])
        return tuple(cursor.fetchall())


def who_may(permission: Permission, *, organization: Organization) -> list[tuple[UUID, str, str]]:
    """The active members whose role has this permission, by e-mail: membership's id, name, e-mail."""
    with connection.cursor() as cursor:
        cursor.execute(WHO_MAY, [organization.pk, roles_that_may(permission)])
        return cursor.fetchall()


def first_owner(*, organization: Organization) -> User:
    """The active owner who has been one for longest. Raises NotFound."""
    membership = (
        Membership.objects.for_organization(organization)
        .active()
        .filter(role=Role.OWNER, user__is_active=True)
        .select_related("user")
        .order_by("created_at", "id")
        .first()
    )
    if membership is None:
        raise NotFound(
            _("The organization “%(slug)s” has no owner. Add one with `manage.py create_user`.")
            % {"slug": organization.slug}
        )
    return membership.user


def checked_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput(fields={"email": _("“%(email)s” is no e-mail address.") % {"email": email}}) from error
    return email


def checked_role(role: str) -> str:
    if role not in Role.values:
        raise InvalidInput(
            fields={
                "role": _("“%(role)s” is no role. Choose one of %(join)s.")
                % {"role": role, "join": ", ".join(Role.values)}
            }
        )
    return role


def _active_membership(organization: Organization, user: User) -> Membership:
    membership = Membership.objects.for_organization(organization).active().filter(user=user).first()
    if membership is None:
        raise NotFound(_("This person is no member of the organization."))
    return membership


def _refuse_without_owner(organization: Organization, leaving: User) -> None:
    # `both_modes` holds the organization's row, so two owners cannot leave at the same moment.
    others = Membership.objects.for_organization(organization).active().filter(role=Role.OWNER, user__is_active=True)
    if not others.exclude(user=leaving).exists():
        raise Conflict(_("The organization needs an owner. Make somebody else an owner first."))
