"""Uploads at once, killed processes, flipped bits: nothing half, nothing twice, nothing silent."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from consults.models import Case
from tests.dicom_factory import dataset, file_bytes, slices
from tests.people import People, make_people
from tests.web.receiving import blobs, incoming, outcomes, send  # noqa: F401 - a fixture
from viewer.ingest import receive
from viewer.models import Blob, CaseStudy, Instance, ReceivedFile, Series, Stack, Study
from viewer.store import LocalStore, default_store
from viewer.sweep import ORPHAN_SECONDS, orphans

REPOSITORY = Path(__file__).resolve().parents[2]


def in_threads(count: int, work: object) -> list[object]:
    """Run ``work(n)`` in threads with connections of their own; return results, raise failures."""
    results: list[object] = [None] * count

    def run(n: int) -> None:
        try:
            results[n] = work(n)  # type: ignore[operator]
        except BaseException as error:
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = [result for result in results if isinstance(result, BaseException)]
    assert failed == []
    return results


@pytest.mark.stores
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("blobs")
def test_I7_eight_uploads_of_one_study_at_once_and_shuffled_make_one_study() -> None:
    case = make_people().case
    files = [file_bytes(ds) for ds in slices(20)]

    def upload(n: int) -> list[str]:
        mine = list(files)
        random.Random(n).shuffle(mine)
        own = Case.objects.get(id=case.id)
        found: list[str] = []
        for part in (mine[:7], mine[7:]):
            found += outcomes(
                list(
                    receive(
                        incoming(*part), case=own, organisation=own.organisation, principal=None
                    )
                )
            )
        return found

    every = in_threads(8, upload)
    flat = [outcome for one in every for outcome in one]  # type: ignore[attr-defined]
    assert flat.count("displayed") == 20
    assert flat.count("duplicate") == 140
    assert Study.objects.count() == Series.objects.count() == CaseStudy.objects.count() == 1
    assert Instance.objects.count() == Blob.objects.count() == 20
    assert ReceivedFile.objects.filter(outcome="displayed").count() == 20
    stack = Stack.objects.get()
    assert (stack.label, stack.frame_count) == ("Axial, 20 images", 20)


@pytest.mark.stores
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("blobs")
def test_I7_two_patients_sent_at_once_to_an_empty_case_leave_one_patient_in_it() -> None:
    case = make_people().case

    def upload(n: int) -> list[str]:
        own = Case.objects.get(id=case.id)
        file = dataset(study=n + 1, PatientID=f"P{n}")
        return outcomes(send(file, case=own))

    found = sorted(one[0] for one in in_threads(2, upload))  # type: ignore[index]
    assert found == ["displayed", "refused"]
    assert CaseStudy.objects.filter(case=case).count() == 1


# I2: what a killed process leaves. Each step is one moment of an import of 12 slices.
_KILLED_AT = {
    "before a blob is whole": "LocalStore._copy = die",
    "before a blob has its name": "Path.rename = die",
    "after the blobs, before the rows": "ingest.write = die",
    "in the transaction, instances written": "ingest_rows.restack = die",
    "in the transaction, all written": "ingest_rows._account = die",
    "after the commit": "ingest._report = die",
}
_CHILD = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from consults.models import Organisation
from viewer import ingest, ingest_rows
from viewer.archive import walk
from viewer.store.local import LocalStore
def die(*a, **k):
    os.kill(os.getpid(), signal.SIGKILL)
%s
o, _ = Organisation.objects.get_or_create(name="St Anna")
done = list(ingest.receive(walk([Path(sys.argv[1])]), case=None, organisation=o, principal=None))
print(",".join(r.outcome for r in done))
"""
_ACCOUNT = """
import django
django.setup()
from viewer.models import *
from viewer.store import default_store
store = default_store()
for blob in Blob.objects.all():
    store.verify(blob.sha256)
import json
print(json.dumps({
    "instances": Instance.objects.count(),
    "frames": [s.frame_count for s in Stack.objects.all()],
    "stackless": Series.objects.filter(stacks=None).count(),
    "studies": Study.objects.count(),
    "files": ReceivedFile.objects.filter(outcome="displayed").count(),
}))
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty installation with its own database."""
    folder = tmp_path_factory.mktemp("installation")
    run(
        folder,
        "from django.core.management import call_command; call_command('migrate', verbosity=0)",
    )
    return folder


