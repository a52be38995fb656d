"""Whose a file is: Patient ID with its issuer, never the name alone (PS3.3 C.7.1.1, C.2.2)."""

from dataclasses import dataclass
from datetime import date

from consults.models import Patient
from viewer.dicom.facts import PatientFacts

OTHER_PATIENT_ID = (
    "This file is another patient's: its Patient ID (0010,0020) is not the one of this case."
)
OTHER_ISSUER = (
    "This file has the Patient ID of this case from another issuer (0010,0021): a person has to "
    "decide whether it is the same patient."
)
NO_PATIENT_ID = (
    "This file has no Patient ID (0010,0020), and its name and birth date are not those of this "
    "case: a person has to decide whose it is."
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes a patient the same. Without a Patient ID, name and birth date stand in."""

    issuer: str
    patient_id: str
    name: str = ""
    birth_date: date | None = None

    @classmethod
    def of_facts(cls, facts: PatientFacts) -> "Identity":
        """Return the identity that a file states."""
        issuer, patient_id = facts.issuer.strip()[:64], facts.patient_id.strip()[:64]
        if patient_id:
            return cls(issuer, patient_id)
        return cls(issuer, "", stored_name(facts.name), iso_date(facts.birth_date))

    @classmethod
    def of_row(cls, patient: Patient) -> "Identity":
        """Return the identity of a known patient."""
        if patient.patient_id:
            return cls(patient.issuer, patient.patient_id)
        return cls(patient.issuer, "", patient.name, patient.birth_date)


def why_other(case: Identity, file: Identity) -> str:
    """Return "" if the file is of the case's patient, else the sentence that says why not."""
    if case == file:
        return ""
    if not file.patient_id and not case.patient_id:
        return NO_PATIENT_ID
    if file.patient_id and file.patient_id == case.patient_id:
        return OTHER_ISSUER
    return OTHER_PATIENT_ID if file.patient_id else NO_PATIENT_ID


def stored_name(name: str) -> str:
    """Return a Person Name as its column holds it."""
    return name.replace("\x00", "").strip()[:400]


def iso_date(text: str) -> date | None:
    """Return the date of an ISO 8601 text, None if it is empty or no date."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
