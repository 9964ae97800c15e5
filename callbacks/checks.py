"""What must hold before a deliverer starts."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register


@register
def lease_outlasts_the_attempt(**kwargs: Any) -> list[Error]:
    """Else a second deliverer would send what the first is still sending."""
    if settings.CALLBACK_LEASE_SECONDS >= settings.CALLBACK_TIMEOUT_SECONDS + 5:
        return []
    message = "CALLBACK_LEASE_SECONDS must be at least 5 seconds longer than CALLBACK_TIMEOUT_SECONDS."
    return [Error(message, hint="Leave it out: it is then 20 seconds longer.", id="callbacks.E001")]
