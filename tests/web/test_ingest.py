"""What becomes of a file: kept, kept apart or refused, each with a sentence."""

import hashlib
import logging
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from consults.access import Principal, Right
from consults.actions import add_participant, open_case
from consults.models import AuditEvent, Case, Patient
from tests.dicom_factory import CLASSES, dataset, element, file_bytes, slices
from tests.people import People
from tests.web.receiving import blobs, incoming, outcomes, send  # noqa: F401 - a fixture
from viewer import ingest_read
from viewer.ingest import receive
from viewer.models import (
    Blob,
    CaseStudy,
    Instance,
    InstanceConflict,
    ReceivedFile,
    Series,
    Stack,
    Study,
)
from viewer.restack import stored_facts
from viewer.stackbody import unpack
from viewer.store import StoreUnavailable, default_store

pytestmark = [pytest.mark.stores, pytest.mark.usefixtures("blobs")]


@pytest.fixture
def case(people: People) -> Case:
    return people.case


def test_a_study_becomes_rows_blobs_and_a_sorted_stack(case: Case) -> None:
    files = slices(5)
    reports = send(*reversed(files), case=case)
    assert outcomes(reports) == ["displayed"] * 5
    case.refresh_from_db()
    assert case.patient is not None
    assert (case.patient.patient_id, case.patient.name) == ("T1", "Test^Synthetic")
    study = Study.objects.get()
    assert CaseStudy.objects.get().study == study
    assert study.study_date is not None
    assert Series.objects.get().modality == "CT"
    stack = Stack.objects.get()
    assert (stack.label, stack.frame_count) == ("Axial, 5 images", 5)
    heights = [frame["position"][2] for frame in unpack(stack.body)["frames"]]
    assert heights == [0, 2.5, 5, 7.5, 10]
    for instance in Instance.objects.all():
        default_store().verify(instance.blob_id)
        assert default_store().size(instance.blob_id) == instance.blob.size
        assert stored_facts(instance.facts)[0].instance_uid == instance.sop_instance_uid
        assert len(instance.headers) == 1
        assert bytes(instance.header_index) == b""


def test_files_that_arrive_one_by_one_make_the_same_stack_and_it_keeps_its_id(case: Case) -> None:
    files = slices(6)
    send(files[0], case=case)
    first = Stack.objects.get()
    for file in (files[4], files[2], files[5], files[1], files[3]):
        send(file, case=case)
    stack = Stack.objects.get()
    assert stack.id == first.id
    assert stack.revision != first.revision
    heights = [frame["position"][2] for frame in unpack(stack.body)["frames"]]
    assert heights == [0, 2.5, 5, 7.5, 10, 12.5]


def test_batches_of_one_study_make_one_stack(case: Case) -> None:
    assert outcomes(send(*slices(150, spacing_mm=1), case=case)) == ["displayed"] * 150
    assert [stack.frame_count for stack in Stack.objects.all()] == [150]
    assert ReceivedFile.objects.filter(case=case, outcome="displayed").count() == 150


# Case 27: duplicates and conflicts.


def test_case_27_the_same_bytes_are_kept_once(case: Case) -> None:
    file = dataset()
    first, second, third = send(file, file, case=case)[:2] + send(file, case=case)
    assert [one.outcome for one in (first, second, third)] == [
        "displayed",
        "duplicate",
        "duplicate",
    ]
    assert third.instance_id == first.instance_id
    assert (Instance.objects.count(), Blob.objects.count()) == (1, 1)
    assert ReceivedFile.objects.get().outcome == "displayed"


def test_F14_other_bytes_under_a_taken_uid_are_kept_apart_and_told(case: Case) -> None:
    first, second = dataset(), dataset(pixels=bytes(32))
    reports = send(first, second, case=case)
    assert outcomes(reports) == ["displayed", "conflict"]
    assert "SOP Instance UID (0008,0018)" in reports[1].reason
    instance, conflict = Instance.objects.get(), InstanceConflict.objects.get()
    assert conflict.instance == instance
    assert instance.blob_id == hashlib.sha256(file_bytes(first)).hexdigest()
    assert conflict.blob_id == hashlib.sha256(file_bytes(second)).hexdigest()
    default_store().verify(conflict.blob_id)
    assert outcomes(send(second, case=case)) == ["duplicate"]


def test_F14_the_same_uid_of_another_patient_never_overwrites(people: People) -> None:
    mine, other = dataset(PatientID="A"), dataset(PatientID="B")
    reports = send(mine, other, organisation=people.st_anna)
    assert outcomes(reports) == ["displayed", "conflict"]
    assert "Another patient's file" in reports[1].reason
    assert Instance.objects.get().series.study.patient.patient_id == "A"
    assert Study.objects.count() == 1


