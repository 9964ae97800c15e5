"""The team as the Scale dialect knows it: four roles, and people who are invited already stand in the list.

Each of our roles counts as one of the four; each of the four, given to somebody, is one of ours.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models, transaction

from labelops.errors import Forbidden, InvalidInput
from labelops.tenancy.models import Event, EventType, Invitation, Membership, Organization, User
from labelops.tenancy.permissions import Role
from labelops.tenancy.services.invitations import send_invitation, token_hash
from labelops.tenancy.services.organizations import both_modes
from labelops.tenancy.services.people import checked_email

ROLE_OF = {"labeler": Role.AUDITOR, "member": Role.REQUESTER, "manager": Role.LEAD, "admin": Role.OWNER}
TEAM_ROLE_OF = {
    Role.AUDITOR: "labeler", Role.REQUESTER: "member", Role.INTEGRATOR: "member", Role.LEAD: "manager",
    Role.OWNER: "admin",
}  # fmt: skip
MOST_EMAILS = 50
# The client sends again after a failure: nobody gets two mails for one call.
REPEAT = timedelta(seconds=60)


@dataclass(frozen=True)
class Teammate:
    """A member, or with `expires_at` somebody whose invitation is open."""

    email: str
    role: str
    name: str = ""
    expires_at: datetime | None = None

    @property
    def team_role(self) -> str:
        return TEAM_ROLE_OF[Role(self.role)]


def list_teammates(*, organization: Organization) -> list[Teammate]:
    """The active members, then the open invitations, each by e-mail."""
    members = Membership.objects.for_organization(organization).active().select_related("user").order_by("user__email")
    found = [Teammate(one.user.email, one.role, one.user.name) for one in members if one.user.is_active]
    emails = {one.email for one in found}
    invited = Invitation.objects.for_organization(organization).open().order_by("email")
    waiting = [Teammate(one.email, one.role, expires_at=one.expires_at) for one in invited]
    return found + [one for one in waiting if one.email not in emails]


@transaction.atomic
def invite_teammates(
    *, organization: Organization, emails: list[str], team_role: str, invited_by: User, now: datetime
) -> list[Teammate]:
    """Invite those who are no members yet; the mails go out after the commit. Returns the whole team.

    Raises InvalidInput (e-mails, role), Forbidden (test mode).
    """
    role, wanted = _checked(organization, emails, team_role)
    with both_modes(organization) as (live, _):
        members = Membership.objects.for_organization(live).active().filter(user__email__in=wanted)
        invited = Invitation.objects.for_organization(live).open().filter(email__in=wanted)
        just_now = invited.filter(role=role, created_at__gt=now - REPEAT)
        known = {*members.values_list("user__email", flat=True), *just_now.values_list("email", flat=True)}
        new = [email for email in wanted if email not in known]
        invited.filter(email__in=new).update(revoked_at=now)
        _invite(live, new, role, invited_by, now)
        return list_teammates(organization=live)


def _invite(live: Organization, emails: list[str], role: Role, invited_by: User, now: datetime) -> None:
    tokens = {email: secrets.token_urlsafe(32) for email in emails}
    made = Invitation.objects.bulk_create(
        Invitation(
            organization=live, email=email, role=role, token_hash=token_hash(token), invited_by=invited_by,
            created_at=now, expires_at=now + timedelta(days=settings.INVITATION_DAYS),
        )
        for email, token in tokens.items()
    )  # fmt: skip
    _log(live, EventType.MEMBER_INVITED, invited_by, now,
         [(one.pk, {}, {"email": one.email, "role": one.role}) for one in made])  # fmt: skip
    for one in made:
        transaction.on_commit(lambda one=one: send_invitation(invitation=one, token=tokens[one.email]), robust=True)


@transaction.atomic
def set_team_roles(
    *, organization: Organization, emails: list[str], team_role: str, actor: User, now: datetime
) -> list[Teammate]:
    """This role for all of them, in both modes; whose role counts as it already keeps their own. Returns the team.

    Raises InvalidInput (nobody with this e-mail, an owner, no such role), Forbidden (test mode).
    """
    role, wanted = _checked(organization, emails, team_role)
    with both_modes(organization) as (live, twin):
        team = {one.email.lower(): one for one in list_teammates(organization=live)}
        _refuse_unknown(team, wanted)
        changed = [email for email in wanted if team[email].team_role != team_role]
        if admins := [email for email in changed if team[email].role == Role.OWNER]:
            raise InvalidInput(f"{admins[0]} is an admin: change an admin's role on the Members page.")
        for organization in (live, twin):
            members = Membership.objects.for_organization(organization).active().filter(user__email__in=changed)
            _change(members, organization, EventType.MEMBER_ROLE_CHANGED, "user_id", role, actor, now)
        invited = Invitation.objects.for_organization(live).open().filter(email__in=changed)
        _change(invited, live, EventType.MEMBER_INVITED, "pk", role, actor, now)
        return list_teammates(organization=live)


def _change(
    rows: models.QuerySet, organization: Organization, type: EventType, subject: str, role: Role, actor: User,
    now: datetime,
) -> None:  # fmt: skip
    """The role of these memberships or invitations. Each of the four may audit: what anybody holds, they keep."""
    before = list(rows.values_list(subject, "role"))
    if not before:
        return
    rows.update(role=role)
    _log(organization, type, actor, now, [(pk, {"role": old}, {"role": role}) for pk, old in before])


def _log(
    organization: Organization, type: EventType, actor: User, now: datetime,
    changes: list[tuple[UUID, dict[str, str], dict[str, str]]],
) -> None:  # fmt: skip
    """As `record_event` writes one, for all of them in one statement: subject, before, after."""
    Event.objects.bulk_create(
        Event(organization=organization, type=type, at=now, actor=actor, subject_id=pk, before=before, after=after)
        for pk, before, after in changes
    )


def _refuse_unknown(team: dict[str, Teammate], wanted: list[str]) -> None:
    if unknown := [email for email in wanted if email not in team]:
        raise InvalidInput(fields={"emails": f"{unknown[0]} is not in the team. Invite this person first."})


def _checked(organization: Organization, emails: list[str], team_role: str) -> tuple[Role, list[str]]:
    if organization.is_test:
        raise Forbidden("Live and test mode have the same team. Change it with a live key.")
    if team_role not in ROLE_OF:
        raise InvalidInput(fields={"team_role": f"team_role must be one of {', '.join(ROLE_OF)}."})
    if not 1 <= len(emails) <= MOST_EMAILS:
        raise InvalidInput(fields={"emails": f"Name 1 to {MOST_EMAILS} e-mails."})
    return ROLE_OF[team_role], list(dict.fromkeys(checked_email(email) for email in emails))
