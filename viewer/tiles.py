"""From a frame to what goes over the wire: read, render, encode, keep.

The one place where the frames of stored files (:mod:`viewer.frames`) meet the rendering of arrays
(:mod:`viewer.pixels.render`). It asks for no rights: whoever calls has passed a door.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

import numpy as np
from django.conf import settings

from telerad.errors import NotFound, Unsupported
from viewer.door_request import BatchKind, PictureKind, PictureRequest, asked_by
from viewer.frames import DecodedFrame, FrameReader, FrameSource, frame_reader
from viewer.pixels import render, stats
from viewer.pixels.choice import Manual, resolve
from viewer.pixels.grid import Grid
from viewer.pixels.overlay import embedded_mask, plane_mask
from viewer.pixels.png import encode_mask
from viewer.pixels.render import RENDER_VERSION, TileRequest
from viewer.pixels.types import Overlay, Window
from viewer.store import BlobStore, LocalStore, default_store
from viewer.stored_jpeg import JPEG_BASELINE, NotForBrowsers, check_browser_safe
from viewer.tile_cache import BoundedCache

Json = dict[str, Any]
# What making a picture takes: a millisecond or so, longer, or the wait for a decoder.
Work = Literal["short", "render", "decode"]
Ahead = Sequence[tuple[FrameSource, int]]

PNG, DEEP, JPEG = "image/png", "application/x-telerad-deep", "image/jpeg"

# Frames of more values than this are kept as read for a while: their tiles are asked for together.
BIG_FRAME_VALUES = 1024 * 1024
SHORT_WORK_PIXELS = 512 * 512
BIG_FRAME_CACHE_BYTES = 256 * 1024**2
# A cached picture costs this beside its bytes: key, tag, slots.
PICTURE_OVERHEAD_BYTES = 600
# What a window has a part in.
_SHOWN = frozenset({"preview", "thumbnail"})
# (body, content type, note, window)
_Made = tuple[bytes, str, str, str]


class PictureKey(NamedTuple):
    """Everything that the bytes of a picture depend on, the versions of the code aside.

    ``asked`` is the text of :class:`viewer.door_request.Asked`, "" where it has no part.
    """

    blob: str
    frame_number: int
    kind: PictureKind
    level: int
    column: int
    row: int
    group: int
    asked: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture. ``note`` is what the screen has to say about it, "" for nothing.

    ``etag`` is a strong validator with its quotes (RFC 9110 8.8.3). ``window`` is the window that a
    gray preview shows, as CENTER,WIDTH,FUNCTION; "" for a LUT and all else.
    """

    body: bytes
    content_type: str
    etag: bytes
    note: str = ""
    window: str = ""


