"""Mails of an instance that has no mail server, on its output: as they read, so that a link in one can be opened."""

from django.core.mail import EmailMessage
from django.core.mail.backends import console


class EmailBackend(console.EmailBackend):
    def write_message(self, message: EmailMessage) -> None:
        """Not as it is sent: that breaks long lines, and a link with them."""
        head = {"From": message.from_email, "To": ", ".join(message.to), "Subject": message.subject}
        lines = [*(f"{name}: {value}" for name, value in head.items()), "", message.body.rstrip(), "-" * 79]
        self.stream.write("\n".join(lines) + "\n")
