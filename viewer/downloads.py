"""A stored file to somebody's disk: streamed, in one range if asked for, never a page of ours.

The body is an async generator: a plain iterator would be read whole into memory under ASGI.
"""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from viewer.store import BlobStore

_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``start <= i < end`` of a file."""

    start: int
    end: int


class Unsatisfiable(Exception):
    """The range starts behind the end of the file, or has no bytes (RFC 9110 15.5.17)."""


def parse_range(header: str, size: int) -> ByteRange | None:
    """Return the range that a Range header asks for, None when it is to be ignored.

    One range of bytes is served; several, another unit and what cannot be read are ignored, and the
    whole file is the answer (RFC 9110 14.2). Raises Unsatisfiable.
    """
    unit, equals, text = header.partition("=")
    low, dash, high = text.strip().partition("-")
    if unit.strip().lower() != "bytes" or not equals or not dash or not (low or high):
        return None
    if any(part and not _is_number(part) for part in (low, high)):
        return None
    if not low:
        start, end = max(0, size - int(high)), size
    else:
        start, end = int(low), min(size, int(high) + 1 if high else size)
        if high and int(high) < int(low):
            return None
    if start >= end:
        raise Unsatisfiable
    return ByteRange(start, end)


def file_response(
    store: BlobStore, sha256: str, instance_id: UUID, headers: dict[str, str]
) -> HttpResponseBase:
    """Return the answer that carries a blob; ``headers`` are the request's Range and If-Range.

    The file is named by the instance's id: the name of a download ends up in places where no
    patient's data belongs.
    """
    size = store.size(sha256)
    etag = f'"{sha256}"'
    wanted: ByteRange | None = None
    if headers.get("If-Range", etag) == etag and "Range" in headers:
        try:
            wanted = parse_range(headers["Range"], size)
        except Unsatisfiable:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = wanted or ByteRange(0, size)
    response = StreamingHttpResponse(
        store.stream(sha256, part.start, part.end),
        status=200 if wanted is None else 206,
        content_type="application/dicom",
    )
    response["Content-Length"] = str(part.end - part.start)
    response["Content-Disposition"] = f'attachment; filename="{instance_id}.dcm"'
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    # Should a browser show it all the same, then as a document that may do nothing.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if wanted is not None:
        response["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    return response


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