# Case 45: identity is Patient ID with issuer, never the name.


def test_case_45_another_patient_id_is_refused_and_nothing_of_it_is_kept(case: Case) -> None:
    send(dataset(), case=case)
    other = dataset(study=2, PatientID="T2")  # the same name
    (report,) = send(other, case=case)
    assert report.outcome == "refused"
    assert "Patient ID (0010,0020)" in report.reason
    assert "Synthetic" not in report.reason
    assert "T2" not in report.reason
    assert not default_store().exists(hashlib.sha256(file_bytes(other)).hexdigest())
    assert (Study.objects.count(), Patient.objects.count()) == (1, 1)


def test_case_45_the_same_id_of_another_issuer_is_another_patient(case: Case) -> None:
    send(dataset(IssuerOfPatientID="St Anna"), case=case)
    (report,) = send(dataset(instance=2, IssuerOfPatientID="Elsewhere"), case=case)
    assert report.outcome == "refused"
    assert "issuer (0010,0021)" in report.reason


def test_case_45_the_same_id_under_another_spelling_of_the_name_is_the_same(case: Case) -> None:
    send(dataset(), case=case)
    assert outcomes(send(dataset(instance=2, PatientName="TEST^S"), case=case)) == ["displayed"]
    assert Patient.objects.get().name == "Test^Synthetic"


def test_case_45_two_patients_in_one_batch_are_not_mixed(case: Case) -> None:
    reports = send(dataset(), dataset(study=2, PatientID="T2"), dataset(instance=2), case=case)
    assert outcomes(reports) == ["displayed", "refused", "displayed"]


def test_case_45_without_an_id_a_name_alone_joins_no_studies(people: People) -> None:
    first, second = dataset(PatientID=None), dataset(study=2, PatientID=None)
    reports = send(first, second, organisation=people.st_anna)
    assert outcomes(reports) == ["displayed", "displayed"]
    assert reports[0].case_id != reports[1].case_id
    assert Patient.objects.count() == 2
    more = send(dataset(instance=2, PatientID=None), organisation=people.st_anna)
    assert more[0].case_id == reports[0].case_id


def test_case_45_without_an_id_another_birth_date_is_refused(case: Case) -> None:
    send(dataset(PatientID=None, PatientBirthDate="19700131"), case=case)
    (report,) = send(dataset(instance=2, PatientID=None, PatientBirthDate="19700201"), case=case)
    assert report.outcome == "refused"
    assert "no Patient ID" in report.reason


def test_a_study_uid_of_another_patient_is_refused(people: People) -> None:
    send(dataset(PatientID="A"), organisation=people.st_anna)
    (report,) = send(dataset(instance=2, PatientID="B"), organisation=people.st_anna)
    assert report.outcome == "refused"
    assert "Study Instance UID (0020,000D)" in report.reason


# Cases 46 and 47: broken, unknown and pixel-less files.


