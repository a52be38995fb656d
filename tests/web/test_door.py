"""The pixel door from ticket to picture, on rows that ingest wrote."""

import asyncio
import io
import json
import struct
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

from consults.access import Right
from consults.actions import add_participant
from consults.models import AuditEvent
from telerad.revocation import revoke
from tests.dicom_factory import JPEG_BASELINE, dataset, encapsulated, file_bytes, slices
from tests.people import People
from tests.web.door_client import (
    DoorClient,
    blob_url,
    door,
    frame_path,
    send_files,
    stack_of,
    token_for,
)
from viewer.models import CaseStudy
from viewer.pixels.deep import decode_deep

__all__ = ["blob_url", "door"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stores]

RECORD = struct.Struct("<III")


def ct(instance: int = 1, **values: Any) -> Any:
    """A CT slice of 40 rows and 56 columns: values -1100 to 1139 after rescale, all different."""
    stored = (np.arange(40 * 56, dtype=np.int16) + 7 * instance).astype("<i2")
    fields: dict[str, Any] = {
        "PixelRepresentation": 1,
        "RescaleSlope": "1",
        "RescaleIntercept": "-1100",
        "WindowCenter": "40",
        "WindowWidth": "400",
    }
    return dataset(
        "CT", rows=40, columns=56, pixels=stored, instance=instance, **{**fields, **values}
    )


def opened(png: bytes) -> NDArray[np.uint8]:
    """The picture as Pillow reads it."""
    return np.asarray(Image.open(io.BytesIO(png)))


def windowed_by_pydicom(ds: Any, center: float, width: float) -> NDArray[np.uint8]:
    """The display values, 0 to 255, that pydicom's own functions give (PS3.3 C.11.2.1.2.1)."""
    asked = type(ds)(ds)
    asked.WindowCenter, asked.WindowWidth = str(center), str(width)
    stored = np.frombuffer(ds.PixelData, "<i2").reshape(ds.Rows, ds.Columns)
    values = apply_modality_lut(stored, asked).astype(np.float64)
    shown = apply_voi_lut(values, asked, prefer_lut=False)
    # pydicom's output range is what 16 signed bits can be after the rescale.
    low, high = -32768.0 - 1100, 32767.0 - 1100
    return np.floor((shown - low) / (high - low) * 255 + 0.5).astype(np.uint8)


def records(body: bytes) -> list[tuple[int, int, bytes]]:
    """(position, kind, bytes) of each record of a batch."""
    found = []
    while body:
        position, kind, length = RECORD.unpack_from(body)
        found.append((position, kind, body[12 : 12 + length]))
        assert len(found[-1][2]) == length
        body = body[12 + length :]
    return found


class Setting:
    """Amara's case with a CT slice in it."""

    def __init__(self, door: DoorClient, people: People, *files: bytes) -> None:
        self.door = door
        self.people = people
        self.case = people.case
        self.instances = send_files(self.case, people.amara, files or [file_bytes(ct())])
        self.instance = self.instances[0]
        self.path = frame_path(self.case, self.instance)
        self.token = token_for(people.amara, self.case)

    def get(self, rest: str = "tiles/0/0/0.png", **headers: str) -> Any:
        """Ask for a picture of the first frame."""
        return self.door.ask(self.path + rest, self.token, **headers)


@pytest.fixture
def setting(door: DoorClient, people: People) -> Setting:
    """A case with one CT slice."""
    return Setting(door, people)


