"""Keys for one purpose each, derived from the one secret of the installation."""

import hashlib
import hmac

from django.conf import settings


def derived_key(purpose: str) -> bytes:
    """Return 32 bytes that depend on the secret key and on ``purpose`` alone.

    A signature made for one purpose is then worthless for another.
    """
    secret: str = settings.SECRET_KEY
    return hmac.digest(secret.encode(), f"telerad:{purpose}".encode(), hashlib.sha256)
