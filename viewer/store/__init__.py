"""Stored bytes: the only place that opens a blob. In a folder or in an S3-compatible bucket."""

import functools
import importlib
from typing import cast
from urllib.parse import unquote, urlsplit

from django.conf import settings

from telerad.errors import Invalid, Unavailable
from viewer.store.base import (
    BlobDamaged,
    BlobMissing,
    BlobStore,
    Source,
    StoreUnavailable,
    is_digest,
)
from viewer.store.local import LocalStore, local_store

__all__ = [
    "BlobDamaged",
    "BlobMissing",
    "BlobStore",
    "LocalStore",
    "Source",
    "StoreUnavailable",
    "default_store",
    "is_digest",
    "store_from_url",
]


def default_store() -> BlobStore:
    """Return this process's store of ``settings.BLOB_URL``."""
    return _kept_store(settings.BLOB_URL)


def store_from_url(url: str) -> BlobStore:
    """Return the store of ``file:///folder`` or ``s3://bucket/prefix``.

    Raises Invalid for another form, Unavailable if the S3 client is not installed.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc:
        return local_store(unquote(parts.path))
    if parts.scheme == "s3" and parts.netloc:
        try:
            # An optional part: installations with a blob folder do not carry the client.
            module = importlib.import_module("viewer.store.s3")
        except ImportError as error:
            raise Unavailable(
                "S3 blobs need the 'scale' extra: pip install telerad[scale]"
            ) from error
        return cast(BlobStore, module.S3BlobStore(url))
    raise Invalid("BLOB_URL has another form; accepted: file:///folder and s3://bucket/prefix.")


@functools.lru_cache(maxsize=8)
def _kept_store(url: str) -> BlobStore:
    return store_from_url(url)
