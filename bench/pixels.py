"""Measure the pixel code: tables, preview tiles, deep tiles, levels, against Pillow's PNG writer.

Run ``python -m bench.pixels [FOLDER]``, FOLDER being a sample data set (default: made up).
Each time is the least of many runs, in milliseconds; ratios are against the named peer in the same
run.
"""

import io
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image

from bench.timing import least_ms
from viewer.pixels import table
from viewer.pixels.choice import Auto, FromFile, Manual
from viewer.pixels.grid import Grid
from viewer.pixels.levels import level_values
from viewer.pixels.png import encode_gray
from viewer.pixels.render import (
    TileRequest,
    thumbnail_png,
    tile_deep,
    tile_pixels,
    tile_png,
)
from viewer.pixels.types import FrameHeader, Modality, Padding, Window


@dataclass(frozen=True)
class Frame:
    """What the pixel code wants of a decoded frame."""

    pixels: NDArray
    photometric: str = "MONOCHROME2"


def phantom(rows: int, columns: int, noise: float) -> NDArray[np.uint16]:
    """Return a 12-bit picture: two soft bodies and noise."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    bodies = 1000 * (x**2 + y**2 < 0.8) + 60 * np.sin(9 * x) * np.cos(7 * y)
    values = bodies + np.random.default_rng(1).normal(0, noise, (rows, columns))
    return np.clip(values + 50, 0, 4095).astype(np.uint16)


def ct_frame(folder: Path | None) -> NDArray:
    """Return a real 512 x 512 CT slice of the folder, or a phantom."""
    for path in sorted(folder.rglob("*.dcm")) if folder else []:
        header = pydicom.dcmread(path, stop_before_pixels=True, force=True)
        native = not header.file_meta.get("TransferSyntaxUID", pydicom.uid.UID("")).is_compressed
        if header.get("Modality") == "CT" and header.get("Rows") == 512 and native:
            print(f"CT slice: {path.name} of {path.parent.name}")
            return pydicom.dcmread(path).pixel_array
    return phantom(512, 512, 15)


def gray_header(pixels: NDArray, **facts: object) -> FrameHeader:
    """Return a header for a picture; 12 bits where they do."""
    rows, columns = pixels.shape
    signed = pixels.dtype.kind == "i"
    bits = 16 if signed or pixels.max() > 4095 else 12
    modality = Modality(1.0, 0.0 if signed else -1024.0, None, "HU")
    return FrameHeader(
        rows, columns, 1, "MONOCHROME2", 16, bits, bits - 1, signed, modality=modality, **facts
    )


def pillow_png(shown: NDArray[np.uint8], level: int) -> bytes:
    """Return what Pillow writes."""
    out = io.BytesIO()
    Image.fromarray(shown).save(out, "PNG", compress_level=level)
    return out.getvalue()


def line(name: str, milliseconds: float, note: str = "") -> None:
    """Print one figure."""
    print(f"{name:<58}{milliseconds:9.3f} ms   {note}")


def bench_table() -> None:
    """Tables that are not in the cache."""
    header = gray_header(phantom(4, 4, 1))
    build = table._table.__wrapped__
    for name, window in (
        ("table, LINEAR 40/400", Window(40, 400)),
        ("table, LINEAR over all 65,536", Window(32_768, 65_536)),
        ("table, SIGMOID 40/400", Window(40, 400, "SIGMOID")),
    ):
        arguments = (header.signed, header.modality, Padding(-2000, -2000), window, False)
        line(name, least_ms(lambda: build(*arguments)))  # noqa: B023 - called at once
    line("table, from the cache", least_ms(lambda: table.display_table(header, Window(40, 400))))


def bench_tile(pixels: NDArray) -> None:
    """Preview and deep tiles of one slice."""
    frame, header = Frame(pixels), gray_header(pixels)
    for center, width in ((40, 400), (-500, 1500)):
        request = TileRequest(choice=Manual(Window(center, width)))
        shown = tile_pixels(frame, header, request)
        ours = tile_png(frame, header, request)
        time_ours = least_ms(lambda: tile_png(frame, header, request))  # noqa: B023
        line(
            f"preview tile 512, {center}/{width}: look-up and PNG", time_ours, f"{len(ours)} bytes"
        )
        line("  of it the PNG", least_ms(lambda: encode_gray(shown)))  # noqa: B023
        for level in (6, 1):
            time_pillow = least_ms(lambda: pillow_png(shown, level))  # noqa: B023
            size = len(pillow_png(shown, level))
            print(
                f"  Pillow level {level}, PNG alone: {time_pillow:.2f} ms, {size} bytes;"
                f" our whole tile takes {time_ours / time_pillow:.3f}x of it"
            )
    line("preview tile 512, automatic window", least_ms(
        lambda: tile_png(frame, header, TileRequest(choice=Auto()))))  # fmt: skip
    deep = tile_deep(frame, header, TileRequest())
    time_deep = least_ms(lambda: tile_deep(frame, header, TileRequest()))
    line("deep tile 512", time_deep, f"{len(deep)} of {pixels.nbytes} bytes")
    high = np.ascontiguousarray((pixels.view(np.uint16) >> 8).astype(np.uint8))
    low = np.ascontiguousarray(pixels.view(np.uint16).astype(np.uint8))
    time_planes = least_ms(lambda: pillow_png(np.vstack((low, high)), 6))
    print(
        f"  Pillow level 6, two 8-bit planes: {time_planes:.2f} ms;"
        f" ours {time_deep / time_planes:.3f}x"
    )
    line("thumbnail of 512", least_ms(lambda: thumbnail_png(frame, header, FromFile())))


def bench_mammogram() -> None:
    """Levels and tiles of a 4096 x 3328 picture."""
    pixels = phantom(4096, 3328, 20)
    header, frame = gray_header(pixels), Frame(pixels)
    padded = gray_header(pixels, padding=Padding(0, 60))
    grid = Grid.of(*pixels.shape)
    choice = Manual(Window(0, 2000))
    for level in range(1, grid.levels):
        line(f"mammogram, whole level {level}", least_ms(
            lambda: level_values(pixels, header, level)))  # noqa: B023 # fmt: skip
        line("  the same with padding in it", least_ms(
            lambda: level_values(pixels, padded, level)))  # noqa: B023 # fmt: skip
    for level in range(grid.levels):
        request = TileRequest(level, 1 if level < 3 else 0, 1 if level < 3 else 0, choice)
        line(f"mammogram, one preview tile of level {level}", least_ms(
            lambda: tile_png(frame, header, request)))  # noqa: B023 # fmt: skip
    whole = least_ms(lambda: encode_gray(table.display(pixels, header, Window(0, 2000))))
    line("mammogram, whole: look-up and PNG", whole)
    shown = table.display(pixels, header, Window(0, 2000))
    start = time.perf_counter()
    pillow_png(shown, 6)
    pillow = (time.perf_counter() - start) * 1e3
    print(
        f"  Pillow level 6, PNG alone: {pillow:.0f} ms; our whole takes {whole / pillow:.3f}x of it"
    )


def main() -> None:
    """Print all figures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print(f"16-bit look-up by OpenCV: {table.HAS_FAST_LOOK_UP}")
    bench_table()
    bench_tile(ct_frame(folder))
    bench_mammogram()


if __name__ == "__main__":
    main()
