"""Secrets at rest: Fernet (AES-128-CBC with HMAC-SHA256) under keys derived from ENCRYPTION_KEYS, newest first."""

import base64
import hashlib
from functools import cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    derived = (hashlib.scrypt(key.encode(), salt=b"labelops-at-rest", n=2**14, r=8, p=1, dklen=32) for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def encrypt(text: str) -> bytes:
    return _cipher(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode())


def decrypt(data: bytes) -> str:
    """The text; raises `cryptography.fernet.InvalidToken` where no key fits."""
    return _cipher(tuple(settings.ENCRYPTION_KEYS)).decrypt(bytes(data)).decode()
