"""What ingest's tests share: a store of the profile's kind, and sending files."""

import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pytest_django.fixtures import Settings

from consults.access import Principal
from consults.models import Case, Organisation
from tests.dicom_factory import file_bytes
from viewer.ingest import FileReport, IncomingFile, receive


@pytest.fixture
def blobs(settings: Settings, tmp_path: Path) -> str:
    """An empty place for blobs: in the bucket of the scaled profile, else in a folder."""
    if settings.BLOB_URL.startswith("s3://"):
        settings.BLOB_URL = f"{settings.BLOB_URL}/{uuid.uuid4().hex}"
    else:
        settings.BLOB_URL = f"file://{tmp_path / 'blobs'}"
    return str(settings.BLOB_URL)


def incoming(*files: Dataset | bytes | Path) -> list[IncomingFile]:
    """Files named a, b, c, ..."""
    return [
        IncomingFile(chr(ord("a") + index), file_bytes(one) if isinstance(one, Dataset) else one)
        for index, one in enumerate(files)
    ]


def send(
    *files: Dataset | bytes | Path,
    case: Case | None = None,
    organisation: Organisation | None = None,
    **options: Any,
) -> list[FileReport]:
    """Send files to a case, or into the organisation."""
    principal: Principal | None = options.pop("principal", None)
    owner = organisation or (case and case.organisation)
    assert owner
    given: Iterable[IncomingFile] = incoming(*files)
    return list(receive(given, case=case, organisation=owner, principal=principal, **options))


def outcomes(reports: list[FileReport]) -> list[str]:
    """The outcomes in order."""
    return [report.outcome for report in reports]
