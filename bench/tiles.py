"""Windowed pictures over HTTP with their permission check, against Orthanc's DICOMweb `rendered`.

``python -m bench.tiles [--rounds 3] [--seconds 3]``: both servers run at once on this machine
and take turns in every round; the figure is the median of the rounds' ratios.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from pydicom import dcmread

from bench import load, samples, servers

Paths = list[str]
WIDE = "-500,1500"
SOFT = "40,400"


def orthanc_paths(folder: Path, window: str | None, frames: int = 1) -> Paths:
    """Return the `rendered` address of every frame of a folder."""
    paths = []
    for file in sorted(folder.iterdir()):
        ds = dcmread(file, stop_before_pixels=True)
        base = (
            f"/dicom-web/studies/{ds.StudyInstanceUID}/series/{ds.SeriesInstanceUID}"
            f"/instances/{ds.SOPInstanceUID}/frames"
        )
        query = f"?window={window},linear" if window else ""
        paths += [f"{base}/{n}/rendered{query}" for n in range(1, frames + 1)]
    return paths


class Stacks:
    """The stacks of a running Telerad by the patient's ID, and the tickets for them."""

    def __init__(self, server: servers.Telerad) -> None:
        self.server = server
        self.cases: dict[str, str] = {}
        for row in server.json("/api/v1/cases/")["results"]:  # type: ignore[attr-defined]
            self.cases[row["patient"]["id"]] = row["id"]

    def headers(self, name: str) -> dict[str, str]:
        """Return the headers of a fresh ticket."""
        ticket = self.server.json(f"/api/v1/cases/{self.cases[name]}/")["ticket"]
        return {"Authorization": f"Ticket {ticket['token']}"}  # type: ignore[index]

    def frames(self, name: str) -> list[tuple[str, int]]:
        """Return (instance, frame number) in the order of the stack."""
        case = self.server.json(f"/api/v1/cases/{self.cases[name]}/")
        stack = case["studies"][0]["series"][0]["stacks"][0]["id"]  # type: ignore[index]
        body = self.server.json(f"/api/v1/cases/{self.cases[name]}/stacks/{stack}/")
        return [(f["instance"], f["frame"]) for f in body["frames"]]  # type: ignore[attr-defined]

    def paths(self, name: str, end: str) -> Paths:
        """Return an address of the pixel door for every frame."""
        base = f"/pixels/v1/cases/{self.cases[name]}/instances"
        return [f"{base}/{i}/frames/{n}/{end}" for i, n in self.frames(name)]


def compare(
    rounds: int, base: Callable[[], load.Load], ours: Callable[[], load.Load]
) -> tuple[load.Load, load.Load, float]:
    """Run both in turn; return the last of each and the median ratio of requests a second."""
    ratios, theirs, mine = [], None, None
    for _ in range(rounds):
        theirs, mine = base(), ours()
        ratios.append(mine.per_second / theirs.per_second)
    assert theirs is not None
    assert mine is not None
    return theirs, mine, statistics.median(ratios)


def line(
    name: str, connections: int, result: tuple[load.Load, load.Load, float], goal: float
) -> None:
    """Print one row of the table."""
    theirs, mine, ratio = result
    base = f"{theirs.per_second:,.1f} ({theirs.p50_ms:.1f} / {theirs.p95_ms:.1f})"
    ours = f"{mine.per_second:,.1f} ({mine.p50_ms:.2f} / {mine.p95_ms:.2f})"
    print(f"| {name} | {connections} | {base} | {ours} | {ratio:.1f}x | {goal:g}x |", flush=True)


MAMMOGRAM = "Mammogram 4096 x 3328, whole"
CACHED = "CT 40/400, from cache"
Row = tuple[str, str, str | None, str, int, float, float]
ROWS: list[Row] = [
    # name, series, window, end of our address, frames, goal at 1 and at 8 connections
    ("CT 40/400, cold", "ct", SOFT, "tiles/0/0/0.png?window=40,400", 1, 12, 12),
    ("CT -500/1500, cold", "ct", WIDE, "tiles/0/0/0.png?window=-500,1500", 1, 24, 24),
    ("RLE, cold", "rle", SOFT, "tiles/0/0/0.png?window=40,400", 1, 12, 12),
    ("JPEG lossless, cold", "jpeg-lossless", SOFT, "tiles/0/0/0.png?window=40,400", 1, 3, 3),
    ("JPEG-LS, cold", "jpeg-ls", SOFT, "tiles/0/0/0.png?window=40,400", 1, 2, 2),
    ("JPEG 2000, cold", "jpeg-2000", SOFT, "tiles/0/0/0.png?window=40,400", 1, 1, 1),
    ("Colour cine 800 x 600 as PNG, cold", "us", None, "tiles/0/0/0.png", 400, 15, 15),
    ("Colour cine, stored JPEG passed through", "us", None, "stored.jpg", 400, 50, 50),
]


