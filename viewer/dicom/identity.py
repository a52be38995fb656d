"""Whose image it is and what it is part of: names, dates, descriptions, UIDs."""

import datetime
import hashlib
import re
from typing import Final

from viewer.dicom.charset import clean
from viewer.dicom.elements import Buffer, Elements
from viewer.dicom.facts import PatientFacts, SeriesFacts, StudyFacts
from viewer.dicom.notes import Notes

_NAME, _PATIENT_ID, _ISSUER, _BIRTH_DATE, _SEX = (
    0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040,
)  # fmt: skip
_LONGEST_GROUP: Final = 130  # PS3.5 6.2 allows 64 characters a group; three must fit into 400
_UID: Final = re.compile(r"[0-9.]{1,64}")
_TIME: Final = re.compile(r"(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.(\d{1,6}))?)?)?")


def read_patient(top: Elements) -> PatientFacts:
    """Return whose it is; "" for what is absent or unreadable."""
    return PatientFacts(
        patient_id=top.text(_PATIENT_ID, 64),
        issuer=top.text(_ISSUER, 64),
        name=person_name(top, _NAME),
        birth_date=iso_date(top.code(_BIRTH_DATE)),
        sex=top.code(_SEX)[:16],
    )


def read_study(top: Elements) -> StudyFacts:
    """Return the study's date, time, description and accession number."""
    return StudyFacts(
        date=iso_date(top.code(0x00080020)),
        time=iso_time(top.code(0x00080030)),
        description=top.text(0x00081030),
        accession_number=top.text(0x00080050, 64),
    )


def read_series(top: Elements) -> SeriesFacts:
    """Return the series' modality, number, description, body part and laterality."""
    return SeriesFacts(
        modality=top.code(0x00080060)[:16],
        number=top.int32(0x00200011),
        description=top.text(0x0008103E),
        body_part=top.code(0x00180015)[:64],
        laterality=(top.code(0x00200060) or top.code(0x00200062))[:16],
    )


def person_name(elements: Elements, tag: int) -> str:
    """Return a PN's first value as "alphabetic=ideographic=phonetic" (PS3.5 6.2.1).

    The value is decoded before it is split, because the bytes of ``=`` and ``^`` occur inside
    Japanese characters (PS3.5 annex H). Empty groups at the end are left out.
    """
    raw = elements.raw(tag)[:4096]
    if not raw:
        return ""
    text = elements.character_sets().decode(raw, b"\\^=").split("\\")[0]
    groups = [_group(group) for group in text.split("=")[:3]]
    return "=".join(groups).rstrip("=")


def _group(text: str) -> str:
    components = [clean(part).strip() for part in text.split("^")[:5]]
    return "^".join(components).rstrip("^")[:_LONGEST_GROUP]


def iso_date(text: str) -> str:
    """Return a DA value, or ACR-NEMA's with dots, as ISO 8601; "" when it is no date."""
    digits = text[:10].replace(".", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    try:
        return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).isoformat()
    except ValueError:
        return ""


def iso_time(text: str) -> str:
    """Return a TM value, or ACR-NEMA's with colons, as ISO 8601; "" when it is no time."""
    match = _TIME.match(text)
    if match is None:
        return ""
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[:3])
    micros = int((match[4] or "0").ljust(6, "0"))
    try:
        # A leap second is 60 in TM and nothing in Python.
        return datetime.time(hours, minutes, min(seconds, 59), micros).isoformat()
    except ValueError:
        return ""


def usable_uid(elements: Elements, tag: int, notes: Notes) -> str:
    """Return a UID of digits and dots, or a stable stand-in for one that is malformed; "" if empty.

    The stand-in keeps objects apart and together as the malformed UIDs did (PS3.5 B.2 form).
    """
    text = elements.code(tag)
    if not text or _UID.fullmatch(text):
        return text
    notes.add(f"({tag >> 16:04X},{tag & 0xFFFF:04X}) is no valid UID; the viewer uses another.")
    return derived_uid(text.encode())


def derived_uid(seed: bytes) -> str:
    """Return the same UID for the same bytes, under the root for UUIDs (PS3.5 B.2)."""
    return f"2.25.{int.from_bytes(hashlib.sha256(seed).digest()[:16], 'big')}"


def uid_of_content(buffer: Buffer, purpose: str) -> str:
    """Return a UID for a file that has none: by its bytes, the meaningless preamble apart."""
    digest = hashlib.sha256(purpose.encode())
    with memoryview(buffer) as view:  # a slice of the bytes themselves would be a copy
        digest.update(view[128:] if len(view) > 132 else view)
    return derived_uid(digest.digest())
