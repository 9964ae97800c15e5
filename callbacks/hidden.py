"""What who looks after callbacks must not read now; the settings name who knows: `CALLBACK_HIDDEN_SUBJECTS`."""

from django.conf import settings
from django.utils.module_loading import import_string

from callbacks.models import Delivery
from labelops.tenancy.models import Membership


def is_hidden(delivery: Delivery, member: Membership) -> bool:
    """Whether its body, and what the receiver said to it, would tell this member what they are to judge blind."""
    if not delivery.event.type.startswith("task."):
        return False
    return delivery.subject_id in import_string(settings.CALLBACK_HIDDEN_SUBJECTS)(member)