def main() -> None:
    """Measure every row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--processes", type=int, default=1, help="more than 1: scaled profile")
    parser.add_argument("--only", default="", help="part of a row's name")
    options = parser.parse_args()
    if missing := samples.programs_missing():
        raise SystemExit(f"These measurements need: apt install {' '.join(missing)}")
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for row in ROWS if options.only in row[0]]
        wanted = {row[1] for row in rows}
        wanted |= {"mg"} if options.only in MAMMOGRAM else set()
        wanted |= {"ct"} if options.only in CACHED else set()
        folders = samples.series(Path(folder), wanted)
        with servers.orthanc() as peer:
            for path in folders.values():
                servers.send_to_orthanc(peer, sorted(path.iterdir()))
            print(
                "| picture | connections | Orthanc req/s (p50 / p95 ms) | Telerad | ratio | goal |"
            )
            print("| --- | --- | --- | --- | --- | --- |")
            # Nothing is kept: each request reads, decodes, windows and encodes.
            nothing = {"TELERAD_TILE_CACHE_BYTES": "0"}
            with (
                (
                    servers.scaled(options.processes) if options.processes > 1 else nullcontext({})
                ) as profile,
                servers.telerad(list(folders.values()), **nothing, **profile) as server,
            ):
                measure(rows, server, peer, folders, options)
                if options.only in MAMMOGRAM:
                    mammogram(server, peer, folders["mg"], options)
            if options.only in CACHED:
                with servers.telerad([folders["ct"]]) as server:
                    cached(server, peer, folders["ct"], options)


def cold(
    server: servers.Telerad, stacks: "Stacks", series: str, paths: Paths, connections: int
) -> load.Load:
    """Ask for pictures none of which is decoded yet; a second is as long as they last."""
    server.forget_frames()
    return load.run(server.address, paths, stacks.headers(series), connections, 1)


def measure(
    rows: list[Row],
    server: servers.Telerad,
    peer: str,
    folders: dict[str, Path],
    options: argparse.Namespace,
) -> None:
    """Measure the rows whose frames are one tile."""
    stacks = Stacks(server)
    for name, series, window, end, frames, *goals in rows:
        theirs = orthanc_paths(folders[series], window, frames)
        ours = stacks.paths(series, end)
        for connections, goal in zip((1, 8), goals, strict=True):
            result = compare(
                options.rounds,
                lambda n=connections, p=theirs: load.run(
                    peer, p, {"Accept": "image/png"}, n, options.seconds
                ),
                lambda n=connections, p=ours, s=series: cold(server, stacks, s, p, n),
            )
            line(name, connections, result, goal)


def mammogram(
    server: servers.Telerad, peer: str, folder: Path, options: argparse.Namespace
) -> None:
    """Compare the whole picture at full resolution: all tiles of level 0 against one `rendered`."""
    stacks = Stacks(server)
    tiles = [
        path
        for row in range(8)
        for column in range(7)
        for path in stacks.paths("mg", f"tiles/0/{column}/{row}.png")
    ]
    theirs = orthanc_paths(folder, None)
    for connections in (1, 8):
        base, mine, ratio = compare(
            options.rounds,
            lambda n=connections: load.run(peer, theirs, {"Accept": "image/png"}, n, 8),
            lambda n=connections: load.run(
                server.address, tiles, stacks.headers("mg"), n, options.seconds
            ),
        )
        whole = load.Load(mine.per_second / len(tiles), mine.p50_ms, mine.p95_ms, mine.bytes_each)
        line(MAMMOGRAM, connections, (base, whole, ratio / len(tiles)), 12)


def cached(server: servers.Telerad, peer: str, folder: Path, options: argparse.Namespace) -> None:
    """Compare pictures that were asked for before."""
    stacks = Stacks(server)
    theirs = orthanc_paths(folder, SOFT)
    ours = stacks.paths("ct", "tiles/0/0/0.png?window=40,400")
    load.run(server.address, ours, stacks.headers("ct"), 1, 3)
    for connections, goal in ((1, 60), (8, 100)):
        result = compare(
            options.rounds,
            lambda n=connections: load.run(
                peer, theirs, {"Accept": "image/png"}, n, options.seconds
            ),
            lambda n=connections: load.run(
                server.address, ours, stacks.headers("ct"), n, options.seconds
            ),
        )
        line(CACHED, connections, result, goal)


if __name__ == "__main__":
    main()