@pytest.mark.parametrize(
    "junk",
    [
        b"\x00",
        b"<html><script>alert(1)</script></html>",
        b"MZ" + bytes(500),
        bytes(range(256)) * 8,
        b"8BPS" + bytes(400),
        b"SIMPLE  =                    T" + b" " * 400,
        b"%!PS-Adobe-3.0 EPSF" + b"\n" * 400,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["one byte", "HTML", "EXE", "random", "PSD", "FITS", "EPS", "SVG"],
)
def test_F1_what_is_no_dicom_is_refused_and_the_rest_goes_on(case: Case, junk: bytes) -> None:
    reports = send(dataset(instance=1), junk, dataset(instance=2), case=case)
    assert outcomes(reports) == ["displayed", "refused", "displayed"]
    assert len(reports[1].reason) > 20
    assert not default_store().exists(hashlib.sha256(junk).hexdigest())
    row = ReceivedFile.objects.get(outcome="refused")
    assert (row.sha256, row.size) == (hashlib.sha256(junk).hexdigest(), len(junk))


def test_F1_an_empty_file_is_refused(case: Case) -> None:
    assert [(one.outcome, one.reason) for one in send(b"", case=case)] == [
        ("refused", "The file is empty.")
    ]


def test_a_file_above_the_bound_is_refused_unread(
    case: Case, settings: Settings, tmp_path: Path
) -> None:
    settings.MAX_UPLOAD_BYTES = 2 * 1024**2
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(3 * 1024**2)
    (report,) = send(path, case=case)
    assert report.outcome == "refused"
    assert "2 MiB" in report.reason


def test_a_file_that_cannot_be_read_is_refused(case: Case, tmp_path: Path) -> None:
    (report,) = send(tmp_path / "not there", case=case)
    assert report.outcome == "refused"
    assert "No such file" in report.reason


def test_case_46_an_unexpected_failure_on_one_file_refuses_that_file_only(
    case: Case, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = ingest_read.read_instance

    def failing(buffer: bytes) -> object:
        if b"T1" in bytes(buffer) and b"Burst" in bytes(buffer):
            raise RuntimeError("Burst^Canary has a value of T1")
        return whole(buffer)

    monkeypatch.setattr(ingest_read, "read_instance", failing)
    with caplog.at_level(logging.ERROR, "telerad.ingest"):
        reports = send(
            dataset(),
            dataset(instance=2, PatientName="Burst^Canary"),
            dataset(instance=3),
            case=case,
        )
    assert outcomes(reports) == ["displayed", "refused", "displayed"]
    assert "an error of its own" in reports[1].reason
    assert "RuntimeError" in caplog.text
    assert "Canary" not in caplog.text


def test_case_47_an_unknown_sop_class_is_stored_and_said(case: Case) -> None:
    (report,) = send(
        dataset(SOPClassUID="1.2.3.4.5", PixelData=None, Rows=None, Columns=None), case=case
    )
    assert report.outcome == "stored"
    assert report.reason
    instance = Instance.objects.get()
    assert (instance.frame_count, instance.not_displayed_because) == (0, report.reason)
    assert Stack.objects.count() == 0


def test_case_47_a_report_beside_images_does_not_disturb_them(case: Case) -> None:
    report = dataset("SR", series=2, PixelData=None, Rows=None, Columns=None)
    assert report.SOPClassUID == CLASSES["SR"]
    assert outcomes(send(*slices(3), report, case=case)) == ["displayed"] * 3 + ["stored"]
    assert Stack.objects.get().frame_count == 3


@pytest.mark.parametrize(
    "preamble",
    [b"\x7fELF\x02\x01", b"<script>alert(1)</script>", b"%PDF-1.7", b"PK\x03\x04"],
    ids=["ELF", "HTML", "PDF", "ZIP"],
)
@pytest.mark.parametrize("large", [False, True], ids=["in memory", "staged"])
def test_F9_a_foreign_preamble_is_zeroed_in_the_store(
    case: Case, preamble: bytes, large: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if large:
        monkeypatch.setattr(ingest_read, "IN_MEMORY_BYTES", 100)
    whole = file_bytes(dataset(), preamble=preamble)
    path = tmp_path / "polyglot.dcm"
    path.write_bytes(whole)
    (report,) = send(path, case=case)
    assert report.outcome == "displayed"
    assert report.sha256 == hashlib.sha256(whole).hexdigest()
    blob = Blob.objects.get()
    clean = bytes(128) + whole[128:]
    assert blob.sha256 == hashlib.sha256(clean).hexdigest()
    assert default_store().read(blob.sha256, 0, blob.size) == clean
    assert path.read_bytes() == whole
    assert list(default_store().staging.iterdir()) == []
    # Asked by the digest of what the sender has, it is known.
    assert outcomes(send(path, case=case)) == ["duplicate"]


@pytest.mark.parametrize("large", [False, True], ids=["in memory", "staged"])
def test_a_bare_data_set_that_says_DICM_by_chance_is_stored_as_it_came(
    case: Case, large: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if large:
        monkeypatch.setattr(ingest_read, "IN_MEMORY_BYTES", 100)
    whole = file_bytes(dataset())
    bare = whole[144 + int.from_bytes(whole[140:144], "little") :]  # after group 0002
    start = element(0x00080005, "CS", b"ISO_IR 100")
    start += element(0x00080008, "CS", b"A" * (128 - len(start) - 8) + b"DICM")
    path = tmp_path / "bare.dcm"
    path.write_bytes(start + bare)
    (report,) = send(path, case=case)
    assert report.outcome == "displayed"
    assert default_store().read(Blob.objects.get().sha256, 0, 128) == start[:128]


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_F5_names_and_uids_never_become_paths(case: Case, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if "blobs" not in path.parts}
    evil = dataset()
    evil.SOPInstanceUID = "../../../../tmp/telerad-evil"
    files = incoming(evil, dataset(instance=2))
    names = ["../../etc/passwd", "C:\\Windows\\system.ini\x00.dcm"]
    renamed = [type(f)(name, f.source) for f, name in zip(files, names, strict=True)]
    reports = list(receive(renamed, case=case, organisation=case.organisation, principal=None))
    assert reports[1].outcome == "displayed"
    assert reports[0].outcome in {"refused", "stored", "displayed"}
    assert {path for path in tmp_path.rglob("*") if "blobs" not in path.parts} == before
    assert not Path("/tmp/telerad-evil").exists()


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_F12_a_name_with_nul_and_controls_is_stored_without_harm(case: Case) -> None:
    (report,) = send(
        dataset(
            SpecificCharacterSet="ISO_IR 192",
            PatientName="Evil\u202e^Name",
            StudyDescription="a\x00b",
            PatientID="T\x009",
        ),
        case=case,
    )
    assert report.outcome == "displayed"
    study = Study.objects.get()
    assert "\x00" not in study.description + study.patient.patient_id + study.patient.name


# Who may.


def test_a_study_held_in_a_case_one_may_not_see_is_not_reached_by_sending_one_file(
    people: People,
) -> None:
    send(*slices(3), case=people.case)
    # Bo is let in to another case of the same patient, with the right to upload there.
    other = open_case(Principal.of(people.kim), people.st_anna, title="Second opinion")
    zoe = people.bo
    add_participant(people.case, zoe, may=[], principal=None)
    people.case.participants.filter(user=zoe).delete()
    add_participant(other, zoe, may=[Right.UPLOAD])
    (report,) = send(slices(3)[0], case=other, principal=Principal.of(zoe))
    assert report.outcome == "refused"
    assert "another case" in report.reason
    assert not CaseStudy.objects.filter(case=other).exists()
    # Dee sees both cases: for her the study joins the second one.
    (report,) = send(slices(3)[0], case=other, principal=Principal.of(people.dee))
    assert report.outcome == "duplicate"
    assert CaseStudy.objects.filter(case=other).count() == 1


def test_the_same_uids_in_two_organisations_are_two_objects(people: People) -> None:
    file = dataset()
    send(file, organisation=people.st_anna)
    assert outcomes(send(file, organisation=people.elsewhere)) == ["displayed"]
    assert (Instance.objects.count(), Study.objects.count(), Blob.objects.count()) == (2, 2, 1)


def test_without_a_case_each_patient_has_one_and_it_is_used_again(people: People) -> None:
    reports = send(
        dataset(PatientID="A"),
        dataset(study=2, PatientID="B"),
        dataset(study=3, PatientID="A"),
        organisation=people.st_anna,
    )
    assert reports[0].case_id == reports[2].case_id != reports[1].case_id
    again = send(dataset(study=4, PatientID="B"), organisation=people.st_anna)
    assert again[0].case_id == reports[1].case_id


def test_an_import_never_adds_to_a_consult(people: People) -> None:
    send(dataset(), case=people.case)
    (report,) = send(dataset(study=2), organisation=people.st_anna)
    assert report.case_id != people.case.id


def test_U1_what_was_received_is_in_the_audit_once_a_batch(people: People) -> None:
    send(dataset(), b"junk", case=people.case, principal=Principal.of(people.amara))
    event = AuditEvent.objects.get(action="files.receive")
    assert (event.actor_id, event.case_id) == (str(people.amara.id), str(people.case.id))
    assert event.details == {"files": 2, "outcomes": "displayed 1,refused 1"}


# Trouble around a batch.


def test_no_row_is_written_when_the_store_fails(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_args: object) -> None:
        raise StoreUnavailable("The store is full.")

    monkeypatch.setattr(type(default_store()), "put_many", failing)
    with pytest.raises(StoreUnavailable):
        send(dataset(), case=case)
    monkeypatch.undo()
    assert (Instance.objects.count(), ReceivedFile.objects.count()) == (0, 0)
    assert outcomes(send(dataset(), case=case)) == ["displayed"]


def test_a_row_the_database_refuses_costs_that_file_only(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that nobody thought of: the batch is written again, file by file."""
    columns = ingest_read._columns

    def with_one_bad(parsed: object) -> object:
        made = columns(parsed)  # type: ignore[arg-type]
        if parsed.instance_number == 2:  # type: ignore[attr-defined]
            made.remarks["bad"] = object()  # not JSON
        return made

    monkeypatch.setattr(ingest_read, "_columns", with_one_bad)
    reports = send(*slices(3), case=case)
    assert outcomes(reports) == ["displayed", "refused", "displayed"]
    assert Stack.objects.get().frame_count == 2


def test_progress_hears_of_every_file(case: Case) -> None:
    heard: list[str] = []
    send(*slices(3), case=case, progress=lambda report: heard.append(report.name))
    assert heard == ["a", "b", "c"]


def test_the_order_of_reports_is_the_order_of_files(case: Case) -> None:
    reports = send(dataset(), b"junk", dataset(), dataset(instance=2), b"", case=case)
    assert [report.name for report in reports] == ["a", "b", "c", "d", "e"]
