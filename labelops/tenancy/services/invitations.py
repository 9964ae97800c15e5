"""Invitations: a place in an organization offered by e-mail. The link proves the address; only its hash is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.errors import Conflict, Forbidden, InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Invitation, Membership, Organization, User
from labelops.tenancy.scope import system_scope
from labelops.tenancy.services.organizations import both_modes
from labelops.tenancy.services.people import add_member, checked_email, checked_role, create_user

LINK_IS_DEAD = gettext_lazy("This invitation was used, taken back or is too old. Ask for a new one.")


@transaction.atomic
def invite_member(*, organization: Organization, email: str, role: str, invited_by: User, now: datetime) -> Invitation:
    """An invitation of the live organization; its link goes out by e-mail after the commit. An open one is replaced.

    Raises InvalidInput (no address, no role, a member already).
    """
    email, role, token = checked_email(email), checked_role(role), secrets.token_urlsafe(32)
    with both_modes(organization) as (live, _twin):
        if Membership.objects.for_organization(live).active().filter(user__email__iexact=email).exists():
            raise InvalidInput(fields={"email": _("%(email)s is a member already.") % {"email": email}})
        Invitation.objects.for_organization(live).open().filter(email=email).update(revoked_at=now)
        invitation = Invitation.objects.create(
            organization=live,
            email=email,
            role=role,
            token_hash=token_hash(token),
            invited_by=invited_by,
            created_at=now,
            expires_at=now + timedelta(days=settings.INVITATION_DAYS),
        )
        record_event(EventType.MEMBER_INVITED, organization=live, actor=invited_by, now=now, subject_id=invitation.pk,
                     after={"email": email, "role": role})  # fmt: skip
    # A mail server that does not answer takes nothing back: the invitation is listed and can be sent again.
    transaction.on_commit(lambda: send_invitation(invitation=invitation, token=token), robust=True)
    return invitation


@transaction.atomic
def revoke_invitation(*, organization: Organization, invitation_id: UUID, actor: User | None, now: datetime) -> None:
    """The link opens nothing any more. Raises NotFound where the invitation is not open."""
    with both_modes(organization) as (live, _twin):
        found = Invitation.objects.for_organization(live).open().filter(pk=invitation_id)
        invitation = found.first()
        if invitation is None or not found.update(revoked_at=now):
            raise NotFound(_("This invitation is not open any more."))
        record_event(EventType.INVITATION_REVOKED, organization=live, actor=actor, now=now, subject_id=invitation.pk,
                     before={"email": invitation.email, "role": invitation.role})  # fmt: skip


def find_invitation(*, token: str) -> Invitation:
    """The open invitation of a link, with its organization and who wrote it; NotFound where the link is dead."""
    with system_scope("look up an invitation"):
        found = Invitation.objects.open().select_related("organization", "invited_by")
        invitation = found.filter(token_hash=token_hash(token)).first()
    if invitation is None:
        raise NotFound(LINK_IS_DEAD)
    return invitation


def has_account(*, invitation: Invitation) -> bool:
    """Whether somebody signs in with the address that was invited."""
    return User.objects.filter(email__iexact=invitation.email).exists()


@transaction.atomic
def accept_invitation(*, token: str, user: User, now: datetime) -> Organization:
    """The person who is signed in becomes a member, if the invitation was sent to this person's address.

    Raises NotFound (the link is dead), Forbidden (another person's), Conflict (a member already).
    """
    invitation = find_invitation(token=token)
    if user.email.lower() != invitation.email:
        raise Forbidden(
            _("This invitation is for %(email)s. Sign out and open the link again.") % {"email": invitation.email}
        )
    return _accept(invitation, user, now)


@transaction.atomic
def accept_invitation_as_new(*, token: str, name: str, password: str, now: datetime) -> tuple[User, Organization]:
    """A new person with a verified e-mail, since the link came to it, as a member.

    Raises NotFound (the link is dead), Conflict (there is an account), InvalidInput (a weak password).
    """
    invitation = find_invitation(token=token)
    if has_account(invitation=invitation):
        raise Conflict(_("There is an account with this e-mail. Sign in with it first."))
    try:
        validate_password(password, User(email=invitation.email, name=name))
    except ValidationError as error:
        raise InvalidInput(fields={"password": " ".join(error.messages)}) from error
    user = create_user(email=invitation.email, password=password, name=name)
    return user, _accept(invitation, user, now)


def _accept(invitation: Invitation, user: User, now: datetime) -> Organization:
    with system_scope("look up an invitation"):
        # Of two clicks at once the second finds no open row.
        if not Invitation.objects.open().filter(pk=invitation.pk).update(accepted_at=now):
            raise NotFound(LINK_IS_DEAD)
    add_member(organization=invitation.organization, user=user, role=invitation.role, actor=user, now=now)
    return invitation.organization


def send_invitation(*, invitation: Invitation, token: str) -> None:
    """Send the link by e-mail. Raises what the mail server's client raises."""
    link = settings.SITE_URL + reverse("tenancy:invitation", args=[token])
    context = {"invitation": invitation, "link": link, "days": settings.INVITATION_DAYS}
    send_mail(
        subject=f"{one_line(str(invitation.invited_by))} invites you to {one_line(invitation.organization.name)}",
        message=render_to_string("tenancy/invitation_mail.txt", context),
        from_email=None,
        recipient_list=[invitation.email],
    )


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def one_line(text: str) -> str:
    return " ".join(text.split())
