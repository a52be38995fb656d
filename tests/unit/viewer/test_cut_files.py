"""F6: files whose pixel data ends early are shown as incomplete, or say why they are not shown."""

import csv
from pathlib import Path

import pytest

from telerad.errors import TeleradError
from viewer.dicom.codecs import decode_frame
from viewer.dicom.decoded import FrameFailed
from viewer.dicom.header import ParsedInstance, read_instance
from viewer.dicom.native import read_native

pytestmark = pytest.mark.data

LARGEST_BYTES = 200_000


def pixel_start(parsed: ParsedInstance) -> int:
    if parsed.table.kind == "encapsulated":
        return int(parsed.table.fragment_starts[0])
    return parsed.table.offset


def last_frame_note(content: bytes, parsed: ParsedInstance) -> str:
    """Return what is said of the last frame: its note, or why it has no picture."""
    table, number = parsed.table, parsed.table.expected_frames
    header = parsed.headers[parsed.header_index[number - 1] if len(parsed.headers) > 1 else 0]
    try:
        if table.kind == "native":
            return read_native(lambda at, n: content[at : at + n], table, header, number).note
        encoded = b"".join(content[at : at + n] for at, n in table.fragments(number))
        return decode_frame(encoded, parsed.transfer_syntax_uid, header).note
    except FrameFailed as error:
        return f"incomplete: {error}"


def what_is_said(content: bytes) -> str:
    """Return the text about damage that a reader would see, "" if none."""
    try:
        parsed = read_instance(content)
    except TeleradError as error:
        return str(error)
    if parsed.not_displayed_because:
        return parsed.not_displayed_because
    return parsed.table.damage or last_frame_note(content, parsed)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_F6_pixel_data_cut_short_is_always_told(data_dir: Path, share: float) -> None:
    silent, cut = [], 0
    with (data_dir / "MANIFEST.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["rows"]]
    for row in rows:
        if int(row["bytes"]) > LARGEST_BYTES or row["path"].startswith("malformed/"):
            continue
        content = (data_dir / row["path"]).read_bytes()
        parsed = read_instance(content)
        if parsed.not_displayed_because or parsed.table.kind not in ("native", "encapsulated"):
            continue
        start = pixel_start(parsed)
        end = start + parsed.table.length
        if parsed.table.kind == "encapsulated":
            last = len(parsed.table.fragment_starts) - 1
            end = int(parsed.table.fragment_starts[last] + parsed.table.fragment_lengths[last])
        # Padding of odd lengths is not picture: the cut takes at least three bytes.
        kept = min(start + int((end - start) * share), end - 3)
        cut += 1
        if not what_is_said(content[: max(kept, start)]):
            silent.append(row["path"])
    assert silent == []
    assert cut > 50
