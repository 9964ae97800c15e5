"""Where callbacks may go, as far as settings below the callbacks can know: the check that CALLBACK_ADDRESS_CHECK names.

One check for every field in which people write such an address, so that each refuses the same with the same sentence.
"""

from django.conf import settings
from django.utils.module_loading import import_string


def check_callback_address(text: str) -> None:
    """Raise InvalidInput, with a sentence for people, unless callbacks could be sent there. Looks up no name."""
    import_string(settings.CALLBACK_ADDRESS_CHECK)(text)
