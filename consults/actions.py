"""The only writer of people and cases. Every act is one transaction and one audit event."""

import time
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from consults import audit, tickets
from consults.access import ALL_RIGHTS, Principal, Right, case_for, rights_in
from consults.models import Case, Organisation, Participant, Patient, User
from consults.names import fold
from consults.tickets import Ticket
from telerad.errors import Conflict, Invalid
from telerad.ids import uuid7
from telerad.keys import derived_key
from telerad.revocation import epoch_of, revoke

MAX_TITLE_CHARACTERS = 200
MAX_QUESTION_CHARACTERS = 20_000
# A viewer renews its ticket every minute; looking is written down once in this time.
LOOKING_SECONDS = 30 * 60


def ticket_key() -> bytes:
    """Return the key that tickets are signed and verified with."""
    return derived_key("ticket")


@transaction.atomic
def open_case(
    principal: Principal | None,
    organisation: Organisation,
    *,
    title: str,
    question: str = "",
    patient: Patient | None = None,
    address: str = "",
) -> Case:
    """Open a case; who opens it takes part with every right. No principal: a command of ours.

    The caller has fetched ``organisation`` through the door with the right to upload. Raises
    Invalid for a title or a question that is too long.
    """
    if len(title) > MAX_TITLE_CHARACTERS:
        raise Invalid(f"The title has {len(title)} characters; at most {MAX_TITLE_CHARACTERS}.")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise Invalid(
            f"The question has {len(question)} characters; at most {MAX_QUESTION_CHARACTERS}."
        )
    case = Case.objects.create(
        organisation=organisation,
        patient=patient,
        title=title.strip(),
        question=question.strip(),
        created_by_id=principal.id if principal else None,
    )
    if principal:
        _let_in(case, principal.id, ALL_RIGHTS)
    audit.record(
        "case.open",
        principal=principal,
        object_kind="case",
        object_id=case.id,
        case=case,
        address=address,
    )
    return case


def _let_in(case: Case, user_id: UUID, may: Iterable[Right]) -> Participant:
    participant, _ = Participant.objects.update_or_create(
        case=case, user_id=user_id, defaults={"may": sorted({Right.LOOK, *may})}
    )
    return participant


@transaction.atomic
def add_participant(
    case: Case,
    user: User,
    *,
    may: Iterable[Right],
    principal: Principal | None = None,
    address: str = "",
) -> Participant:
    """Let a user into a case, or change what they may do in it; looking is always part of it.

    Repeating it changes nothing. Without a principal it is a command of ours. Raises Forbidden if
    the principal may not manage the case.
    """
    if principal:
        case = case_for(principal, case.id, may=Right.MANAGE, lock=True)
    granted = sorted({Right.LOOK, *may})
    known = Participant.objects.filter(case=case, user=user).first()
    if known is not None and known.may == granted:
        return known
    participant = _let_in(case, user.id, granted)
    audit.record(
        "participant.add",
        principal=principal,
        object_kind="user",
        object_id=user.id,
        case=case,
        address=address,
        may=",".join(granted),
    )
    # Rights are part of a ticket: the old ones end with the transaction that changed them.
    transaction.on_commit(lambda: revoke(f"user:{user.id}"))
    return participant


@transaction.atomic
def remove_participant(
    case: Case, user: User, *, principal: Principal | None = None, address: str = ""
) -> None:
    """Take a user out of a case; their tickets end at once. Raises Forbidden without the right."""
    if principal:
        case = case_for(principal, case.id, may=Right.MANAGE, lock=True)
    removed, _ = Participant.objects.filter(case=case, user=user).delete()
    if not removed:
        raise Conflict("This person no longer takes part in the case.")
    audit.record(
        "participant.remove",
        principal=principal,
        object_kind="user",
        object_id=user.id,
        case=case,
        address=address,
    )
    transaction.on_commit(lambda: revoke(f"user:{user.id}"))


def patient_of(
    organisation: Organisation,
    *,
    issuer: str,
    patient_id: str,
    name: str,
    birth_date: date | None = None,
    sex: str = "",
) -> Patient:
    """Return the organisation's patient with this identity; write the row if it is the first time.

    The identity is the Patient ID with its issuer. Without an ID nothing tells two people apart,
    so each call writes a new row: the caller knows by the study whether it is a known patient.
    What a later file says about a known patient does not overwrite the row.
    """
    described = {
        "name": name,
        "name_folded": fold(name)[:800],
        "birth_date": birth_date,
        "sex": sex,
        "id": uuid7(),
    }
    identity = {"organisation": organisation, "issuer": issuer, "patient_id": patient_id}
    if not patient_id:
        return Patient.objects.create(**identity, **described)
    patient, _ = Patient.objects.get_or_create(**identity, defaults=described)
    return patient


@transaction.atomic
def set_patient(case: Case, patient: Patient) -> Case:
    """Say whose case it is. Raises Conflict if it is another patient's already.

    Two patients in one case are how a wrong picture reaches a right name.
    """
    locked = Case.objects.select_for_update().get(id=case.id)
    if locked.patient_id not in {None, patient.id}:
        raise Conflict("This case is about another patient; open a case for this one.")
    if locked.organisation_id != patient.organisation_id:
        raise Conflict("The patient belongs to another organisation than the case.")
    if locked.patient_id is None:
        locked.patient = patient
        locked.save(update_fields=["patient"])
        audit.record(
            "case.patient", principal=None, object_kind="patient", object_id=patient.id, case=locked
        )
    case.patient = patient
    return case


def case_changed(case: Case) -> None:
    """Move the case to the top of the worklist: something in it is new."""
    case.updated_at = timezone.now()
    case.save(update_fields=["updated_at"])


def issue_ticket(principal: Principal, case_id: UUID, *, address: str = "") -> tuple[str, Ticket]:
    """Return a signed ticket for the pictures of a case, and what it says.

    Raises NotFound if the case is invisible. Four queries and two cache reads. Looking is written
    to the audit once in half an hour per person and case, not once a minute.
    """
    # Epochs before rights: a right that is taken away in between leaves a ticket of the old epoch.
    epochs = tuple(
        (subject, epoch_of(subject)) for subject in (principal.subject, f"case:{case_id}")
    )
    case = case_for(principal, case_id)
    ticket = Ticket(
        principal_kind=principal.kind,
        principal_id=principal.id,
        case_id=case.id,
        rights=frozenset(right.value for right in rights_in(principal, case)),
        epochs=epochs,
        expires_at=time.time() + tickets.TICKET_SECONDS,
    )
    if cache.add(f"looking:{principal.id}:{case.id}:{address}", 1, timeout=LOOKING_SECONDS):
        audit.record(
            "pictures.look",
            principal=principal,
            object_kind="case",
            object_id=case.id,
            case=case,
            address=address,
        )
    return tickets.sign(ticket, ticket_key()), ticket
