"""The whole sample data set goes in by the command, and every file is accounted for."""

import csv
import json
from collections import Counter, defaultdict
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from consults.models import Organisation
from tests.web.receiving import blobs  # noqa: F401 - a fixture
from viewer.models import Blob, Instance, InstanceConflict, ReceivedFile, Series, Stack
from viewer.stackbody import unpack
from viewer.store import default_store

pytestmark = [
    pytest.mark.data,
    pytest.mark.stores,
    pytest.mark.django_db,
    pytest.mark.usefixtures("blobs"),
]

# What is in each folder, by what can be done with it. "conflict": the same SOP Instance UID in
# other bytes, mostly one picture in several transfer syntaxes.
EXPECTED: dict[str, dict[str, int]] = {
    ".": {"left-out": 2},  # the manifest and the attribution
    "charsets": {"displayed": 11, "stored": 3, "conflict": 3, "refused": 1},
    "cr-dx-mg": {"displayed": 6},
    "ct-stack": {"displayed": 28 + 52 + 3},
    "dicomdir": {"displayed": 31, "stored": 50, "left-out": 8},  # 50 headers without pixels
    "ecg": {"stored": 2},
    "enhanced-multiframe": {"displayed": 14, "conflict": 4},
    "malformed": {"displayed": 14, "stored": 11, "conflict": 4, "refused": 4},
    "mr-stack": {"displayed": 48 + 36, "stored": 1},  # a key object selection
    "pdf-video": {"stored": 1},
    "pet": {"displayed": 22, "stored": 1},
    "photometric": {"displayed": 34, "conflict": 13},
    "sr-gsps-kos-seg-rt": {"displayed": 23, "stored": 16, "conflict": 3, "refused": 1},
    "transfer-syntaxes": {"displayed": 39, "conflict": 26},
    "us-cine": {"displayed": 7, "stored": 1, "conflict": 1},
    "wsi": {"displayed": 22, "stored": 1},
    "xa-cine": {"displayed": 2, "stored": 1},
}
REFUSED = {
    "charsets/empty_charset_LEI.dcm": "SOP Class UID (0008,0016)",
    "malformed/meta_missing_tsyntax.dcm": "not DICOM",
    "malformed/nested_priv_SQ.dcm": "SOP Class UID (0008,0016)",
    "malformed/no_preamble_dicm_in_data.dcm": "SOP Class UID (0008,0016)",
    "malformed/rtplan_truncated.dcm": "the file ends",
    "sr-gsps-kos-seg-rt/gsps/prOverlay.dcm": "Study Instance UID (0020,000D)",
}


def imported(folder: Path) -> dict[str, object]:
    out = StringIO()
    code = 0
    try:
        call_command("import", str(folder), "--json", stdout=out)
    except SystemExit as ended:
        code = int(ended.code or 0)
    found: dict[str, object] = json.loads(out.getvalue())
    return {**found, "code": code}


@pytest.fixture
def account(data_dir: Path) -> dict[str, object]:
    Organisation.objects.create(name="St Anna")
    return imported(data_dir)


def test_every_file_is_displayed_stored_kept_apart_left_out_or_refused(
    account: dict[str, object], data_dir: Path
) -> None:
    reports = {
        one["name"].removeprefix(f"{data_dir}/"): one
        for one in account["reports"]  # type: ignore[attr-defined]
    }
    files = {str(path.relative_to(data_dir)) for path in data_dir.rglob("*") if path.is_file()}
    assert set(reports) == files
    assert len(files) == account["files"] == 550
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, report in reports.items():
        folder = name.split("/")[0] if "/" in name else "."
        found[folder][report["outcome"]] += 1
    assert {folder: dict(counts) for folder, counts in found.items()} == EXPECTED
    for name, report in reports.items():
        # Whatever is not simply shown says why.
        assert report["reason"] or report["outcome"] == "displayed", name
    refused = {name: one["reason"] for name, one in reports.items() if one["outcome"] == "refused"}
    assert set(refused) == set(REFUSED)
    for name, text in REFUSED.items():
        assert text in refused[name]
    assert account["code"] == 2

    # What the manifest says of the bytes holds for what was received.
    with (data_dir / "MANIFEST.csv").open(newline="") as file:
        digests = {row["path"]: row["sha256"] for row in csv.DictReader(file)}
    for name, report in reports.items():
        if report["sha256"]:
            assert report["sha256"] == digests[name]

    # Rows, blobs and stacks agree.
    assert Instance.objects.count() == sum(
        counts.get("displayed", 0) + counts.get("stored", 0) for counts in EXPECTED.values()
    )
    assert InstanceConflict.objects.count() == 54
    assert ReceivedFile.objects.exclude(outcome="refused").count() == 550 - 10 - 6
    store = default_store()
    for digest in Blob.objects.values_list("sha256", flat=True):
        assert store.exists(digest)
    placed: Counter[str] = Counter()
    for stack in Stack.objects.all():
        frames = unpack(stack.body)["frames"]
        assert len(frames) == stack.frame_count
        placed.update(frame["instance"] for frame in frames)
    assert placed == {
        str(pk): frames
        for pk, frames in Instance.objects.filter(not_displayed_because="").values_list(
            "id", "frame_count"
        )
    }
    shown = Series.objects.filter(instances__not_displayed_because="")
    assert not shown.filter(stacks=None).exists()

    # A second time adds nothing.
    again = imported(data_dir)
    assert set(again["totals"]) == {"duplicate", "left-out", "refused"}  # type: ignore[call-overload]
    assert again["totals"]["duplicate"] == 534  # type: ignore[index]
