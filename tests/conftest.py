"""Fixtures that every test may use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from tests import parts
from tests.people import people  # noqa: F401, a fixture for every test


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the whole sample data set, with its MANIFEST.csv."""
    if not parts.data_is_there():
        pytest.skip(f"the sample data set is not at {parts.data_folder()}; set TELERAD_TEST_DATA")
    return parts.data_folder()


@pytest.fixture(scope="session")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for static files, of this run alone."""
    return tmp_path_factory.mktemp("static")


@pytest.fixture(autouse=True)
def _plain_settings(settings: Any, static_root: Path) -> None:
    """Settings of a test: no TLS redirect, no collected static files, a fast password hash."""
    settings.SECURE_SSL_REDIRECT = False
    settings.STATIC_ROOT = static_root
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A shared Redis keeps what another test wrote, and is not ours to empty.
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid4().hex}}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database, which a thread that still holds a connection does not keep alive."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
