"""A stack's body between the row and the code: JSON, compressed."""

import json
import zlib
from typing import Any


def pack(body: dict[str, Any]) -> bytes:
    """Return the body in its stored form. NaN and infinity are refused (ValueError)."""
    return zlib.compress(json.dumps(body, separators=(",", ":"), allow_nan=False).encode(), 6)


def unpack(packed: bytes) -> dict[str, Any]:
    """Return the body that :func:`pack` stored."""
    body: dict[str, Any] = json.loads(zlib.decompress(packed))
    return body
