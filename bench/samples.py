"""Data for the measurements: real pictures, multiplied under new UIDs and stored in many ways."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
from imagecodecs import jpeg8_decode
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    generate_uid,
)

DEMO = Path(__file__).resolve().parent.parent / "viewer" / "demo" / "studies"


def write(ds: Dataset, path: Path, name: str) -> None:
    """Save ``ds`` under its own patient, study, series and instance."""
    ds.PatientID, ds.PatientName = name, f"Bench^{name}"
    ds.StudyInstanceUID = generate_uid(entropy_srcs=[name, "study"])
    ds.SeriesInstanceUID = generate_uid(entropy_srcs=[name, "series"])
    ds.SOPInstanceUID = generate_uid(entropy_srcs=[name, path.name])
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)


def chest_ct(folder: Path, name: str = "ct", slices: int = 300) -> Path:
    """Write ``slices`` native 512 x 512 CT slices: the real chest, repeated at new positions."""
    sources = sorted((DEMO / "chest-ct").glob("*.dcm"))
    pictures = [dcmread(path) for path in sources]
    pictures.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    for k in range(slices):
        ds = dcmread(pictures[k % len(pictures)].filename)
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        # A little noise apart, so that no two slices are the same bytes.
        pixels = ds.pixel_array.copy()
        pixels.flat[k] ^= 1
        ds.PixelData = pixels.tobytes()
        ds["PixelData"].VR = "OW"
        ds.ImagePositionPatient[2] = float(k) * 2.5
        ds.InstanceNumber = k + 1
        write(ds, folder / name / f"{k:04}.dcm", name)
    return folder / name


def recoded(source: Path, name: str, command: list[str], count: int) -> Path:
    """Write the first ``count`` files of ``source`` through a dcmtk encoder."""
    target = source.parent / name
    for path in sorted(source.iterdir())[:count]:
        ds = dcmread(path)
        write(ds, target / path.name, name)
        coded = target / f"{path.name}.tmp"
        subprocess.run([*command, str(target / path.name), str(coded)], check=True)
        coded.replace(target / path.name)
    return target


def jpeg_2000(source: Path, name: str, count: int) -> Path:
    """Write the first ``count`` files of ``source`` as JPEG 2000 lossless."""
    target = source.parent / name
    for path in sorted(source.iterdir())[:count]:
        ds = dcmread(path)
        ds.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg")
        write(ds, target / path.name, name)
    return target


def mammogram(folder: Path, name: str = "mg") -> Path:
    """Write a native 12-bit 4096 x 3328 mammogram: the real one, enlarged, with its noise."""
    ds = dcmread(next((DEMO / "mammogram").iterdir()))
    small = jpeg8_decode(next(generate_frames(ds.PixelData, number_of_frames=1)))
    rows = np.linspace(0, small.shape[0] - 1, 4096).astype(int)
    columns = np.linspace(0, small.shape[1] - 1, 3328).astype(int)
    noise = np.random.default_rng(1).normal(0, 6, (4096, 3328))
    pixels = np.clip(small[rows][:, columns] + noise, 0, 4095).astype(np.uint16)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.Rows, ds.Columns = pixels.shape
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OW"
    ds["PixelData"].is_undefined_length = False
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    write(ds, folder / name / "mg.dcm", name)
    return folder / name


def cine(folder: Path, name: str = "us", frames: int = 400) -> Path:
    """Write an 800 x 600 JPEG baseline colour cine of ``frames`` frames."""
    ds = dcmread(next((DEMO / "echo").iterdir()))
    stored = list(generate_frames(ds.PixelData, number_of_frames=int(ds.NumberOfFrames)))
    ds.PixelData = encapsulate([stored[k % len(stored)] for k in range(frames)])
    ds["PixelData"].is_undefined_length = True
    ds.NumberOfFrames = frames
    write(ds, folder / name / "us.dcm", name)
    return folder / name


def series(folder: Path, wanted: set[str]) -> dict[str, Path]:
    """Write the ``wanted`` series below ``folder``; return their folders by name."""
    # As many frames as can be asked for in one run, so that none is decoded for a second time.
    native = chest_ct(folder)
    many = chest_ct(folder, "many", 1000) if wanted & {"rle", "jpeg-lossless"} else native
    made = {
        "ct": lambda: native,
        "rle": lambda: recoded(many, "rle", ["dcmcrle"], 1000),
        "jpeg-lossless": lambda: recoded(many, "jpeg-lossless", ["dcmcjpeg", "+e1"], 600),
        "jpeg-ls": lambda: recoded(native, "jpeg-ls", ["dcmcjpls"], 300),
        "jpeg-2000": lambda: jpeg_2000(native, "jpeg-2000", 150),
        "mg": lambda: mammogram(folder),
        "us": lambda: cine(folder),
    }
    return {name: make() for name, make in made.items() if name in wanted}


def programs_missing() -> list[str]:
    """Return the Debian packages that the measurements need and that are not installed."""
    needs = {"Orthanc": "orthanc orthanc-dicomweb orthanc-gdcm", "wrk": "wrk", "dcmcrle": "dcmtk"}
    return [package for program, package in needs.items() if not shutil.which(program)]