@pytest.mark.parametrize(("center", "width"), [(40, 400), (-500, 1500), (50.5, 2), (0, 1000)])
def test_a_preview_tile_is_the_window_that_pydicom_computes(
    setting: Setting, center: float, width: float
) -> None:
    answer = setting.get(f"tiles/0/0/0.png?window={center},{width}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    shown = opened(answer.body)
    expected = windowed_by_pydicom(ct(), center, width)
    assert shown.shape == (40, 56)
    assert np.abs(shown.astype(int) - expected).max() <= 1
    assert (shown == expected).mean() > 0.99


def test_without_a_choice_the_files_own_window_is_shown(setting: Setting) -> None:
    assert setting.get().body == setting.get("tiles/0/0/0.png?window=40,400").body


def test_a_preview_names_the_window_that_it_shows(setting: Setting) -> None:
    assert setting.get().headers["x-telerad-window"] == "40.0,400.0,LINEAR"
    shown = setting.get("tiles/0/0/0.png?window=-500.5,1500,SIGMOID")
    assert shown.headers["x-telerad-window"] == "-500.5,1500.0,SIGMOID"
    center, width, function = (
        setting.get("tiles/0/0/0.png?auto=1").headers["x-telerad-window"].split(",")
    )
    # The values are -1093 to 1146; half a percent is left out at each end.
    assert function == "LINEAR"
    assert -1093 <= float(center) - float(width) / 2 <= -1075
    assert 1130 <= float(center) + float(width) / 2 <= 1147
    assert "x-telerad-window" not in setting.get("tiles/0/0/0.deep").headers


def test_inverted_is_255_minus_the_picture(setting: Setting) -> None:
    shown = opened(setting.get("tiles/0/0/0.png?window=40,400").body)
    inverted = opened(setting.get("tiles/0/0/0.png?window=40,400&invert=1").body)
    assert (inverted == 255 - shown).all()


def test_a_deep_tile_holds_the_stored_values(setting: Setting) -> None:
    answer = setting.get("tiles/0/0/0.deep")
    assert answer.status == 200
    stored = np.frombuffer(ct().PixelData, "<i2").reshape(40, 56)
    assert (decode_deep(answer.body) == stored).all()


def test_a_thumbnail_is_never_larger_than_the_frame(setting: Setting) -> None:
    assert opened(setting.get("thumbnail.png").body).shape == (40, 56)


def test_an_overlay_is_white_where_its_bits_are_set(door: DoorClient, people: People) -> None:
    bits = np.zeros((40, 56), np.uint8)
    bits[3, 5] = bits[39, 55] = 1
    ds = ct()
    ds.add_new(0x60000010, "US", 40)
    ds.add_new(0x60000011, "US", 56)
    ds.add_new(0x60000040, "CS", "G")
    ds.add_new(0x60000050, "SS", [1, 1])
    ds.add_new(0x60000100, "US", 1)
    ds.add_new(0x60000102, "US", 0)
    ds.add_new(0x60003000, "OW", np.packbits(bits.reshape(-1), bitorder="little").tobytes())
    setting = Setting(door, people, file_bytes(ds))
    answer = setting.get(f"overlays/{0x6000}.png")
    assert answer.status == 200
    shown = np.asarray(Image.open(io.BytesIO(answer.body)).convert("LA"))
    assert (shown[..., 1] > 0).sum() == 2
    assert shown[3, 5].tolist() == shown[39, 55].tolist() == [255, 255]
    assert setting.get(f"overlays/{0x6002}.png").status == 404


# Who may see it


def test_A3_no_ticket_no_picture(setting: Setting) -> None:
    for token in (None, "", "x.y", setting.token[:-2]):
        answer = setting.door.ask(setting.path + "tiles/0/0/0.png", token)
        assert answer.status == 401
        assert json.loads(answer.body)["code"] == "ticket"
        assert b"PNG" not in answer.body


def test_A3_another_persons_ticket_opens_only_their_case(setting: Setting) -> None:
    people = setting.people
    of_cy = token_for(people.cy, people.case_of_cy)
    assert setting.door.ask(setting.path + "tiles/0/0/0.png", of_cy).status == 404
    # Cy's own case in the address does not bring amara's instance into it.
    path = frame_path(people.case_of_cy, setting.instance)
    assert setting.door.ask(path + "tiles/0/0/0.png", of_cy).status == 404


def test_A2_an_id_of_another_kind_or_of_nothing_is_not_found(setting: Setting) -> None:
    for wrong in (setting.case.id, setting.instance.series_id, setting.people.amara.id):
        path = frame_path(setting.case, wrong)
        answer = setting.door.ask(path + "tiles/0/0/0.png", setting.token)
        assert (answer.status, json.loads(answer.body)["code"]) == (404, "not-found")


def test_a_ticket_without_the_right_to_look_is_forbidden(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "consults.actions.rights_in", lambda *_: frozenset({Right.COMMENT, Right.UPLOAD})
    )
    token = token_for(setting.people.amara, setting.case)
    assert setting.door.ask(setting.path + "tiles/0/0/0.png", token).status == 403


@pytest.mark.parametrize("subject", ["user", "case"])
def test_W11_a_revoked_ticket_is_refused_within_5_seconds(setting: Setting, subject: str) -> None:
    assert setting.get().status == 200
    who = setting.people.amara if subject == "user" else setting.case
    revoke(f"{subject}:{who.id}")
    setting.door.now += 4.9
    assert setting.get().status == 401


def test_A7_a_study_taken_out_of_the_case_is_gone_within_5_seconds(setting: Setting) -> None:
    assert setting.get().status == 200
    CaseStudy.objects.filter(case=setting.case).delete()
    setting.door.now += 4.9
    assert setting.get().status == 404


def test_A7_a_study_added_to_a_second_case_is_seen_there(setting: Setting) -> None:
    people = setting.people
    assert setting.get().status == 200
    path = frame_path(people.case_of_cy, setting.instance) + "tiles/0/0/0.png"
    token = token_for(people.cy, people.case_of_cy)
    assert setting.door.ask(path, token).status == 404
    CaseStudy.objects.create(case=people.case_of_cy, study=setting.instance.series.study)
    setting.door.now += 4.9
    assert setting.door.ask(path, token_for(people.cy, people.case_of_cy)).status == 200


def test_a_slice_that_came_later_is_found_at_once(setting: Setting) -> None:
    assert setting.get().status == 200
    later = send_files(setting.case, setting.people.amara, [file_bytes(ct(instance=2))])[0]
    path = frame_path(setting.case, later) + "tiles/0/0/0.png"
    token = token_for(setting.people.amara, setting.case)
    assert setting.door.ask(path, token).status == 200


def test_a_ticket_that_expired_is_refused(setting: Setting) -> None:
    assert setting.get().status == 200
    setting.door.now += 75
    assert setting.get().status == 401


def test_U1_a_refusal_is_written_to_the_audit_once_and_not_a_hundred_times(
    setting: Setting,
) -> None:
    path = frame_path(setting.case, setting.case.id) + "tiles/0/0/0.png"

    async def storm() -> None:
        for _ in range(100):
            await setting.door.asked(path, setting.token)
        while setting.door.door._telling:
            await asyncio.sleep(0.01)

    setting.door.runner.run(storm())
    event = AuditEvent.objects.get(action="picture.refused")
    assert event.actor_id == str(setting.people.amara.id)
    assert (event.case_id, event.outcome) == (str(setting.case.id), "failure")


# What goes over the wire


@pytest.mark.parametrize(
    "rest",
    ["tiles/0/0/0.png", "tiles/0/0/0.deep", "thumbnail.png", "stored.jpg", "tiles/0/9/9.png", "x"],
)
def test_H4_every_answer_is_private_and_unsniffable(setting: Setting, rest: str) -> None:
    for token in (setting.token, None):
        answer = setting.door.ask(setting.path + rest, token)
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["vary"] == "authorization"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_picture_that_the_client_has_is_not_sent_again(setting: Setting) -> None:
    first = setting.get()
    etag = first.headers["etag"]
    assert etag[0] == etag[-1] == '"'
    for header in (etag, f'"other", {etag}', "*", f"W/{etag}"):
        again = setting.get(if_none_match=header)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    assert setting.get(if_none_match='"other"').status == 200


def test_the_tag_changes_with_all_that_the_picture_depends_on(setting: Setting) -> None:
    rests = [
        "tiles/0/0/0.png",
        "tiles/0/0/0.png?window=40,401",
        "tiles/0/0/0.png?window=40,400,SIGMOID",
        "tiles/0/0/0.png?auto=1",
        "tiles/0/0/0.png?invert=1",
        "tiles/0/0/0.deep",
        "thumbnail.png",
    ]
    assert len({setting.get(rest).headers["etag"] for rest in rests}) == len(rests)


def test_head_is_get_without_the_body(setting: Setting) -> None:
    got = setting.get()
    head = setting.door.ask(setting.path + "tiles/0/0/0.png", setting.token, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers == got.headers
    assert int(head.headers["content-length"]) == len(got.body)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "X"])
