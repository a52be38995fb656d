"""L5: what must not be served is refused, with the reason and the remedy."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from telerad import checks
from telerad.settings import DEFAULT_SECRET_KEY

GOOD = {
    "DEMO": False,
    "DEBUG": False,
    "INSECURE_HTTP": False,
    "SECRET_KEY": "a-long-and-random-secret-key-of-more-than-50-characters",
    "ALLOWED_HOSTS": ["telerad.example"],
    "TRUSTED_PROXIES": ["10.0.0.2"],
    "WEB_PROCESSES": 1,
}
SQLITE = "django.db.backends.sqlite3"
POSTGRES = "django.db.backends.postgresql"
IN_MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
REDIS = {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer"}}


@pytest.fixture
def good(settings, tmp_path: Path):
    """The settings of a safe installation."""
    for name, value in GOOD.items():
        setattr(settings, name, value)
    settings.DATA_DIR = tmp_path
    settings.BLOB_URL = f"file://{tmp_path}/blobs"
    return settings


def found() -> set[str]:
    return {problem.id for problem in checks.start_problems()}


def change(good, monkeypatch, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        if name == "ENGINE":
            monkeypatch.setitem(good.DATABASES["default"], name, value)
        else:
            setattr(good, name, value)


def test_a_safe_installation_starts(good):
    assert found() == set()
    checks.refuse_unsafe_start()


@pytest.mark.parametrize(
    ("identifier", "changes"),
    [
        ("telerad.E001", {"SECRET_KEY": DEFAULT_SECRET_KEY}),
        ("telerad.E002", {"SECRET_KEY": "x" * 49}),
        ("telerad.E003", {"DEBUG": True}),
        ("telerad.E004", {"ALLOWED_HOSTS": ["telerad.example", "*"]}),
        ("telerad.E005", {"ALLOWED_HOSTS": []}),
        ("telerad.E006", {"INSECURE_HTTP": True}),
        ("telerad.E006", {"INSECURE_HTTP": True, "DEMO": True}),
        ("telerad.E007", {"TRUSTED_PROXIES": ["*"]}),
        ("telerad.E008", {"WEB_PROCESSES": 0}),
        ("telerad.E009", {"WEB_PROCESSES": 2, "ENGINE": SQLITE}),
        ("telerad.E010", {"WEB_PROCESSES": 2, "ENGINE": POSTGRES, "CHANNEL_LAYERS": IN_MEMORY}),
        ("telerad.E011", {"BLOB_URL": "ftp://host/blobs"}),
        ("telerad.E011", {"BLOB_URL": "s3://"}),
        ("telerad.E011", {"BLOB_URL": "file://relative/blobs"}),
        ("telerad.E012", {"BLOB_URL": "file:///dev/null/blobs"}),
        ("telerad.E013", {"DATA_DIR": "/dev/null/data"}),
    ],
)  # fmt: skip
def test_L5_an_unsafe_setting_is_refused_with_a_remedy(good, monkeypatch, identifier, changes):
    change(good, monkeypatch, changes)
    assert identifier in found()
    with pytest.raises(ImproperlyConfigured) as refused:
        checks.refuse_unsafe_start()
    assert identifier in str(refused.value)
    assert all(problem.hint for problem in checks.start_problems())


@pytest.mark.parametrize(
    "changes",
    [
        {"INSECURE_HTTP": True, "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"]},
        {"WEB_PROCESSES": 4, "ENGINE": POSTGRES, "CHANNEL_LAYERS": REDIS},
        {"BLOB_URL": "s3://bucket/prefix"},
        {"DEMO": True, "ALLOWED_HOSTS": ["localhost"], "INSECURE_HTTP": True, "SECRET_KEY": "x"},
    ],
)
def test_what_is_safe_is_not_refused(good, monkeypatch, changes):
    change(good, monkeypatch, changes)
    assert found() == set()


def test_a_message_never_shows_the_secret(good):
    good.SECRET_KEY = "hunter2-hunter2"
    assert "hunter2" not in " ".join(str(problem) for problem in checks.start_problems())


def test_a_message_never_shows_the_credentials_of_a_store(good):
    good.BLOB_URL = "https://key:hunter2@host/bucket"
    assert "hunter2" not in " ".join(str(problem) for problem in checks.start_problems())


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.4", False), ("localhost.example", False)],
)  # fmt: skip
def test_what_is_loopback(host, loopback):
    assert checks.is_loopback(host) == loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::"])
def test_L5_the_demo_is_not_served_to_other_machines(good, host):
    good.DEMO = True
    good.ALLOWED_HOSTS = ["localhost"]
    with pytest.raises(CommandError, match="this machine only"):
        call_command("serve", host=host)


def test_L5_the_server_is_refused_before_anything_is_opened(good):
    good.SECRET_KEY = good.DEFAULT_SECRET_KEY
    with pytest.raises(CommandError, match="TELERAD_SECRET_KEY"):
        call_command("serve")


@pytest.mark.django_db
@pytest.mark.stores
def test_the_command_asks_the_database_and_the_cache(good, capsys):
    call_command("check")
    said = capsys.readouterr()
    assert "System check identified" in said.out + said.err
    assert "telerad." not in said.out + said.err


@pytest.mark.django_db
def test_the_command_says_which_service_is_missing(good, monkeypatch):
    from telerad import health

    def fails() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(health, "cache_keeps", fails)
    with pytest.raises(CommandError, match="E021"):
        call_command("check")
