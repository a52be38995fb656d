"""The pixel door's addresses."""

import pytest

from telerad.errors import Invalid, NotFound, TooLarge
from viewer.door import ROUTES
from viewer.door_request import BatchRequest, PictureRequest, parse
from viewer.pixels.choice import Auto, FromFile, Manual, Preset
from viewer.pixels.types import Window

CASE = "01890000-0000-7000-8000-00000000000c"
ITEM = "01890000-0000-7000-8000-00000000000d"
FRAME = f"/pixels/v1/cases/{CASE}/instances/{ITEM}/frames/7/"
BATCH = f"/pixels/v1/cases/{CASE}/stacks/{ITEM}/frames"


def picture(rest: str, query: str = "") -> PictureRequest:
    """The parsed request for a picture of frame 7."""
    request = parse((FRAME + rest).encode(), query.encode())
    assert isinstance(request, PictureRequest)
    return request


def test_a_preview_tile() -> None:
    request = picture("tiles/2/3/4.png", "window=-600,1500,SIGMOID&invert=1")
    assert (request.case, request.instance, request.frame_number) == (CASE, ITEM, 7)
    assert (request.kind, request.level, request.column, request.row) == ("preview", 2, 3, 4)
    assert request.asked.choice == Manual(Window(-600.0, 1500.0, "SIGMOID"))
    assert request.asked.invert


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        ("tiles/0/0/0.deep", "deep"),
        ("thumbnail.png", "thumbnail"),
        ("stored.jpg", "stored"),
        ("overlays/24576.png", "overlay"),
    ],
)
def test_the_other_pictures(rest: str, kind: str) -> None:
    assert picture(rest).kind == kind
    assert picture("overlays/24576.png").group == 0x6000


@pytest.mark.parametrize(
    ("query", "choice"),
    [
        ("", FromFile()),
        ("voi-lut=2", Preset(2)),
        ("auto=1", Auto()),
        ("window=40,400", Manual(Window(40.0, 400.0))),
        ("window=40%2C400", Manual(Window(40.0, 400.0))),
        ("something=else", FromFile()),
    ],
)
def test_what_to_show(query: str, choice: object) -> None:
    assert picture("thumbnail.png", query).asked.choice == choice


def test_a_batch() -> None:
    request = parse(BATCH.encode(), b"range=12-27&kind=png&revision=abc&window=40,400")
    assert isinstance(request, BatchRequest)
    assert (request.case, request.stack, request.first, request.last) == (CASE, ITEM, 12, 27)
    assert (request.kind, request.revision) == ("png", "abc")
    assert request.asked.choice == Manual(Window(40.0, 400.0))


def test_every_route_that_is_listed_for_the_access_matrix_is_one() -> None:
    for route in ROUTES:
        names = {"case": CASE, "instance": ITEM, "stack": ITEM, "frame": 1, "group": 24576}
        path = route.format(**names, level=0, column=0, row=0)
        assert parse(path.encode(), b"range=1-2&revision=x").case == CASE


@pytest.mark.parametrize(
    "path",
    [
        "/pixels/",
        "/pixels/v1/cases/",
        "/pixels/v2" + FRAME[10:] + "thumbnail.png",
        FRAME,
        FRAME + "tiles/0/0/0",
        FRAME + "tiles/0/0/0.jpg",
        FRAME + "tiles/0/0/0.png/",
        FRAME + "tiles/0/0.png",
        FRAME + "thumbnail.jpg",
        FRAME + "../../thumbnail.png",
        FRAME.replace(CASE, "1") + "thumbnail.png",
        FRAME.replace(CASE, CASE.upper()) + "thumbnail.png",
        FRAME.replace(ITEM, "%2e%2e") + "thumbnail.png",
        FRAME.replace(ITEM, ITEM + "\n") + "thumbnail.png",
        BATCH + "/",
        BATCH.replace("stacks", "series"),
    ],
)
def test_F5_what_is_no_address_of_the_door_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        parse(path.encode(), b"range=1-2&revision=x")


def test_bytes_beyond_ascii_are_not_found() -> None:
    with pytest.raises(NotFound):
        parse(b"/pixels/v1/cases/\xff/a/b/c/d/e", b"")


@pytest.mark.parametrize(
    ("rest", "query"),
    [
        ("tiles/x/0/0.png", ""),
        ("tiles/-1/0/0.png", ""),
        ("tiles/0/\u0661/0.png", ""),
        ("tiles/0/0/0.png", "auto=1&auto=1"),
        ("tiles/0/0/0.png", "window=%ff,1"),
        ("tiles/0/0/0.png", "&".join(f"a{n}=%20" for n in range(30))),
        ("tiles/00000000000/0/0.png", ""),
        ("overlays/x.png", ""),
    ],
)
def test_numbers_and_queries_of_another_form_are_invalid(rest: str, query: str) -> None:
    path = (FRAME + rest).encode("ascii", "replace")
    with pytest.raises(Invalid):
        parse(path, query.encode())


def test_frames_count_from_1() -> None:
    with pytest.raises(Invalid, match="it counts from 1"):
        parse(FRAME.replace("/7/", "/0/").encode() + b"thumbnail.png", b"")


@pytest.mark.parametrize(
    "window",
    [
        "nan,400",
        "40,nan",
        "inf,400",
        "40,inf",
        "-inf,1",
        "1e999,400",
        "40,1e999",
        "40,0",
        "40,-5",
        "40",
        "40,400,LINEAR,x",
        "40,400,CUBIC",
        ",",
        "40,400;drop",
        "0x10,400",
    ],
)
def test_F13_a_window_that_is_no_window_is_invalid(window: str) -> None:
    with pytest.raises(Invalid):
        picture("tiles/0/0/0.png", f"window={window}")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "range=5&revision=x",
        "range=0-5&revision=x",
        "range=5-4&revision=x",
        "range=-5&revision=x",
        "range=1-2-3&revision=x",
        "range=1-2",
        "range=1-2&revision=x&kind=jpeg",
    ],
)
def test_D3_a_range_of_another_form_is_invalid(query: str) -> None:
    with pytest.raises(Invalid):
        parse(BATCH.encode(), query.encode())


@pytest.mark.parametrize("span", ["1-65", "1-1000000000", "9999999900-9999999999"])
def test_D3_a_range_of_more_than_64_frames_is_too_large(span: str) -> None:
    with pytest.raises(TooLarge):
        parse(BATCH.encode(), f"range={span}&revision=x".encode())


def test_H9_an_oversized_address_is_refused_unread() -> None:
    with pytest.raises(TooLarge):
        parse(b"/pixels/v1/" + b"a" * 500, b"")
    with pytest.raises(TooLarge):
        parse((FRAME + "thumbnail.png").encode(), b"a=" + b"1" * 500)
