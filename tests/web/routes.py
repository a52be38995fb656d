"""Every route of the URL resolver, and what the access matrix says of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from django.urls import URLPattern, URLResolver, get_resolver

from consults.access import Right

Need = Literal["nothing", "sign-in", "staff"] | Right


@dataclass(frozen=True)
class Entry:
    """How a route is asked, what it needs, and how it answers someone who may."""

    need: Need
    ok: int = 200
    method: str = "GET"
    body: dict[str, Any] = field(default_factory=dict, hash=False)
    query: str = ""


OPERATOR = "operator/"
_CASE = "cases/<uuid:case_id>/"
_API = "api/v1/" + _CASE
_FRAME = _API + "instances/<uuid:instance_id>/frames/<int:frame>/"
_SQUARE = {"shape": "rectangle", "x0": 0, "y0": 0, "x1": 1, "y1": 1}

MATRIX: dict[str, Entry] = {
    "healthz": Entry("nothing"),
    "readyz": Entry("nothing"),
    "sign-in/": Entry("nothing"),
    "sign-out/": Entry("nothing", 302, "POST"),
    "": Entry("sign-in"),
    "cases/new/": Entry("sign-in"),
    "api/schema/": Entry("sign-in"),
    "api/docs/": Entry("sign-in"),
    "api/v1/cases/": Entry("sign-in"),
    _CASE: Entry(Right.LOOK),
    _CASE + "upload/": Entry(Right.UPLOAD),
    _CASE + "viewer/": Entry(Right.LOOK),
    _API: Entry(Right.LOOK),
    _API + "thumbnail/": Entry(Right.LOOK),
    _API + "stacks/<uuid:stack_id>/": Entry(Right.LOOK),
    _API + "ticket/": Entry(Right.LOOK, 200, "POST"),
    # An empty file is refused for what it is, after the door has let its sender in.
    _API + "files/": Entry(Right.UPLOAD, 201, "POST", {"": "bytes"}),
    _API + "files/known/": Entry(Right.UPLOAD, 200, "POST", {"sha256": ["0" * 64]}),
    _API + "instances/<uuid:instance_id>/file/": Entry(Right.DOWNLOAD),
    _FRAME + "probe/": Entry(Right.LOOK, query="?x=0&y=0"),
    _FRAME + "region/": Entry(Right.LOOK, 200, "POST", _SQUARE),
}


def routes() -> list[str]:
    """Every route of the resolver as one text."""
    return sorted(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route


def address(route: str, **values: object) -> str:
    """The path of a route with its places filled in."""
    for name, value in values.items():
        for kind in ("uuid", "int"):
            route = route.replace(f"<{kind}:{name}>", str(value))
    return "/" + route
