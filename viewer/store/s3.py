"""Blobs in an S3-compatible bucket, by obstore."""

import contextlib
import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError
from obstore.store import S3Store as Bucket

from viewer.store.base import (
    CHUNK_BYTES,
    Source,
    StoreUnavailable,
    blob_key,
    is_digest,
    missing,
    too_short,
    wrong_digest,
)

_PARALLEL_PUTS = 16
# Above this a blob goes up in parts, which S3 cannot make conditional; the bytes are their name, so
# putting them twice changes nothing.
_ONE_REQUEST_BYTES = 64 * 1024**2

_T = TypeVar("_T")


class S3BlobStore:
    """One object a blob, ``prefix/ab/abcdef...``; region, keys, endpoint by AWS_* variables."""

    def __init__(self, url: str) -> None:
        self._bucket = Bucket.from_url(
            url,
            client_options={"timeout": "60s", "connect_timeout": "5s", "allow_http": True},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
        )
        self._staging: Path | None = None
        self._pool: ThreadPoolExecutor | None = None

    @property
    def staging(self) -> Path:
        """A private folder for files in the making, on this machine."""
        if self._staging is None:
            self._staging = Path(tempfile.mkdtemp(prefix="telerad-incoming-"))
        return self._staging

    def put(self, source: Source, sha256: str) -> None:
        """Keep ``source``; see :class:`viewer.store.base.BlobStore`."""
        key = blob_key(sha256)
        size = source.stat().st_size if isinstance(source, Path) else len(memoryview(source))
        if size > _ONE_REQUEST_BYTES:
            if not self.exists(sha256):
                _asked(sha256, lambda: obstore.put(self._bucket, key, _body(source)))
        else:
            with contextlib.suppress(AlreadyExistsError, PreconditionError):
                _asked(
                    sha256,
                    lambda: obstore.put(
                        self._bucket, key, _body(source), mode="create", use_multipart=False
                    ),
                )
        if isinstance(source, Path) and source.parent == self._staging:
            source.unlink(missing_ok=True)

    def put_many(self, blobs: Iterable[tuple[str, Source]]) -> None:
        """Keep several, some requests at once."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_PARALLEL_PUTS, thread_name_prefix="blob")
        for _ in self._pool.map(lambda blob: self.put(blob[1], blob[0]), blobs):
            pass

    def read(self, sha256: str, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes from ``offset``, by one ranged request."""
        key = blob_key(sha256)
        if length == 0:
            return b""
        try:
            found = _asked(
                sha256,
                lambda: obstore.get_range(self._bucket, key, start=offset, length=length),
            )
        except StoreUnavailable:
            # A range beyond the end is an error of the request, not of the store: say which it is.
            if offset + length > self.size(sha256):
                raise too_short(sha256, offset, length) from None
            raise
        if len(found) != length:
            raise too_short(sha256, offset, length)
        return bytes(found)

    def open_map(self, sha256: str) -> None:
        """Return None: nothing of a bucket can be mapped."""
        blob_key(sha256)

    def local_path(self, sha256: str) -> None:
        """Return None: a bucket has no files."""
        blob_key(sha256)

    def size(self, sha256: str) -> int:
        """Return the number of stored bytes."""
        key = blob_key(sha256)
        return _asked(sha256, lambda: obstore.head(self._bucket, key))["size"]

    def exists(self, sha256: str) -> bool:
        """Return whether the blob is here."""
        key = blob_key(sha256)
        try:
            obstore.head(self._bucket, key)
        except (NotFoundError, FileNotFoundError):
            return False
        except BaseError as error:
            raise _unavailable() from error
        return True

    async def stream(
        self, sha256: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Yield a range in chunks of about 1 MiB, from one request."""
        key = blob_key(sha256)
        last = self.size(sha256) if end is None else end
        if last <= start:
            return
        sent = 0
        try:
            answer = await obstore.get_async(self._bucket, key, options={"range": (start, last)})
            async for chunk in answer.stream(min_chunk_size=CHUNK_BYTES):
                sent += len(chunk)
                yield bytes(chunk)
        except (NotFoundError, FileNotFoundError) as error:
            raise missing(sha256) from error
        except BaseError as error:
            raise _unavailable() from error
        if sent != last - start:
            raise too_short(sha256, start, last - start)

    def verify(self, sha256: str) -> None:
        """Fetch and hash the stored bytes again."""
        key = blob_key(sha256)
        digest = hashlib.sha256()
        answer = _asked(sha256, lambda: obstore.get(self._bucket, key))
        try:
            for chunk in answer.stream(min_chunk_size=CHUNK_BYTES):
                digest.update(chunk)
        except BaseError as error:
            raise _unavailable() from error
        if digest.hexdigest() != sha256:
            raise wrong_digest(sha256)

    def delete(self, sha256: str) -> None:
        """Remove the blob."""
        key = blob_key(sha256)
        with contextlib.suppress(NotFoundError, FileNotFoundError):
            obstore.delete(self._bucket, key)

    def digests(self) -> Iterator[tuple[str, float]]:
        """Yield (digest, Unix time of storing) of all blobs."""
        for batch in obstore.list(self._bucket):
            for entry in batch:
                name = entry["path"].rsplit("/", 1)[-1]
                if is_digest(name):
                    yield name, entry["last_modified"].timestamp()


def _body(source: Source) -> Path | bytes | memoryview:
    return source if isinstance(source, Path) else memoryview(source)


def _asked(sha256: str, request: Callable[[], _T]) -> _T:
    """Return the bucket's answer, its failures as errors that a person may read."""
    try:
        return request()
    except (AlreadyExistsError, PreconditionError):
        raise
    except (NotFoundError, FileNotFoundError) as error:
        raise missing(sha256) from error
    except (BaseError, OSError) as error:
        raise _unavailable() from error


def _unavailable() -> StoreUnavailable:
    # The library's text holds the bucket's address; it goes to the log by the chained cause only.
    return StoreUnavailable("The object store does not answer now; try again later.")
