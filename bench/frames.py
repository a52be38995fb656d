"""Measure getting stored pixels: native reads, each codec alone, and frames through the children.

Run ``python -m bench.frames FOLDER``, FOLDER being the sample data set. Milliseconds a frame:
``codec`` is the decoder alone in this process, least of many; ``one`` is a reader's cold frame with
nothing ahead, median; ``ahead`` is a run of cold frames with seven ahead, total over count;
``cached`` is the same frame again, median.
"""

import hashlib
import statistics
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import numpy as np

from bench.timing import least_ms
from viewer.dicom.codecs import decode_frame
from viewer.dicom.header import read_instance
from viewer.dicom.native import read_native
from viewer.frames import FrameReader, FrameSource, frame_reader
from viewer.store.local import LocalStore

FILES = {
    "RLE 512x512": "transfer-syntaxes/ct-one-image/ct_RLELossless_1.2.840.10008.1.2.5.dcm",
    "JPEG baseline 800x600 RGB": "us-cine/echo-toshiba-64frame.dcm",
    "JPEG extended 12 bit 512x512": (
        "transfer-syntaxes/ct-one-image/ct_JPEGProcess2_4_1.2.840.10008.1.2.4.51.dcm"
    ),
    "JPEG lossless 512x512": (
        "transfer-syntaxes/ct-one-image/ct_JPEGProcess14SV1_1.2.840.10008.1.2.4.70.dcm"
    ),
    "JPEG lossless 3062x2394": "cr-dx-mg/mg-ge-jpll.dcm",
    "JPEG-LS 512x512": (
        "transfer-syntaxes/ct-one-image/ct_JPEGLSLossless_1.2.840.10008.1.2.4.80.dcm"
    ),
    "JPEG 2000 512x512": (
        "transfer-syntaxes/ct-one-image/ct_JPEG2000LosslessOnly_1.2.840.10008.1.2.4.90.dcm"
    ),
    "HTJ2K 512x512": "transfer-syntaxes/htj2k/mr4_jph.dcm",
    "JPEG XL of JPEG 1016x708 RGB": "transfer-syntaxes/jpeg-xl-recompression-27frame.dcm",
}
NATIVE = "ct-stack/lidc-0314-chest/slice111.dcm"
CINE = "us-cine/echo-toshiba-64frame.dcm"
COLD_FRAMES = 24
AHEAD = 7


def source_of(store: LocalStore, content: bytes) -> FrameSource:
    """Return a stored file as the reader's source."""
    parsed = read_instance(content)
    sha256 = hashlib.sha256(content).hexdigest()
    store.put(content, sha256)
    index = np.array(parsed.header_index, np.uint16) if len(parsed.headers) > 1 else None
    return FrameSource(
        uuid4(), sha256, parsed.transfer_syntax_uid, parsed.table, parsed.headers, index
    )


def copies(store: LocalStore, content: bytes, count: int, mark: int) -> list[FrameSource]:
    """Return the file ``count`` times under other names: the 128-byte preamble sets them apart."""
    return [
        source_of(store, mark.to_bytes(64, "big") + number.to_bytes(64, "big") + content[128:])
        for number in range(count)
    ]


def each_ms(reader: FrameReader, sources: list[FrameSource]) -> float:
    """Return the median time of the first frame of each source, in milliseconds."""
    times = []
    for source in sources:
        start = time.perf_counter()
        reader.read(source, 1)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def run_ms(reader: FrameReader, frames: list[tuple[FrameSource, int]]) -> float:
    """Return the time a frame of reading all in order, the next ones announced."""
    start = time.perf_counter()
    for index, (source, number) in enumerate(frames):
        reader.read(source, number, frames[index + 1 : index + 1 + AHEAD])
    return (time.perf_counter() - start) / len(frames) * 1e3


def main() -> None:
    """Print one line a file."""
    data = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(Path(folder) / "blobs")
        reader = frame_reader(
            store,
            cache_dir="",
            cache_bytes=1024**3,
            processes=2,
            memory_bytes=3 * 1024**3,
            seconds=20,
        )
        reader.warm()
        native = source_of(store, (data / NATIVE).read_bytes())
        view = store.open_map(native.blob)
        alone = least_ms(
            lambda: read_native(lambda at, n: view[at : at + n], native.table, native.headers[0], 1)
        )
        through_reader = least_ms(lambda: reader.read(native, 1))
        print(f"{'native 512x512':30} {alone:8.3f}  reader {through_reader:.3f}")
        mark = time.time_ns()
        print(f"{'':30} {'codec':>8} {'one':>8} {'ahead':>8} {'cached':>8}")
        for name, path in FILES.items():
            content = (data / path).read_bytes()
            source = source_of(store, content)
            spans = source.table.fragments(1)
            encoded = b"".join(content[at : at + length] for at, length in spans)
            codec = least_ms(
                lambda e=encoded, s=source: decode_frame(e, s.transfer_syntax_uid, s.headers[0])
            )
            few = copies(store, content, 8, mark)
            many = copies(store, content, COLD_FRAMES, mark + 1)
            one = each_ms(reader, few)
            ahead = run_ms(reader, [(source, 1) for source in many])
            cached = each_ms(reader, many)
            print(f"{name:30} {codec:8.2f} {one:8.2f} {ahead:8.2f} {cached:8.3f}")
            mark += 2
        cine = copies(store, (data / CINE).read_bytes(), 1, mark)[0]
        frames = [(cine, number) for number in range(1, cine.frame_count + 1)]
        print(f"{'cine, 64 frames in order':30} {'':8} {'':8} {run_ms(reader, frames):8.2f}")
        reader.close()


if __name__ == "__main__":
    main()
