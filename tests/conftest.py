"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.people import people  # noqa: F401, a fixture for every test

REPOSITORY = Path(__file__).resolve().parent.parent


def whole_data_set() -> Path:
    """Where the whole sample data set is, or would be."""
    return Path(os.environ.get("TELERAD_TEST_DATA", REPOSITORY.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the whole sample data set, with its MANIFEST.csv."""
    folder = whole_data_set()
    if not (folder / "MANIFEST.csv").is_file():
        pytest.skip(f"the sample data set is not at {folder}; set TELERAD_TEST_DATA")
    return folder


@pytest.fixture(autouse=True)
def _plain_settings(settings: Settings) -> None:
    """Settings of a test: no TLS redirect, no collected static files, a fast password hash."""
    settings.SECURE_SSL_REDIRECT = False
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
