"""Client certificates (mTLS): what an endpoint may present, and the TLS context that presents it."""

import ssl
import tempfile
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.utils.translation import gettext as _

from callbacks.timing import make_context
from labelops.errors import InvalidInput


def check_certificate(pem: str) -> None:
    """Raise InvalidInput unless this PEM has a certificate and the private key that belongs to it."""
    try:
        certificate = x509.load_pem_x509_certificates(pem.encode())[0]
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            _("Paste the certificate chain and its private key without a passphrase, as PEM.")
        ) from error
    if certificate.public_key() != key.public_key():
        raise InvalidInput(_("The private key does not belong to the certificate."))


@lru_cache(maxsize=256)
def context_with(pem: str) -> ssl.SSLContext:
    """Checks servers as every context does, and presents this certificate. Raises ssl.SSLError if it does not load."""
    context = make_context()
    # The ssl module reads files only; this one is the owner's alone and is gone at once.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context
