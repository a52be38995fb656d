"""Memory of the web process over many tiles and a large download; the first frame of a run."""

import statistics
import tempfile
import time
import urllib.request
from pathlib import Path

from pydicom import dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import ExplicitVRLittleEndian

from bench import load, samples, servers
from bench.tiles import Stacks


def large_object(folder: Path, name: str = "large", megabytes: int = 400) -> Path:
    """Write one native multi-frame object of about ``megabytes``."""
    ds = dcmread(next((samples.DEMO / "enhanced-mr").iterdir()))
    for keyword in ("PerFrameFunctionalGroupsSequence", "DimensionIndexSequence"):
        if keyword in ds:
            delattr(ds, keyword)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7.3"
    ds.Rows = ds.Columns = 1024
    ds.NumberOfFrames = megabytes // 2
    ds.PixelData = bytes(range(256)) * (megabytes // 2 * 1024 * 1024 * 2 // 256)
    ds["PixelData"].VR = "OW"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    samples.write(ds, folder / name / "large.dcm", name)
    return folder / name


def long_run(folder: Path, frames: int) -> Path:
    """Write a JPEG cine of ``frames`` frames as a patient of its own."""
    name = f"run{frames}"
    ds = dcmread(next((samples.DEMO / "echo").iterdir()))
    stored = list(generate_frames(ds.PixelData, number_of_frames=int(ds.NumberOfFrames)))
    ds.PixelData = encapsulate([stored[k % len(stored)] for k in range(frames)])
    ds["PixelData"].is_undefined_length = True
    ds.NumberOfFrames = frames
    samples.write(ds, folder / name / "run.dcm", name)
    return folder / name


def first_frame_ms(folders: list[Path], name: str) -> float:
    """Return the time of the very first tile a fresh server gives of a run."""
    times = []
    for _ in range(5):
        with servers.telerad(folders) as server:
            stacks = Stacks(server)
            for warm, seconds in (("warm", 0), (name, 1)):
                headers = stacks.headers(warm)
                request = urllib.request.Request(
                    server.address + stacks.paths(warm, "tiles/0/0/0.png")[0], headers=headers
                )
                started = time.perf_counter()
                urllib.request.urlopen(request, timeout=30).read()
                if seconds:
                    times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        native = samples.chest_ct(root, slices=300)
        large = large_object(root)
        with servers.telerad([native, large]) as server:
            stacks = Stacks(server)
            tiles = stacks.paths("ct", "tiles/0/0/0.png?window=40,400")
            load.run(server.address, tiles, stacks.headers("ct"), 4, 3)
            before = server.memory_bytes()
            count = 0.0
            while count < 10_000:
                run = load.run(server.address, tiles, stacks.headers("ct"), 4, 5)
                count += run.per_second * 5
            after = server.memory_bytes()
            print(f"{count:,.0f} tiles: {before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after")
            case = stacks.cases["large"]
            instance = stacks.frames("large")[0][0]
            path = f"/api/v1/cases/{case}/instances/{instance}/file/"
            before, peak, size = server.memory_bytes(), 0, 0
            with server.client.open(server.address + path, timeout=120) as answer:
                while chunk := answer.read(1 << 20):
                    size += len(chunk)
                    peak = max(peak, server.memory_bytes())
            print(f"{size / 1e6:.0f} MB download: {before / 1e6:.0f} MB, peak {peak / 1e6:.0f} MB")
        warm, short, long = long_run(root, 5), long_run(root, 10), long_run(root, 1000)
        warm = warm.rename(root / "warm")
        for file in warm.iterdir():
            samples.write(dcmread(file), file, "warm")
        ten = first_frame_ms([warm, short, long], "run10")
        thousand = first_frame_ms([warm, short, long], "run1000")
        print(
            f"first frame of 10: {ten:.1f} ms, of 1,000: {thousand:.1f} ms, {thousand / ten:.2f}x"
        )


if __name__ == "__main__":
    main()
