"""Rows of received files, a batch in one transaction. The only writer of the viewer's rows.

The blobs of a batch are durable before this module is called: a row never points to nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from consults import actions, audit
from consults.access import Right, cases_visible_to, rights_in
from consults.models import Case, Organisation, Patient
from telerad.errors import Conflict
from viewer.dicom.facts import FrameFacts
from viewer.identity import Identity, iso_date, stored_name, why_other
from viewer.ingest_read import Candidate, Loaded, iso_time
from viewer.ingest_types import (
    ALREADY_HERE,
    OTHER_BYTES,
    OTHER_BYTES_OTHER_PATIENT,
    STUDY_NOT_VISIBLE,
    STUDY_OF_ANOTHER_PATIENT,
    Result,
    Target,
)
from viewer.models import (
    Blob,
    CaseStudy,
    Instance,
    InstanceConflict,
    Outcome,
    ReceivedFile,
    Series,
    Study,
)
from viewer.restack import restack, versions


@dataclass(slots=True)
class _Batch:
    """What one transaction works on, fetched once for all its files."""

    target: Target
    cases: dict[tuple[Identity, str], Case] = field(default_factory=dict)
    studies: dict[str, Study] = field(default_factory=dict)
    series: dict[tuple[UUID, str], Series] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)
    linked: set[tuple[UUID, UUID]] = field(default_factory=set)
    new_instances: list[Instance] = field(default_factory=list)
    new_facts: dict[Series, list[tuple[Instance, tuple[FrameFacts, ...]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    conflicts: list[InstanceConflict] = field(default_factory=list)
    blobs: dict[str, Blob] = field(default_factory=dict)
    touched: dict[UUID, Case] = field(default_factory=dict)


def already_received(target: Target, digests: Iterable[str]) -> dict[str, ReceivedFile]:
    """Return what was received before under these SHA-256, refused files not. One query.

    Without a case: among the untitled cases that the principal may see, which imports opened.
    """
    rows = ReceivedFile.objects.filter(sha256__in=list(digests)).exclude(outcome=Outcome.REFUSED)
    if target.case is not None:
        rows = rows.filter(case=target.case)
    else:
        rows = rows.filter(case__organisation=target.organisation, case__title="")
        if target.principal is not None:
            rows = rows.filter(case__in=cases_visible_to(target.principal))
    return {row.sha256: row for row in rows}


@transaction.atomic
def write(
    target: Target, candidates: Sequence[Candidate], refused: Sequence[Result]
) -> list[Result]:
    """Write all rows of a batch and return what became of each candidate, in their order.

    ``refused`` files are put on the case's account. Locks the organisation's row, so that two
    uploads of one study make one study; it is held for the time of one batch.
    """
    Organisation.objects.select_for_update(no_key=True).get(id=target.organisation.id)
    batch = _Batch(target)
    _fetch(batch, candidates)
    before = versions(series.id for series in batch.series.values())
    results = [_placed(batch, candidate) for candidate in candidates]
    Blob.objects.bulk_create(batch.blobs.values(), ignore_conflicts=True)
    Instance.objects.bulk_create(batch.new_instances, batch_size=100)
    InstanceConflict.objects.bulk_create(batch.conflicts, ignore_conflicts=True)
    restack(batch.new_facts, before)
    _account(batch, [*results, *refused])
    return results


def _fetch(batch: _Batch, candidates: Sequence[Candidate]) -> None:
    organisation = batch.target.organisation
    parsed = [candidate.parsed for candidate in candidates]
    for study in Study.objects.filter(
        organisation=organisation,
        study_instance_uid__in={_uid(one.study_instance_uid) for one in parsed},
    ).select_related("patient"):
        batch.studies[study.study_instance_uid] = study
    study_ids = [study.id for study in batch.studies.values()]
    for series in Series.objects.filter(
        study_id__in=study_ids,
        series_instance_uid__in={_uid(one.series_instance_uid) for one in parsed},
    ):
        batch.series[series.study_id, series.series_instance_uid] = series
    for instance in (
        Instance.objects.filter(
            organisation=organisation,
            sop_instance_uid__in={_uid(one.sop_instance_uid) for one in parsed},
        )
        .select_related("series__study")
        .only("sop_instance_uid", "blob_id", "series__study__patient_id")
    ):
        batch.instances[instance.sop_instance_uid] = instance
    batch.linked = set(
        CaseStudy.objects.filter(study_id__in=study_ids).values_list("case_id", "study_id")
    )


def _placed(batch: _Batch, candidate: Candidate) -> Result:
    """Return what becomes of one file; rows that are needed are noted in the batch."""
    result = Result(candidate.loaded, Outcome.REFUSED)
    case, result.reason = _case_of(batch, candidate)
    if case is None:
        return result
    result.case_id = case.id
    batch.touched[case.id] = case
    known = batch.instances.get(_uid(candidate.parsed.sop_instance_uid))
    if known is not None and known.series.study.patient_id != case.patient_id:
        return _conflict(batch, known, result, OTHER_BYTES_OTHER_PATIENT)
    if known is not None and known.blob_id != candidate.loaded.stored_sha256:
        result.reason = _why_closed(batch, case, known.series.study)
        return result if result.reason else _conflict(batch, known, result, OTHER_BYTES)
    study = known.series.study if known else _study_of(batch, case, candidate)
    if study.patient_id != case.patient_id:
        result.reason = STUDY_OF_ANOTHER_PATIENT
        return result
    result.reason = _linked(batch, case, study)
    if result.reason:
        return result
    if known is not None:
        result.outcome, result.reason = Outcome.DUPLICATE, ALREADY_HERE
        result.instance_id = known.id
        return result
    instance = _instance_of(batch, study, candidate)
    result.instance_id = instance.id
    result.outcome = Outcome.STORED if instance.not_displayed_because else Outcome.DISPLAYED
    result.reason = instance.not_displayed_because
    return result


def _conflict(batch: _Batch, known: Instance, result: Result, reason: str) -> Result:
    blob = _blob_of(batch, result.loaded)
    batch.conflicts.append(InstanceConflict(instance=known, blob=blob, reason=reason))
    result.outcome, result.reason, result.instance_id = Outcome.CONFLICT, reason, known.id
    return result


def _case_of(batch: _Batch, candidate: Candidate) -> tuple[Case | None, str]:
    """Return the case a file belongs into, or None and why it belongs into none."""
    identity = candidate.identity
    # Without a Patient ID the study is all that holds files together.
    study_uid = "" if identity.patient_id else _uid(candidate.parsed.study_instance_uid)
    known = batch.cases.get((identity, study_uid))
    if known is not None:
        return known, ""
    given = batch.target.case
    if given is not None:
        # Read again: the first file of an empty case may have come by another request meanwhile.
        given = Case.objects.select_related("patient").get(id=given.id)
        other = why_other(Identity.of_row(given.patient), identity) if given.patient else ""
        if other:
            return None, other
    patient = (given and given.patient) or _patient_of(batch, candidate)
    if Identity.of_row(patient) != identity:
        return None, STUDY_OF_ANOTHER_PATIENT
    case = given or _own_case(batch.target, patient)
    try:
        case = actions.set_patient(case, patient)
    except Conflict as error:
        return None, str(error)
    batch.cases[identity, study_uid] = case
    return case, ""


def _patient_of(batch: _Batch, candidate: Candidate) -> Patient:
    facts, identity = candidate.parsed.patient, candidate.identity
    study = batch.studies.get(_uid(candidate.parsed.study_instance_uid))
    if study is not None and not identity.patient_id:
        return study.patient
    return actions.patient_of(
        batch.target.organisation,
        issuer=_text(identity.issuer, 64),
        patient_id=_text(identity.patient_id, 64),
        name=stored_name(facts.name),
        birth_date=iso_date(facts.birth_date),
        sex=_text(facts.sex, 16),
    )


def _own_case(target: Target, patient: Patient) -> Case:
    """Return the newest untitled case of the patient, or a new one.

    A case that somebody has given a title or a question is a consult: an import that names no case
    never adds to it.
    """
    cases = Case.objects.filter(
        organisation=target.organisation, patient=patient, title="", question=""
    ).order_by("-created_at")
    for case in cases:
        if target.principal is None or Right.UPLOAD in rights_in(target.principal, case):
            return case
    return actions.open_case(target.principal, target.organisation, title="", patient=patient)


def _study_of(batch: _Batch, case: Case, candidate: Candidate) -> Study:
    uid = _uid(candidate.parsed.study_instance_uid)
    study = batch.studies.get(uid)
    if study is None:
        if case.patient is None:
            raise ValueError("a case without a patient takes no study")
        facts = candidate.parsed.study
        study = Study.objects.create(
            organisation=batch.target.organisation,
            patient=case.patient,
            study_instance_uid=uid,
            study_date=iso_date(facts.date),
            study_time=iso_time(facts.time),
            description=_text(facts.description, 400),
            accession_number=_text(facts.accession_number, 64),
        )
        batch.studies[uid] = study
    return study


def _linked(batch: _Batch, case: Case, study: Study) -> str:
    """See to it that the study is in the case; return why it may not be."""
    if (case.id, study.id) in batch.linked:
        return ""
    closed = _why_closed(batch, case, study)
    if not closed:
        CaseStudy.objects.create(case=case, study=study)
        batch.linked.add((case.id, study.id))
    return closed


def _why_closed(batch: _Batch, case: Case, study: Study) -> str:
    """Return why a study that is here already may not come into the case.

    Whoever has one file of a study must not get the rest of it by sending that file to a case of
    their own: the study has to be visible to them in another case.
    """
    holders = {case_id for case_id, study_id in batch.linked if study_id == study.id}
    if batch.target.principal is None or not holders or case.id in holders:
        return ""
    visible = cases_visible_to(batch.target.principal).filter(id__in=holders)
    return "" if visible.exists() else STUDY_NOT_VISIBLE


def _series_of(batch: _Batch, study: Study, candidate: Candidate) -> Series:
    uid = _uid(candidate.parsed.series_instance_uid)
    series = batch.series.get((study.id, uid))
    if series is None:
        facts = candidate.parsed.series
        series = Series.objects.create(
            study=study,
            series_instance_uid=uid,
            modality=_text(facts.modality, 16),
            number=_in_range(facts.number, 31),
            description=_text(facts.description, 400),
            body_part=_text(facts.body_part, 64),
            laterality=_text(facts.laterality, 16),
        )
        batch.series[study.id, uid] = series
    return series


def _instance_of(batch: _Batch, study: Study, candidate: Candidate) -> Instance:
    parsed, columns = candidate.parsed, candidate.columns
    series = _series_of(batch, study, candidate)
    series.study = study
    instance = Instance(
        organisation=batch.target.organisation,
        series=series,
        sop_instance_uid=_uid(parsed.sop_instance_uid),
        sop_class_uid=_text(parsed.sop_class_uid, 64),
        instance_number=_in_range(parsed.instance_number, 63),
        blob=_blob_of(batch, candidate.loaded),
        transfer_syntax_uid=_text(parsed.transfer_syntax_uid, 64),
        frame_count=parsed.frame_count,
        not_displayed_because=_text(parsed.not_displayed_because, 400),
        frame_table=columns.frame_table,
        headers=columns.headers,
        header_index=columns.header_index,
        facts=columns.facts,
        remarks=columns.remarks,
    )
    batch.instances[instance.sop_instance_uid] = instance
    batch.new_instances.append(instance)
    batch.new_facts[series].append((instance, parsed.facts))
    return instance


def _blob_of(batch: _Batch, loaded: Loaded) -> Blob:
    blob = Blob(sha256=loaded.stored_sha256, size=loaded.size)
    return batch.blobs.setdefault(blob.sha256, blob)


def _account(batch: _Batch, results: Sequence[Result]) -> None:
    """Write what became of each file, and that files came."""
    target = batch.target
    if target.case is not None:
        batch.touched.setdefault(target.case.id, target.case)
    # The first answer stands: a file that two requests brought at once was displayed, not doubled.
    digests = {result.loaded.sha256 for result in results}
    rows: dict[tuple[UUID, str], ReceivedFile] = {
        (row.case_id, row.sha256): row
        for row in ReceivedFile.objects.filter(
            case_id__in=batch.touched, sha256__in=digests
        ).exclude(outcome=Outcome.REFUSED)
    }
    answered = set(rows)
    counts: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for result in results:
        case_id = result.case_id or (target.case.id if target.case else None)
        if case_id is None:
            continue
        counts[case_id][result.outcome.value] += 1
        row = ReceivedFile(
            case_id=case_id,
            sha256=result.loaded.sha256,
            size=result.loaded.size,
            outcome=result.outcome,
            reason=_text(result.reason, 400),
            instance_id=result.instance_id,
            received_by_id=target.principal.id if target.principal else None,
        )
        if result.loaded.sha256:
            rows.setdefault((case_id, row.sha256), row)
    ReceivedFile.objects.bulk_create(
        [row for key, row in rows.items() if key not in answered],
        update_conflicts=True,
        unique_fields=["case", "sha256"],
        update_fields=["size", "outcome", "reason", "instance", "received_by", "received_at"],
    )
    for case_id, case in batch.touched.items():
        audit.record(
            "files.receive",
            principal=target.principal,
            object_kind="case",
            object_id=case_id,
            case=case,
            files=sum(counts[case_id].values()),
            outcomes=",".join(f"{name} {n}" for name, n in sorted(counts[case_id].items())),
        )
        actions.case_changed(case)


def _uid(text: str) -> str:
    return _text(text, 64)


def _text(text: str, most: int) -> str:
    """Return a text that every database takes: no NUL, not too long, no half surrogates."""
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return clean[:most]


def _in_range(number: int | None, bits: int) -> int | None:
    return number if number is not None and -(1 << bits) <= number < 1 << bits else None
