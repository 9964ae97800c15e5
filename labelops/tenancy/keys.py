"""API keys: `labelops_<live|test>_<8 characters of public id>_<secret><6 characters of checksum>`.

The secret has 190 random bits, so that a plain SHA-256 is enough to keep (ASVS 6.5.2); the checksum lets a scanner of
leaked secrets tell a key from noise, and a truncated key fail without a look at the database.
"""

import hashlib
import secrets
import string
import zlib
from dataclasses import dataclass

ALPHABET = string.digits + string.ascii_letters
PRODUCT = "labelops"
SECRET_LENGTH = 32
LONGEST = 120


@dataclass(frozen=True)
class KeyParts:
    mode: str
    public_id: str
    secret: str

    @property
    def secret_hash(self) -> bytes:
        return hashlib.sha256(self.secret.encode()).digest()

    @property
    def text(self) -> str:
        head = f"{PRODUCT}_{self.mode}_{self.public_id}_{self.secret}"
        return head + checksum(head)


def checksum(head: str) -> str:
    number, digits = zlib.crc32(head.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, len(ALPHABET))
        digits += ALPHABET[digit]
    return digits


def random_text(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def generate_key(mode: str) -> KeyParts:
    return KeyParts(mode, random_text(8), random_text(SECRET_LENGTH))


def parse_key(text: str) -> KeyParts | None:
    """The parts of a key, or None where it cannot be one (length, form, checksum)."""
    if len(text) > LONGEST or not text.isascii():
        return None
    head, given = text[:-6], text[-6:]
    parts = head.split("_")
    # A checksum is no secret: a NUL behind a right one must not reach the database.
    if len(parts) != 4 or not all(part.isalnum() for part in parts):
        return None
    if parts[0] != PRODUCT or not secrets.compare_digest(checksum(head), given):
        return None
    return KeyParts(*parts[1:])
