"""Sending files to a case: streamed, counted, idempotent, each with its account."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.core.asgi import get_asgi_application
from django.test import Client

from consults.models import AuditEvent
from tests.dicom_factory import file_bytes, slices
from tests.people import People
from tests.web.door_client import blob_url, sha256
from viewer.models import Instance, ReceivedFile
from viewer.store import store_from_url
from viewer.uploads import CountedBodies

__all__ = ["blob_url"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.stores,
    pytest.mark.usefixtures("blob_url"),
]


def files_of(people: People) -> str:
    """Where amara's case takes files."""
    return f"/api/v1/cases/{people.case.id}/files/"


def ct_file(number: int = 1, **values: Any) -> bytes:
    """A small CT slice."""
    return file_bytes(slices(number, rows=8, columns=8, **values)[-1])


def send(client: Client, people: People, data: bytes, **headers: str) -> Any:
    """Send one file as a page does."""
    return client.post(
        files_of(people), data, content_type="application/octet-stream", headers=headers
    )


def test_a_new_file_is_created_and_displayed(people: People) -> None:
    data = ct_file()
    answer = send(people.sign_in("amara"), people, data, x_telerad_name=quote("Größe/IM 1"))
    assert answer.status_code == 201
    instance = Instance.objects.get()
    assert answer.json() == {
        "sha256": sha256(data),
        "outcome": "displayed",
        "reason": "",
        "instance": str(instance.id),
    }


def test_the_same_bytes_again_give_the_same_answer(people: People) -> None:
    client = people.sign_in("amara")
    first = send(client, people, ct_file())
    again = send(client, people, ct_file())
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Instance.objects.count() == ReceivedFile.objects.count() == 1


def test_what_is_known_need_not_be_sent(people: People) -> None:
    client = people.sign_in("amara")
    send(client, people, ct_file(1))
    send(client, people, b"no DICOM")
    asked = [sha256(data) for data in (ct_file(1), b"no DICOM", ct_file(2))]
    answer = client.post(
        files_of(people) + "known/",
        json.dumps({"sha256": asked}),
        content_type="application/json",
    )
    assert answer.json() == {"known": {asked[0]: "displayed", asked[1]: "refused"}}


@pytest.mark.parametrize(
    "body", [{"sha256": ["x"]}, {"sha256": "x"}, {}, {"sha256": ["a" * 64] * 1001}, []]
)
def test_a_list_of_digests_of_another_form_is_refused(people: People, body: Any) -> None:
    answer = people.sign_in("amara").post(
        files_of(people) + "known/", json.dumps(body), content_type="application/json"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"<html><script>alert(1)</script>", b"MZ" + bytes(500), bytes(132), b"PK\x03\x04"],
)
def test_F1_what_is_no_dicom_is_refused_with_a_reason(people: People, data: bytes) -> None:
    answer = send(people.sign_in("amara"), people, data)
    assert answer.status_code == 201
    assert answer.json()["outcome"] == "refused"
    assert len(answer.json()["reason"]) > 10
    assert answer.json()["instance"] is None


