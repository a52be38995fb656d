"""A decoder for decoder children that does what the encoded bytes tell it to do."""

import ctypes
import itertools
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from viewer.decoder_child import encoded_bytes, run_tasks
from viewer.decoder_pool import DecodeTask, Outcome
from viewer.dicom.decoded import DecodedFrame, FrameFailed
from viewer.frame_cache import CacheFull

ENTRY = "tests.unit.viewer.fake_decoder:decode_tasks"
EIGHT_GIBIBYTES = 8 * 1024**3


def decode_tasks(folder: str, tasks: Sequence[DecodeTask], seconds: int) -> list[Outcome]:
    return run_tasks(folder, tasks, seconds, decode)


def decode(task: DecodeTask) -> DecodedFrame:
    """Act as the first word of the encoded bytes says; "good N" is a frame full of N."""
    word, _, rest = encoded_bytes(task).decode().strip().partition(" ")
    match word:
        case "segfault":
            ctypes.string_at(0)
        case "abort":
            os.abort()
        case "hang":
            max(itertools.count())  # a loop in C: no signal handler of Python's runs in it
        case "allocate":
            np.ones(EIGHT_GIBIBYTES, np.uint8)
        case "refuse":
            raise FrameFailed(f"refused: {rest}")
        case "full":  # until the marker file is there
            if not Path(rest).exists():
                Path(rest).touch()
                raise CacheFull(28, "no room")
            rest = "9"
        case "log":
            with Path(rest).open("a") as log:
                log.write("decoded\n")
            time.sleep(0.05)
            rest = "7"
    return DecodedFrame(np.full((2, 3), int(rest), np.uint16), "MONOCHROME2")
