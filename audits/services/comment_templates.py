"""Comment templates: sentences that auditors write often, everybody's or one's own."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import CommentTemplate
from labelops.errors import Forbidden, InvalidInput, NotFound
from labelops.lists.paging import in_digits
from labelops.tenancy.models import Membership
from labelops.tenancy.permissions import Permission

LONGEST = 2_000
MOST = 200


@transaction.atomic(savepoint=False)
def add_comment_template(*, by: Membership, text: str, for_everybody: bool, now: datetime) -> CommentTemplate:
    """A personal one or, by whoever manages sessions, everybody's. The same text again changes nothing.

    Raises InvalidInput, Forbidden.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        sentence = _("Write a comment of at most %(number)s characters.") % {"number": in_digits(LONGEST)}
        raise InvalidInput(fields={"text": sentence})
    _check_right(by, for_everybody)
    user = None if for_everybody else by.user
    mine = CommentTemplate.objects.for_organization(by.organization).filter(user=user)
    if mine.count() >= MOST:
        sentence = _("There are %(number)s templates already: delete one first.") % {"number": MOST}
        raise InvalidInput(fields={"text": sentence})
    same = mine.filter(text=text).first()
    return same or CommentTemplate.objects.create(organization=by.organization, user=user, text=text, created_at=now)


@transaction.atomic(savepoint=False)
def delete_comment_template(*, by: Membership, template_id: UUID) -> None:
    """Raises NotFound, also for somebody else's; Forbidden for everybody's."""
    found = CommentTemplate.objects.for_organization(by.organization).usable_by(by.user).filter(pk=template_id)
    template = found.first()
    if template is None:
        raise NotFound(_("There is no such template any more."))
    _check_right(by, template.user_id is None)
    template.delete()


def _check_right(by: Membership, for_everybody: bool) -> None:
    if for_everybody and not by.may(Permission.MANAGE_SESSIONS):
        raise Forbidden(_("Templates for everybody are a lead's to write. Keep it for yourself instead."))