def test_F4_more_bytes_than_accepted_are_a_413(people: People, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    answer = send(people.sign_in("amara"), people, bytes(1001))
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert not ReceivedFile.objects.exists()


def test_F4_a_compressed_body_is_refused(people: People) -> None:
    answer = send(people.sign_in("amara"), people, ct_file(), content_encoding="gzip")
    assert answer.status_code == 422
    assert not ReceivedFile.objects.exists()


@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data", "application/json"])
def test_H1_a_media_type_that_a_form_could_send_is_refused(people: People, media_type: str) -> None:
    answer = people.sign_in("amara").post(files_of(people), ct_file(), content_type=media_type)
    assert answer.status_code == 415
    assert not ReceivedFile.objects.exists()


def test_F5_a_name_is_never_a_path(people: People, blob_url: str) -> None:
    client = people.sign_in("amara")
    name = quote("../../../../tmp/telerad-evil.dcm", safe="")
    assert send(client, people, ct_file(), x_telerad_name=name).status_code == 201
    assert not Path("/tmp/telerad-evil.dcm").exists()
    assert send(client, people, ct_file(), x_telerad_name="%ff").status_code == 400
    assert send(client, people, ct_file(), x_telerad_name="a" * 5000).status_code == 400
    assert list(store_from_url(blob_url).staging.iterdir()) == []


def test_A1_looking_is_not_enough_to_send(people: People) -> None:
    for name, status in (("bo", 403), ("cy", 404), ("lou", 404)):
        assert send(people.sign_in(name), people, ct_file()).status_code == status
    assert send(Client(), people, ct_file()).status_code == 401
    assert not ReceivedFile.objects.exists()


def test_U1_a_file_that_was_received_is_in_the_audit(people: People) -> None:
    send(people.sign_in("amara"), people, ct_file())
    event = AuditEvent.objects.get(action="files.receive")
    assert (event.actor_id, event.case_id) == (str(people.amara.id), str(people.case.id))


# Through ASGI, as a server calls it


class Upload:
    """One request to the application that the server runs, its body sent piece by piece."""

    def __init__(self, people: People, name: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        client = people.sign_in(name)
        session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        pairs = [
            ("host", "localhost"),
            ("cookie", f"{django_settings.SESSION_COOKIE_NAME}={session}; csrftoken={'a' * 32}"),
            ("x-csrftoken", "a" * 32),
            ("content-type", "application/octet-stream"),
            *headers,
        ]
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": files_of(people),
            "raw_path": files_of(people).encode(),
            "query_string": b"",
            "headers": [(key.encode(), value.encode()) for key, value in pairs],
            "client": ("192.0.2.7", 1234),
        }
        self.taken = 0
        self.sent: list[dict[str, Any]] = []

    async def run(self, pieces: Iterable[bytes], *, cut: bool = False) -> int:
        """Send the pieces and return the status; ``cut`` ends the connection after them."""
        coming = iter(pieces)

        async def receive() -> dict[str, Any]:
            piece = next(coming, None)
            if piece is not None:
                self.taken += len(piece)
                return {"type": "http.request", "body": piece, "more_body": True}
            if cut:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            self.sent.append(message)

        await CountedBodies(get_asgi_application())(self.scope, receive, send)
        return self.sent[0]["status"] if self.sent else 0


def in_pieces(data: bytes, size: int) -> Iterable[bytes]:
    """The data in pieces."""
    return (data[place : place + size] for place in range(0, len(data), size))


def test_a_file_arrives_through_asgi_in_pieces(people: People) -> None:
    data = ct_file()
    upload = Upload(people, "amara")
    assert asyncio.run(upload.run(in_pieces(data, 100))) == 201
    assert json.loads(upload.sent[1]["body"])["sha256"] == sha256(data)
    assert upload.taken == len(data)


def test_F4_a_chunked_body_without_an_end_is_cut_off_at_the_limit(
    people: People, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 3 * 1024**2
    upload = Upload(people, "amara", [("transfer-encoding", "chunked")])
    endless = (bytes(65_536) for _ in range(10**9))
    assert asyncio.run(upload.run(endless)) == 413
    assert upload.taken <= 5 * 1024**2
    assert (b"connection", b"close") in upload.sent[0]["headers"]
    assert not ReceivedFile.objects.exists()


@pytest.mark.parametrize("stated", ["10", "0"])
def test_F4_a_content_length_that_is_too_small_is_not_believed(
    people: People, settings: Any, stated: str
) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    upload = Upload(people, "amara", [("content-length", stated)])
    assert asyncio.run(upload.run([bytes(600)] * 3)) == 413


def test_F4_a_stated_length_over_the_limit_is_refused_before_a_byte_is_taken(
    people: People, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    upload = Upload(people, "amara", [("content-length", "9" * 30)])
    assert asyncio.run(upload.run([bytes(600)] * 3)) == 413
    assert upload.taken == 0


@pytest.mark.parametrize(("name", "status"), [("bo", 403), ("cy", 404)])
def test_F4_who_may_not_send_is_told_before_a_byte_is_taken(
    people: People, name: str, status: int
) -> None:
    upload = Upload(people, name)
    assert asyncio.run(upload.run([bytes(600)] * 3)) == status
    assert upload.taken == 0


def test_I1_a_connection_that_ends_early_leaves_nothing(people: People, blob_url: str) -> None:
    upload = Upload(people, "amara")
    data = ct_file()
    asyncio.run(upload.run(in_pieces(data[:-50], 100), cut=True))
    assert not ReceivedFile.objects.exists()
    assert list(store_from_url(blob_url).staging.iterdir()) == []
    assert asyncio.run(Upload(people, "amara").run(in_pieces(data, 100))) == 201
