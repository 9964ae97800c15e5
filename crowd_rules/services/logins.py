"""Performers' own way in: an account bound to their row by an invitation that comes by e-mail.

Such an account is never a member of an organization, and a member's is never a performer's: the two worlds do not meet.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.models import Performer
from crowd_rules.models import PerformerAccount, PerformerInvitation
from crowd_rules.services.performers import open_account
from labelops.errors import Conflict, Forbidden, InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Organization, User
from labelops.tenancy.rows import call
from labelops.tenancy.scope import organization_scope, system_scope
from labelops.tenancy.services.invitations import one_line, token_hash
from labelops.tenancy.services.people import checked_email, create_user

LINK_IS_DEAD = gettext_lazy("This invitation was used, taken back or is too old. Ask the requester for a new one.")


@transaction.atomic
def invite_performer(
    *, organization: Organization, performer: Performer, email: str, invited_by: User, now: datetime
) -> PerformerInvitation:
    """An invitation to the workspace; its link goes out by e-mail after the commit. An open one is replaced.

    Raises InvalidInput (no address), Conflict (the performer can sign in already).
    """
    email, token = checked_email(email), secrets.token_urlsafe(32)
    held = Performer.objects.for_organization(organization).select_for_update(no_key=True).get(pk=performer.pk)
    if held.user_id:
        raise Conflict(_("This performer can sign in already. End that first."))
    open_account(organization=organization, performer=held, actor=invited_by, now=now)
    open_invitations(organization, performer).update(revoked_at=now)
    invitation = PerformerInvitation.objects.create(
        organization=organization, performer=held, email=email, token_hash=token_hash(token), invited_by=invited_by,
        created_at=now, expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )  # fmt: skip
    record_event(EventType.PERFORMER_INVITED, organization=organization, actor=invited_by, now=now,
                 subject_id=held.pk, after={"email": email})  # fmt: skip
    # A mail server that does not answer takes nothing back: the invitation is shown and can be sent again.
    transaction.on_commit(lambda: send_invitation(invitation=invitation, token=token), robust=True)
    return invitation


def open_invitations(organization: Organization, performer: Performer) -> Any:
    return PerformerInvitation.objects.for_organization(organization).open().filter(performer_id=performer.pk)


@transaction.atomic(savepoint=False)
def revoke_invitations(*, organization: Organization, performer: Performer, now: datetime) -> int:
    """Links that were sent open nothing any more. How many."""
    return open_invitations(organization, performer).update(revoked_at=now)


@transaction.atomic(savepoint=False)
def end_login(*, organization: Organization, performer: Performer, actor: User | None, now: datetime) -> None:
    """The account opens this performer's workspace no more; what was done stays, and a new invitation may be sent."""
    bound = Performer.objects.for_organization(organization).filter(pk=performer.pk, user__isnull=False)
    if bound.update(user=None):
        record_event(EventType.PERFORMER_LOGIN_ENDED, organization=organization, actor=actor, now=now,
                     subject_id=performer.pk)  # fmt: skip


def find_invitation(*, token: str) -> PerformerInvitation:
    """The open invitation of a link, with its organization and performer; NotFound where the link is dead."""
    with system_scope("look up an invitation"):
        found = PerformerInvitation.objects.open().select_related("organization", "performer")
        invitation = found.filter(token_hash=token_hash(token)).first()
    if invitation is None:
        raise NotFound(LINK_IS_DEAD)
    return invitation


def account_of(invitation: PerformerInvitation) -> User | None:
    """Who signs in with the address that was invited."""
    return User.objects.filter(email__iexact=invitation.email).first()


@transaction.atomic
def accept_invitation(*, token: str, user: User, now: datetime) -> Organization:
    """The performer's account that is signed in opens this workspace too.

    Raises NotFound (the link is dead), Forbidden (another person's, or no performer's account), Conflict.
    """
    invitation = find_invitation(token=token)
    if user.email.lower() != invitation.email:
        raise Forbidden(
            _("This invitation is for %(email)s. Sign out and open the link again.") % {"email": invitation.email}
        )
    if not user.is_performer:
        raise Forbidden(_("Your account is a requester's. Performers need an account of their own."))
    return _bind(invitation, user, now)


@transaction.atomic
def accept_invitation_as_new(*, token: str, password: str, now: datetime) -> tuple[User, Organization]:
    """A new performer's account with a verified e-mail, since the link came to it.

    Raises NotFound (the link is dead), Conflict (there is an account), InvalidInput (a weak password).
    """
    invitation = find_invitation(token=token)
    if account_of(invitation):
        raise Conflict(_("There is an account with this e-mail. Sign in with it first."))
    try:
        validate_password(password, User(email=invitation.email))
    except ValidationError as error:
        raise InvalidInput(fields={"password": " ".join(error.messages)}) from error
    user = create_user(email=invitation.email, password=password, is_performer=True)
    return user, _bind(invitation, user, now)


def _bind(invitation: PerformerInvitation, user: User, now: datetime) -> Organization:
    organization = invitation.organization
    with organization_scope(organization.pk):
        # Of two clicks at once the second finds no open row.
        mine = PerformerInvitation.objects.for_organization(organization).open().filter(pk=invitation.pk)
        if not mine.update(accepted_at=now):
            raise NotFound(LINK_IS_DEAD)
        _write(organization, invitation.performer_id, user)
        record_event(EventType.PERFORMER_SIGNED_UP, organization=organization, actor=user, now=now,
                     subject_id=invitation.performer_id)  # fmt: skip
    return organization


def _write(organization: Organization, performer_id: UUID, user: User) -> None:
    try:
        with transaction.atomic():
            free = Performer.objects.for_organization(organization).filter(pk=performer_id, user=None)
            if not free.update(user=user):
                raise Conflict(_("Somebody else signs in as this performer. Ask the requester."))
    except IntegrityError as error:
        raise Conflict(_("You work for this requester already. Sign out, or open your workspace.")) from error


def send_invitation(*, invitation: PerformerInvitation, token: str) -> None:
    """Send the link by e-mail. Raises what the mail server's client raises."""
    link = settings.SITE_URL + reverse("work:invitation", args=[token])
    context = {"invitation": invitation, "link": link, "days": settings.INVITATION_DAYS}
    send_mail(
        subject=_("Work for %(organization)s") % {"organization": one_line(invitation.organization.name)},
        message=render_to_string("crowd_rules/work/invitation_mail.txt", context),
        from_email=None,
        recipient_list=[invitation.email],
    )


def enter_by_login(*, user: User, slug: str) -> PerformerAccount | None:
    """The performer that this person is here, the caller's transaction scoped to the organization; None: a stranger.

    The account comes with `performer` and `organization`.
    """
    row = call("crowd_rules_enter_by_login", [user.pk, slug])
    if row is None:
        return None
    accounts = PerformerAccount.objects.select_related("performer", "organization")
    return accounts.get(organization_id=row["organization"], pk=row["account"])


def workplaces_of(*, user: User) -> list[Organization]:
    """The requesters that this performer may work for, by name."""
    with system_scope("list a person's organizations"):
        mine = PerformerAccount.objects.filter(performer__user=user, is_active=True).select_related("organization")
        organizations = [account.organization for account in mine]
    return sorted(organizations, key=lambda one: (one.name.casefold(), str(one.pk)))