class Tiles:
    """Makes and keeps pictures. Safe between threads; everything it needs is given to it."""

    def __init__(self, store: BlobStore, reader: FrameReader, cache_bytes: int) -> None:
        self._store = store
        self._reader = reader
        # A map of a local file; from elsewhere even a small frame takes a round trip.
        self._is_local = isinstance(store, LocalStore)
        self._pictures: BoundedCache[PictureKey, Picture] = BoundedCache(cache_bytes)
        self._big_frames: BoundedCache[tuple[str, int], DecodedFrame] = BoundedCache(
            BIG_FRAME_CACHE_BYTES
        )
        self._makers: dict[PictureKind, Callable[[FrameSource, PictureRequest, Ahead], _Made]] = {
            "preview": self._preview,
            "deep": self._deep,
            "thumbnail": self._thumbnail,
            "stored": self._stored_jpeg,
            "overlay": self._overlay,
        }

    def close(self) -> None:
        """Stop the decoders and leave no decoded frame behind."""
        self._reader.close()
        self._reader.forget()

    def key(self, source: FrameSource, request: PictureRequest) -> PictureKey:
        """Return the key of the picture that a request asks for."""
        return PictureKey(
            source.blob,
            request.frame_number,
            request.kind,
            request.level,
            request.column,
            request.row,
            request.group,
            request.asked.text if request.kind in _SHOWN else "",
        )

    def cached(self, key: PictureKey) -> Picture | None:
        """Return the picture if it is kept; costs next to nothing."""
        return self._pictures.get(key)

    def work(self, source: FrameSource, key: PictureKey) -> Work:
        """Return what it takes to make the picture."""
        if key.kind in {"stored", "overlay"}:
            return "render"
        if source.table.kind != "native":
            return "decode"
        header = source.header(key.frame_number)
        small = header.rows * header.columns <= SHORT_WORK_PIXELS and not header.is_color
        tile = key.kind in {"preview", "deep"}
        return "short" if small and tile and self._is_local else "render"

    def make(self, source: FrameSource, request: PictureRequest, ahead: Ahead = ()) -> Picture:
        """Make a picture and keep it. Blocks; ``ahead`` is decoded too when it needs decoding.

        Raises Invalid for a frame that is not there, NotFound for a tile or an overlay that is not,
        Unsupported for what cannot be shown so, FrameFailed for a frame without a picture.
        """
        body, content_type, note, window = self._makers[request.kind](source, request, ahead)
        key = self.key(source, request)
        picture = Picture(body, content_type, etag_of(key), note, window)
        self._pictures.put(key, picture, len(body) + PICTURE_OVERHEAD_BYTES)
        return picture

    def thumbnail(self, source: FrameSource, frame_number: int) -> Picture:
        """Return a thumbnail in the file's own window, from the cache if it is kept."""
        request = PictureRequest("", "", frame_number, "thumbnail", 0, 0, 0, 0, asked_by(b""))
        return self.cached(self.key(source, request)) or self.make(source, request)

    def batch_kinds(
        self, source: FrameSource, frame_number: int, kind: BatchKind
    ) -> tuple[PictureKind, ...]:
        """Return what to send of a frame in a batch, the best first; () if it has several tiles."""
        header = source.header(frame_number)
        if Grid.of(header.rows, header.columns).levels > 1:
            return ()
        if kind == "png":
            return ("preview",)
        if header.has_deep_tiles:
            return ("deep",)
        if source.transfer_syntax_uid == JPEG_BASELINE:
            return ("stored", "preview")
        return ("preview",)

    def probe(self, source: FrameSource, frame_number: int, x: int, y: int) -> Json:
        """Return the value under a pixel as JSON. Raises NotFound outside the frame."""
        found = stats.probe(self._frame(source, frame_number), source.header(frame_number), x, y)
        return {
            "stored": [_finite(value) for value in found.stored],
            "value": list(found.value) if isinstance(found.value, tuple) else _finite(found.value),
            "unit": found.unit,
            "text": found.text,
            "padding": found.padding,
        }

    def region(self, source: FrameSource, frame_number: int, region: stats.Region) -> Json:
        """Return the statistics of a region as JSON. Raises Invalid, Unsupported for colour."""
        found = stats.region_statistics(
            self._frame(source, frame_number), source.header(frame_number), region
        )
        return {
            "count": found.count,
            "mean": _finite(found.mean),
            "sd": _finite(found.sd),
            "min": _finite(found.minimum),
            "max": _finite(found.maximum),
            "unit": found.unit,
            "areaMm2": _finite(found.area_mm2),
        }

    def _frame(self, source: FrameSource, frame_number: int, ahead: Ahead = ()) -> DecodedFrame:
        header = source.header(frame_number)
        if header.rows * header.columns <= BIG_FRAME_VALUES:
            return self._reader.read(source, frame_number, ahead)
        key = (source.blob, frame_number)
        frame = self._big_frames.get(key)
        if frame is None:
            frame = self._reader.read(source, frame_number, ahead)
            self._big_frames.put(key, frame, int(frame.pixels.nbytes))
        return frame

    def _preview(self, source: FrameSource, request: PictureRequest, ahead: Ahead) -> _Made:
        frame = self._frame(source, request.frame_number, ahead)
        header = source.header(request.frame_number)
        choice, window = request.asked.choice, ""
        if not header.is_color:
            found = resolve(choice, header, frame.pixels)
            if isinstance(found, Window):
                # Resolved once: an automatic window looks at the whole frame.
                choice = Manual(found)
                window = f"{found.center!r},{found.width!r},{found.function}"
        tile = TileRequest(request.level, request.column, request.row, choice, request.asked.invert)
        return render.tile_png(frame, header, tile), PNG, frame.note, window

    def _deep(self, source: FrameSource, request: PictureRequest, ahead: Ahead) -> _Made:
        header = source.header(request.frame_number)
        if not header.has_deep_tiles:
            # Said before the frame is decoded.
            raise Unsupported("this frame has no deep tiles; its preview tiles serve")
        frame = self._frame(source, request.frame_number, ahead)
        tile = TileRequest(request.level, request.column, request.row)
        return render.tile_deep(frame, header, tile), DEEP, frame.note, ""

    def _thumbnail(self, source: FrameSource, request: PictureRequest, ahead: Ahead) -> _Made:
        frame = self._frame(source, request.frame_number, ahead)
        header = source.header(request.frame_number)
        return render.thumbnail_png(frame, header, request.asked.choice), PNG, frame.note, ""

    def _stored_jpeg(self, source: FrameSource, request: PictureRequest, _: Ahead) -> _Made:
        header = source.header(request.frame_number)
        if source.transfer_syntax_uid != JPEG_BASELINE:
            raise NotForBrowsers("the frame is not stored as a baseline JPEG")
        fragments = source.table.fragments(request.frame_number)
        body = b"".join(self._store.read(source.blob, at, length) for at, length in fragments)
        check_browser_safe(body, header)
        return body, JPEG, "", ""

    def _overlay(self, source: FrameSource, request: PictureRequest, _: Ahead) -> _Made:
        frame_number = request.frame_number
        header = source.header(frame_number)
        overlay = next((one for one in header.overlays if one.group == request.group), None)
        if overlay is None:
            raise NotFound(f"the frame has no overlay of group {request.group:04X}")
        if overlay.embedded_bit is None:
            value = self._store.read(source.blob, overlay.value_offset, overlay.value_length)
            mask = plane_mask(value, overlay, header, frame_number)
        else:
            mask = embedded_mask(self._words(source, frame_number, overlay), overlay, header)
        return encode_mask(mask), PNG, "", ""

    def _words(
        self, source: FrameSource, frame_number: int, overlay: Overlay
    ) -> "np.ndarray[Any, np.dtype[np.unsignedinteger[Any]]]":
        """Return the words of a frame as stored, (rows, columns), before Bits Stored is applied."""
        header = source.header(frame_number)
        table = source.table
        if table.kind != "native" or header.bits_allocated not in {8, 16, 32}:
            raise Unsupported(
                f"({overlay.group:04X},0102) the overlay lies in bit {overlay.embedded_bit} of"
                " compressed or bit-packed pixels; only those of native words can be read"
            )
        offset, _, there = table.native_span(frame_number)
        size = header.bits_allocated // 8
        needed = header.rows * header.columns * size
        data = self._store.read(source.blob, offset, min(there, needed)).ljust(needed, b"\x00")
        order = ">" if table.big_endian else "<"
        words = np.frombuffer(data, f"{order}u{size}").reshape(header.rows, header.columns)
        return words.astype(words.dtype.newbyteorder("="), copy=False)


def etag_of(key: PictureKey) -> bytes:
    """Return the strong validator of a picture, with its quotes."""
    digest = blake2b(repr((RENDER_VERSION, key)).encode(), digest_size=16).hexdigest()
    return f'"{digest}"'.encode("ascii")


def _finite(value: float | None) -> float | None:
    """Return the number if JSON can carry it."""
    return value if value is not None and math.isfinite(value) else None


@lru_cache(maxsize=1)
def default_tiles() -> Tiles:
    """Return this process's service, made from the settings."""
    store = default_store()
    reader = frame_reader(
        store,
        cache_dir=settings.FRAME_CACHE_DIR,
        cache_bytes=settings.FRAME_CACHE_BYTES,
        processes=settings.DECODER_PROCESSES,
        memory_bytes=settings.DECODER_MEMORY_BYTES,
        seconds=settings.DECODER_SECONDS,
    )
    return Tiles(store, reader, settings.TILE_CACHE_BYTES)