def run(data: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "TELERAD_DATA_DIR": str(data),
        "TELERAD_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "telerad.settings",
    }
    for name in ("DATABASE_URL", "REDIS_URL", "BLOB_URL"):
        env.pop(name, None)
    if "django.setup()" not in code:
        code = f"import django; django.setup()\n{code}"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=env,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.mark.parametrize("moment", list(_KILLED_AT))
def test_I2_a_killed_import_leaves_nothing_half_and_is_finished_by_repeating_it(
    installation: Path, tmp_path: Path, moment: str
) -> None:
    data, files = tmp_path / "data", tmp_path / "files"
    data.mkdir()
    files.mkdir()
    for path in installation.glob("telerad.sqlite3*"):
        (data / path.name).write_bytes(path.read_bytes())
    for number, ds in enumerate(slices(12)):
        (files / f"{number:02}").write_bytes(file_bytes(ds))
    killed = run(data, _CHILD % _KILLED_AT[moment], str(files))
    assert killed.returncode == -9, killed.stderr
    committed = moment == "after the commit"
    left = json.loads(run(data, _ACCOUNT).stdout)
    assert left == {
        "instances": 12 if committed else 0,
        "frames": [12] if committed else [],
        "stackless": 0,
        "studies": 1 if committed else 0,
        "files": 12 if committed else 0,
    }
    again = run(data, _CHILD % "", str(files))
    assert set(again.stdout.strip().split(",")) == {"duplicate" if committed else "displayed"}
    assert json.loads(run(data, _ACCOUNT).stdout) == {
        "instances": 12,
        "frames": [12],
        "stackless": 0,
        "studies": 1,
        "files": 12,
    }


@pytest.mark.stores
@pytest.mark.usefixtures("blobs")
def test_I10_a_flipped_bit_and_a_missing_file_are_reported(people: People) -> None:
    first, second, _ = send(*slices(3), case=people.case)
    store = default_store()
    digests = {
        report: Instance.objects.get(id=report.instance_id).blob_id for report in (first, second)
    }
    whole = bytearray(store.read(digests[first], 0, store.size(digests[first])))
    whole[-1] ^= 1
    store.delete(digests[first])
    store.put(bytes(whole), digests[first])
    store.delete(digests[second])
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_storage", "--json", stdout=out)
    assert ended.value.code == 2
    found = json.loads(out.getvalue())
    assert {one["sha256"] for one in found["damaged"]} == set(digests.values())
    assert (found["files"], found["unused"]) == (3, [])


@pytest.mark.usefixtures("blobs")
def test_I2_a_sweep_takes_old_blobs_without_a_row_and_nothing_else(people: People) -> None:
    send(dataset(), case=people.case)
    store = default_store()
    orphan = "0" * 64
    store.put(b"left by a killed process", orphan)
    assert list(orphans(store)) == []
    assert list(orphans(store, now=time.time() + ORPHAN_SECONDS + 60)) == [orphan]
    if isinstance(store, LocalStore):
        old = time.time() - ORPHAN_SECONDS - 60
        for digest, _ in store.digests():
            os.utime(store.local_path(digest), (old, old))
        call_command("verify_storage", "--sweep", stdout=StringIO())
        assert not store.exists(orphan)
        assert store.exists(Blob.objects.get().sha256)


@pytest.mark.usefixtures("blobs")
def test_a_report_names_the_row_by_its_uuid(people: People) -> None:
    (report,) = send(dataset(), case=people.case)
    assert isinstance(report.instance_id, UUID)
    assert report.case_id == people.case.id
