"""Who gets the weekly report by mail: everybody for themselves."""

from datetime import datetime

from django.db import transaction

from labelops.tenancy.models import Membership
from reports.models import Subscription


@transaction.atomic(savepoint=False)
def set_subscription(*, member: Membership, wanted: bool, now: datetime) -> None:
    """From now on this member gets the weekly report, or gets it no more. Twice changes nothing."""
    mine = Subscription.objects.for_organization(member.organization)
    if wanted:
        mine.get_or_create(organization=member.organization, user_id=member.user_id, defaults={"created_at": now})
    else:
        mine.filter(user_id=member.user_id).delete()
