"""What is told about an instance, and which kinds have no frames (cases 41, 47; F5, F13)."""

import pytest

from tests.dicom_factory import dataset, file_bytes, raw
from viewer.dicom.header import read_instance


def test_case_41_the_lossy_flag_its_ratios_and_its_method_are_told() -> None:
    ds = dataset(
        LossyImageCompression="01",
        LossyImageCompressionRatio=[10, 2],
        LossyImageCompressionMethod=["ISO_10918_1", "ISO_15444_1"],
    )
    lossy = read_instance(file_bytes(ds)).remarks.lossy
    assert lossy is not None
    assert (lossy.ratio, lossy.method) == (20, "JPEG, JPEG 2000")
    assert read_instance(file_bytes(dataset(LossyImageCompression="00"))).remarks.lossy is None


def test_burned_in_annotation_is_told() -> None:
    assert read_instance(file_bytes(dataset(BurnedInAnnotation="YES"))).remarks.burned_in
    assert not read_instance(file_bytes(dataset(BurnedInAnnotation="NO"))).remarks.burned_in


def test_case_47_an_unknown_class_with_pixels_is_shown_and_told() -> None:
    parsed = read_instance(file_bytes(dataset(SOPClassUID="1.2.3.4")))
    assert parsed.frame_count == 1
    assert any("SOP class" in note for note in parsed.remarks.notes)


@pytest.mark.parametrize(
    ("uid", "words"),
    [
        ("1.2.840.10008.5.1.4.1.1.88.33", "a structured report"),
        ("1.2.840.10008.5.1.4.1.1.88.59", "a key object selection"),
        ("1.2.840.10008.5.1.4.1.1.11.1", "a presentation state"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "a radiotherapy structure set"),
        ("1.2.840.10008.5.1.4.1.1.104.1", "an encapsulated PDF document"),
        ("1.2.840.10008.5.1.4.1.1.9.1.1", "an ECG waveform"),
        ("1.2.840.10008.5.1.4.38.1", "a hanging protocol"),
    ],
)
def test_case_47_objects_without_frames_are_named_in_words(uid: str, words: str) -> None:
    parsed = read_instance(file_bytes(dataset(SOPClassUID=uid, PixelData=None)))
    assert words in parsed.not_displayed_because


def test_case_47_a_video_is_named() -> None:
    ds = dataset("US", BitsAllocated=8, BitsStored=8, HighBit=7)
    ds.add_new(0x7FE00010, "OB", b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0")
    ds[0x7FE00010].is_undefined_length = True
    parsed = read_instance(file_bytes(ds, "1.2.840.10008.1.2.4.102"))
    assert parsed.not_displayed_because.startswith("This is a MPEG-4 AVC/H.264 video")


def test_an_object_without_uids_gets_stable_ones() -> None:
    nameless = dataset(StudyInstanceUID=None, SeriesInstanceUID=None)
    once, again = read_instance(file_bytes(nameless)), read_instance(file_bytes(nameless))
    other = read_instance(file_bytes(dataset(instance=2, StudyInstanceUID=None)))
    assert once.study_instance_uid == again.study_instance_uid
    assert once.study_instance_uid.startswith("2.25.")
    assert once.study_instance_uid != other.study_instance_uid


def test_F5_a_uid_that_is_a_path_is_replaced() -> None:
    uid = b"2.25.20261121.1.1.1"
    hostile = file_bytes(dataset()).replace(uid, b"../../../etc/passwd")
    parsed = read_instance(hostile)
    assert parsed.sop_instance_uid.replace(".", "").isdigit()


def test_F13_numbers_that_overflow_are_absent() -> None:
    ds = raw(dataset(), 0x00200013, "IS", b"9999999999999999999999")
    parsed = read_instance(file_bytes(raw(ds, 0x00200011, "IS", b"4294967296")))
    assert parsed.instance_number is None
    assert parsed.series.number is None
