"""What Telerad takes in and shows, read off the code: the text of docs/conformance.md."""

from pydicom._uid_dict import UID_dictionary

from viewer.dicom.codecs import codec_names
from viewer.dicom.display import class_name, other_kind

_NATIVE = {
    "1.2.840.10008.1.2": "read in process",
    "1.2.840.10008.1.2.1": "read in process",
    "1.2.840.10008.1.2.2": "read in process",
    "1.2.840.10008.1.2.1.99": "read in process, inflated within bounds",
}
# Storage SOP Classes of PS3.4 Annex B all lie below this root.
_STORAGE_ROOT = "1.2.840.10008.5.1.4.1.1."

_HEAD = """# Conformance

This page is written by `telerad conformance`; a test holds it to the code. It says what becomes of
a DICOM object that reaches Telerad through the upload page or `telerad import`. Network services
(DICOMweb, DIMSE) are not offered yet.

An object is **displayed** if its frames are shown; **stored** if it is kept, listed with the reason
and can be downloaded. Objects of SOP classes that are not listed are displayed if they have pixels,
with a remark, else stored.

"""


def transfer_syntaxes() -> str:
    """Return the table of transfer syntaxes."""
    lines = ["## Transfer syntaxes", "", "| Name | UID | Frames |", "| --- | --- | --- |"]
    names = {**_NATIVE, **{uid: f"{name}, in a child" for uid, name in codec_names().items()}}
    for uid, (name, kind, *_) in UID_dictionary.items():
        if kind == "Transfer Syntax":
            lines.append(f"| {name} | {uid} | {names.get(uid, 'stored, not decoded')} |")
    return "\n".join(lines)


def sop_classes() -> str:
    """Return the table of storage SOP classes."""
    lines = ["## Storage SOP classes", "", "| SOP class | UID | |", "| --- | --- | --- |"]
    for uid, (_, kind, *_) in UID_dictionary.items():
        if kind == "SOP Class" and uid.startswith(_STORAGE_ROOT):
            other = other_kind(uid)
            lines.append(f"| {class_name(uid)} | {uid} | {'stored' if other else 'displayed'} |")
    return "\n".join(lines)


def page() -> str:
    """Return the whole page in Markdown."""
    return f"{_HEAD}{transfer_syntaxes()}\n\n{sop_classes()}\n"