def test_H1_nothing_is_accepted_but_get_and_head(setting: Setting, method: str) -> None:
    answer = setting.door.ask(setting.path + "tiles/0/0/0.png", setting.token, method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_options_says_what_is_allowed_and_to_no_other_origin(setting: Setting) -> None:
    answer = setting.door.ask(setting.path, None, "OPTIONS", origin="https://elsewhere.example")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_H9_oversized_headers_are_refused(setting: Setting) -> None:
    assert setting.get(x="a" * 20_000).status == 413
    assert setting.get(**{f"x{number}": "a" for number in range(100)}).status == 413
    assert setting.get("x" * 500).status == 413


@pytest.mark.parametrize("window", ["nan,1", "1,nan", "inf,1", "1,inf", "1e999,1", "40,0", "a,b"])
def test_F13_a_window_that_is_no_number_is_a_400(setting: Setting, window: str) -> None:
    answer = setting.get(f"tiles/0/0/0.png?window={window}")
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("tiles/1/0/0.png", 404),
        ("tiles/0/1/0.png", 404),
        ("tiles/0/0/9999999999.png", 404),
        ("tiles/0/0/0.png?voi-lut=7", 400),
        ("stored.jpg", 422),
        (f"overlays/{0x6000}.png", 404),
    ],
)
def test_what_is_not_there_says_so_in_json(setting: Setting, rest: str, status: int) -> None:
    answer = setting.get(rest)
    assert answer.status == status
    assert set(json.loads(answer.body)) == {"code", "detail"}
    assert answer.headers["content-type"] == "application/json"


