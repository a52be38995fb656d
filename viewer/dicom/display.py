"""Which kinds of object have frames to display, and what the others are called."""

from typing import Final

from pydicom._uid_dict import UID_dictionary

_CLASS: Final = "1.2.840.10008.5.1.4.1.1."

# Kinds without frames of their own, by Storage SOP Class UID after the common root (PS3.4 B.5).
_OTHERS: Final = {
    "8": "an overlay",
    "9": "a curve",
    "10": "a modality look-up table",
    "11": "a VOI look-up table",
    "4.2": "MR spectroscopy",
    "66": "raw data",
    "66.1": "a spatial registration",
    "66.2": "spatial fiducials",
    "66.3": "a deformable registration",
    "66.5": "a surface segmentation",
    "66.6": "a set of tracts",
    "67": "a real world value mapping",
    "68.1": "a surface scan",
    "68.2": "a surface scan",
    "77.1.5.3": "a stereometric relationship",
    "88.59": "a key object selection (a list of images that somebody marked)",
    "88.67": "a radiation dose report",
    "88.68": "a radiopharmaceutical dose report",
    "88.50": "a mammography CAD report",
    "88.65": "a chest CAD report",
    "88.69": "a colon CAD report",
    "88.40": "a procedure log",
    "90.1": "an assessment",
    "91.1": "microscopy annotations",
    "104.1": "an encapsulated PDF document",
    "104.2": "an encapsulated clinical document (CDA)",
    "104.3": "an encapsulated 3D model (STL)",
    "104.4": "an encapsulated 3D model (OBJ)",
    "104.5": "an encapsulated 3D material file (MTL)",
    "129": "a PET curve",
    "131": "a structured display (a layout of other images)",
    "201.1": "an inventory",
    "481.3": "a radiotherapy structure set",
    "481.5": "a radiotherapy plan",
    "481.8": "a radiotherapy ion plan",
    "481.4": "a radiotherapy beam treatment record",
    "481.6": "a brachytherapy treatment record",
    "481.7": "a radiotherapy treatment summary",
    "481.9": "a radiotherapy ion beam treatment record",
}
_FAMILIES: Final = (
    ("9.1.", "an ECG waveform"),
    ("9.2.", "a haemodynamic waveform"),
    ("9.3.", "an electrophysiology waveform"),
    ("9.", "a waveform or sound recording"),
    ("88.", "a structured report"),
    ("11.", "a presentation state (how other images are to be shown)"),
    ("78.", "an ophthalmic measurement"),
    ("79.", "an ophthalmic report"),
    ("80.", "an ophthalmic measurement"),
    ("481.", "a radiotherapy object"),
    ("200.", "an acquisition protocol"),
)
_ELSEWHERE: Final = {
    "1.2.840.10008.5.1.4.38.1": "a hanging protocol",
    "1.2.840.10008.5.1.4.39.1": "a colour palette",
    "1.2.840.10008.5.1.4.43.1": "an implant template",
    "1.2.840.10008.5.1.4.44.1": "an implant assembly template",
    "1.2.840.10008.5.1.4.45.1": "an implant template group",
    "1.2.840.10008.5.1.4.34.7": "a radiotherapy delivery instruction",
}
# Families above whose members with pixels are pictures all the same.
_IMAGES: Final = frozenset(_CLASS + part for part in ("481.1", "481.2", "481.23", "481.24"))
# Newer than the dictionary that is installed.
_NEWER: Final = {_CLASS + "66.7": "Label Map Segmentation"}
DICOMDIR_CLASS: Final = "1.2.840.10008.1.3.10"
SLIDE_CLASS: Final = _CLASS + "77.1.6"


def other_kind(sop_class_uid: str) -> str:
    """Return what an object without displayable frames is, in words; "" for images and unknowns."""
    if sop_class_uid in _IMAGES:
        return ""
    if sop_class_uid in _ELSEWHERE:
        return _ELSEWHERE[sop_class_uid]
    if not sop_class_uid.startswith(_CLASS):
        return ""
    part = sop_class_uid[len(_CLASS) :]
    if part in _OTHERS:
        return _OTHERS[part]
    return next((kind for family, kind in _FAMILIES if part.startswith(family)), "")


def sentence_for_other(sop_class_uid: str) -> str:
    """Return why an object of a kind without frames is not displayed; "" for images, unknowns."""
    kind = other_kind(sop_class_uid)
    return f"The file holds {kind}, which the viewer does not display yet." if kind else ""


def is_known_class(sop_class_uid: str) -> bool:
    """Tell whether PS3.6 lists the SOP class."""
    return sop_class_uid in UID_dictionary or sop_class_uid in _NEWER


def class_name(sop_class_uid: str) -> str:
    """Return PS3.6's name of a SOP class, or the UID itself."""
    if sop_class_uid in _NEWER:
        return _NEWER[sop_class_uid]
    entry = UID_dictionary.get(sop_class_uid)
    return entry[0].removesuffix(" Storage") if entry else sop_class_uid
