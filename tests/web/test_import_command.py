"""``telerad import``: what it prints and how it ends."""

import json
import uuid
import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from consults.models import Organisation
from tests.dicom_factory import dataset, file_bytes, slices
from tests.people import People
from tests.web.receiving import blobs  # noqa: F401 - a fixture
from viewer.models import Instance, Stack

pytestmark = [pytest.mark.stores, pytest.mark.usefixtures("blobs")]


def imported(*arguments: str) -> tuple[str, int]:
    """(what was printed, exit code)."""
    out = StringIO()
    try:
        call_command("import", *arguments, stdout=out, stderr=StringIO())
    except SystemExit as ended:
        return out.getvalue(), int(ended.code or 0)
    return out.getvalue(), 0


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    for number, ds in enumerate(slices(4)):
        (folder / f"{number}.dcm").write_bytes(file_bytes(ds))
    return folder


def test_a_folder_goes_into_a_case_and_all_is_accounted_for(people: People, study: Path) -> None:
    text, code = imported(str(study), "--case", str(people.case.id))
    assert code == 0
    assert "What became of each file" in text
    assert [line.split("│")[1:3] for line in text.splitlines() if "Displayed" in line] == [
        ["     4 ", " Displayed "]
    ]
    assert f"Case {people.case.id}" in text
    assert Stack.objects.get().frame_count == 4


def test_repeating_it_adds_nothing_and_succeeds(people: People, study: Path) -> None:
    imported(str(study), "--case", str(people.case.id))
    text, code = imported(str(study), "--case", str(people.case.id), "--json")
    account = json.loads(text)
    assert (account["totals"], code) == ({"duplicate": 4}, 0)
    assert Instance.objects.count() == 4


def test_a_refused_file_ends_with_two_and_the_rest_is_in(people: People, study: Path) -> None:
    (study / "broken.dcm").write_bytes(b"no DICOM")
    (study / "Thumbs.db").write_bytes(b"x")
    text, code = imported(str(study), "--case", str(people.case.id), "--json")
    account = json.loads(text)
    assert account["totals"] == {"displayed": 4, "left-out": 1, "refused": 1}
    assert account["files"] == 6
    assert code == 2
    refused = next(one for one in account["reports"] if one["outcome"] == "refused")
    assert refused["name"].endswith("broken.dcm")
    assert refused["reason"]


def test_an_archive_is_imported_by_its_path(people: People, study: Path, tmp_path: Path) -> None:
    path = tmp_path / "study.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in study.iterdir():
            archive.write(file, f"disc/{file.name}")
    text, code = imported(str(path), "--organisation", "St Anna", "--json")
    assert (json.loads(text)["totals"], code) == ({"displayed": 4}, 0)


def test_names_and_reasons_are_text_not_markup(people: People, tmp_path: Path) -> None:
    path = tmp_path / "[bold]x"
    path.write_bytes(b"junk")
    text, _ = imported(str(path), "--case", str(people.case.id))
    assert "[bold]x" in text


def test_two_patients_in_one_case_are_stopped(people: People, study: Path) -> None:
    (study / "other.dcm").write_bytes(file_bytes(dataset(study=2, PatientID="T2")))
    text, code = imported(str(study), "--case", str(people.case.id), "--json")
    assert (json.loads(text)["totals"], code) == ({"displayed": 4, "refused": 1}, 2)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--organisation", "Nowhere"], "no organisation 'Nowhere'"),
        ([], "several organisations"),
        (["--case", str(uuid.UUID(int=1))], "no case"),
        (["--case", "one"], "UUID"),
    ],
)
def test_it_fails_with_a_sentence(
    people: People, study: Path, arguments: list[str], text: str
) -> None:
    with pytest.raises(CommandError, match=text):
        call_command("import", str(study), *arguments)


def test_a_path_that_is_not_there_fails(people: People) -> None:
    with pytest.raises(CommandError, match="no file or folder"):
        call_command("import", "/nowhere/at/all", "--organisation", "St Anna")


def test_the_only_organisation_needs_no_name(db: None, study: Path) -> None:
    Organisation.objects.create(name="St Anna")
    assert imported(str(study))[1] == 0