def test_a_frame_that_the_instance_does_not_have_is_refused(setting: Setting) -> None:
    answer = setting.door.ask(
        frame_path(setting.case, setting.instance, 2) + "tiles/0/0/0.png", setting.token
    )
    assert answer.status == 400
    assert b"1 to 1 exist" in answer.body


def test_F6_an_incomplete_picture_says_so(door: DoorClient, people: People) -> None:
    whole = file_bytes(ct())
    setting = Setting(door, people, whole[: len(whole) - 1000])
    answer = setting.get()
    assert answer.status == 200
    assert answer.headers["x-telerad-note"].startswith("incomplete")


def test_a_fault_of_ours_is_a_500_without_a_word_of_it(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Test^Synthetic")

    monkeypatch.setattr("viewer.pixels.render.tile_png", broken)
    answer = setting.get()
    assert (answer.status, json.loads(answer.body)["code"]) == (500, "fault")
    assert b"Synthetic" not in answer.body
    assert b"Traceback" not in answer.body
    assert "RuntimeError" in caplog.text
    assert "Synthetic" not in caplog.text

    async def told() -> None:
        for _ in range(20):
            await setting.door.asked(setting.path + "tiles/0/0/0.png", setting.token)
        while setting.door.door._telling:
            await asyncio.sleep(0.01)

    setting.door.runner.run(told())
    assert AuditEvent.objects.filter(action="picture.failed").count() == 1


def test_equal_tiles_that_are_asked_for_at_once_are_made_once(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    make = setting.door.tiles.make

    def counting(*arguments: Any) -> Any:
        made.append(arguments)
        return make(*arguments)

    monkeypatch.setattr(setting.door.tiles, "make", counting)
    monkeypatch.setattr(setting.door.tiles, "work", lambda *_: "render")

    async def crowd() -> list[int]:
        path = setting.path + "tiles/0/0/0.png"
        answers = await asyncio.gather(
            *(setting.door.asked(path, setting.token) for _ in range(30))
        )
        return [answer.status for answer in answers]

    assert setting.door.runner.run(crowd()) == [200] * 30
    assert len(made) == 1


# Batches


@pytest.fixture
def series(door: DoorClient, people: People) -> Setting:
    """A case with a stack of 12 slices; slice k has the value k everywhere."""
    files = []
    for number, ds in enumerate(slices(12, rows=16, columns=16), start=1):
        ds.PixelData = np.full((16, 16), number, "<u2").tobytes()
        files.append(file_bytes(ds))
    return Setting(door, people, *files)


def batch(setting: Setting, query: str, **headers: str) -> Any:
    """Ask for a batch of the stack in its present revision unless the query names one."""
    stack = stack_of(setting.instance)
    if "revision=" not in query:
        query += f"&revision={stack.revision}"
    path = f"/pixels/v1/cases/{setting.case.id}/stacks/{stack.id}/frames?{query}"
    return setting.door.ask(path, setting.token, **headers)


def test_a_batch_is_records_in_order_of_the_deep_tiles(series: Setting) -> None:
    answer = batch(series, "range=3-9&kind=deep")
    assert answer.status == 200
    found = records(answer.body)
    assert [(position, kind) for position, kind, _ in found] == [(n, 0) for n in range(3, 10)]
    for position, _, data in found:
        assert (decode_deep(data) == position).all()
    # Each record is sent on its own: the first is there before the last is made.
    assert len([piece for piece in answer.pieces if piece]) == 7


def test_a_batch_of_pngs_shows_the_chosen_window(series: Setting) -> None:
    found = records(batch(series, "range=1-12&kind=png&window=6,4").body)
    assert [kind for _, kind, _ in found] == [1] * 12
    # PS3.3 C.11.2.1.2.1 with c 6, w 4: 4 and below is black, above 7 white.
    levels = [int(opened(data)[0, 0]) for _, _, data in found]
    assert levels[:4] == [0] * 4
    assert levels[6:] == [255] * 6


def test_a_stale_revision_is_a_conflict(series: Setting) -> None:
    assert batch(series, "range=1-2&revision=old").status == 409
    stack = stack_of(series.instance)
    assert batch(series, "range=1-2").status == 200
    before = stack.revision
    series.instances += send_files(
        series.case,
        series.people.amara,
        [file_bytes(slices(13, rows=16, columns=16)[12])],
    )
    series.token = token_for(series.people.amara, series.case)
    assert stack_of(series.instance).revision != before
    series.door.now += 4.9
    assert batch(series, f"range=1-2&revision={before}").status == 409
    assert batch(series, "range=13-13").status == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("range=12-13", 400),
        ("range=0-3", 400),
        ("range=1-1000000000", 413),
        ("range=1-65", 413),
        ("range=x", 400),
        ("range=1-2&kind=tiff", 400),
        ("range=1-2&kind=png&window=nan,1", 400),
    ],
)
def test_D3_a_range_beyond_the_stack_or_the_bound_is_refused(
    series: Setting, query: str, status: int
) -> None:
    assert batch(series, query).status == status


