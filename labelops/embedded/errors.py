class CannotStart(Exception):
    """Why the instance cannot start, in one sentence that says what to do."""


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent a signal; everything is to be stopped in order."""