def test_A2_a_stack_of_another_case_is_not_found(series: Setting) -> None:
    people = series.people
    stack = stack_of(series.instance)
    path = f"/pixels/v1/cases/{people.case_of_cy.id}/stacks/{stack.id}/frames"
    answer = series.door.ask(
        f"{path}?range=1-2&revision={stack.revision}", token_for(people.cy, people.case_of_cy)
    )
    assert answer.status == 404


def test_one_frame_that_fails_does_not_end_the_batch(
    series: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = series.door.tiles.make
    bad = series.instances[4].blob_id

    def failing(source: Any, *rest: Any) -> Any:
        if source.blob == bad:
            raise ValueError("Test^Synthetic")
        return make(source, *rest)

    monkeypatch.setattr(series.door.tiles, "make", failing)
    found = records(batch(series, "range=4-6").body)
    assert [(position, kind) for position, kind, _ in found] == [(4, 0), (5, 2), (6, 0)]
    assert json.loads(found[1][2])["code"] == "fault"
    assert b"Synthetic" not in found[1][2]


def test_W11_a_batch_ends_when_the_ticket_is_revoked_under_way(
    series: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = series.door.tiles.make
    made = []

    def revoking(*arguments: Any) -> Any:
        made.append(arguments)
        if len(made) == 1:
            revoke(f"user:{series.people.amara.id}")
            series.door.now += 4.9
        return make(*arguments)

    monkeypatch.setattr(series.door.tiles, "make", revoking)
    monkeypatch.setattr(series.door.tiles, "work", lambda *_: "render")
    found = records(batch(series, "range=1-12").body)
    assert found[-1][1] == 2
    assert json.loads(found[-1][2])["code"] == "ticket"
    # Two threads may have begun with the second frame.
    assert len(found) <= 2


def test_H9_a_client_that_leaves_ends_the_work_for_its_batch(
    series: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    make = series.door.tiles.make

    def counting(*arguments: Any) -> Any:
        made.append(arguments)
        return make(*arguments)

    monkeypatch.setattr(series.door.tiles, "make", counting)
    stack = stack_of(series.instance)

    async def leave() -> None:
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                gone.set()
                await asyncio.sleep(30)  # a client that reads no further

        scope = {
            "type": "http",
            "method": "GET",
            "path": f"/pixels/v1/cases/{series.case.id}/stacks/{stack.id}/frames",
            "query_string": f"range=1-12&revision={stack.revision}".encode(),
            "headers": [(b"authorization", b"Ticket " + series.token.encode())],
        }
        await asyncio.wait_for(series.door.door(scope, receive, send), 10)

    series.door.runner.run(leave())
    assert 1 <= len(made) < 12


# Stored JPEG


def test_a_colour_jpeg_goes_untouched_and_a_batch_sends_it_so(
    door: DoorClient, people: People
) -> None:
    rgb = np.zeros((32, 48, 3), np.uint8)
    rgb[:, :24] = (200, 40, 40)
    rgb[:, 24:] = (20, 60, 220)
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=95)
    stored = file.getvalue()
    ds = dataset(
        "US",
        rows=32,
        columns=48,
        frames=2,
        SamplesPerPixel=3,
        PlanarConfiguration=0,
        PhotometricInterpretation="YBR_FULL_422",
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
    )
    setting = Setting(door, people, encapsulated(ds, [stored, stored], JPEG_BASELINE))
    answer = setting.get("stored.jpg")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.body.rstrip(b"\0") == stored.rstrip(b"\0")
    assert setting.get("tiles/0/0/0.deep").status == 422
    png = opened(setting.get().body).astype(int)
    assert np.abs(png - np.asarray(Image.open(io.BytesIO(stored)))).max() <= 3
    assert [kind for _, kind, _ in records(batch(setting, "range=1-2").body)] == [3, 3]
    assert [kind for _, kind, _ in records(batch(setting, "range=1-2&kind=png").body)] == [1, 1]


def test_a_frame_of_several_tiles_is_not_sent_in_a_batch(door: DoorClient, people: People) -> None:
    pixels = np.arange(1100 * 600, dtype="<u2")
    setting = Setting(
        door, people, file_bytes(dataset("CR", rows=1100, columns=600, pixels=pixels))
    )
    position, kind, data = records(batch(setting, "range=1-1").body)[0]
    assert (position, kind, json.loads(data)["code"]) == (1, 2, "too-large")
    tile = opened(setting.get("tiles/0/1/2.png?window=32768,65536").body)
    assert tile.shape == (1100 - 1024, 600 - 512)
    reduced = decode_deep(setting.get("tiles/2/0/0.deep").body)
    assert reduced.shape == (275, 150)
    block = (np.arange(1100 * 600) % 65536).reshape(1100, 600)[4:8, 8:12]
    assert reduced[1, 2] == int(block.mean() + 0.5)


def test_bo_may_look_and_is_out_when_taken_from_the_case(setting: Setting) -> None:
    people = setting.people
    token = token_for(people.bo, people.case)
    path = setting.path + "tiles/0/0/0.png"
    assert setting.door.ask(path, token).status == 200
    # Any change of what bo may do ends the tickets that say the old.
    add_participant(people.case, people.bo, may=[Right.LOOK, Right.DOWNLOAD])
    setting.door.now += 4.9
    assert setting.door.ask(path, token).status == 401
