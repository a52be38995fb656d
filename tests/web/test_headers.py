"""H3, H4: what every answer carries, on every route, for somebody and for nobody."""

import pytest
from django.test import Client

from tests.people import People
from tests.web.routes import MATRIX, OPERATOR, Entry, address, routes

pytestmark = [pytest.mark.django_db, pytest.mark.stores]

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
NOWHERE = "01890000-0000-7000-8000-000000000000"
DOCS = "/api/docs/"


def paths(people: People) -> list[tuple[str, Entry]]:
    """Every route, with a case that is there and objects that are not; pages of operators too."""
    values = {"case_id": people.case.id, "instance_id": NOWHERE, "stack_id": NOWHERE, "frame": 1}
    found = [(address(route, **values), entry) for route, entry in MATRIX.items()]
    operator = [
        "/" + route
        for route in routes()
        if route.startswith(OPERATOR) and not set("<(?") & set(route)
    ]
    assert len(operator) > 5
    return [*found, *((path, Entry("staff")) for path in operator), ("/no/such/", Entry("nothing"))]


def browsers(people: People) -> list[Client]:
    people.kim.is_staff = people.kim.is_superuser = True
    people.kim.save()
    return [Client(), people.sign_in("amara"), people.sign_in("cy"), people.sign_in("kim")]


def test_H4_every_answer_is_private_and_can_be_neither_sniffed_nor_framed(people: People):
    for client in browsers(people):
        for path, entry in paths(people):
            response = client.generic(entry.method, path)
            if response.streaming:
                continue
            found = {name: response.get(name) for name in HEADERS}
            assert found == HEADERS, path
            assert "Cookie" in response["Vary"], path
            assert "camera=()" in response["Permissions-Policy"], path


def test_H3_no_answer_allows_inline_code_or_strangers_and_only_the_schemas_page_inline_style(
    people: People,
):
    for client in browsers(people):
        for path, entry in paths(people):
            policy = client.generic(entry.method, path)["Content-Security-Policy"]
            directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
            assert directives["default-src"] == "'none'", path
            assert directives["script-src"] == "'self'", path
            assert directives["frame-ancestors"] == "'none'", path
            assert directives["base-uri"] == "'none'", path
            assert directives["form-action"] == "'self'", path
            assert "unsafe-eval" not in policy, path
            assert ("'unsafe-inline'" in directives["style-src"]) == (path == DOCS), path


def test_H2_no_template_holds_inline_code_or_style():
    import re
    from pathlib import Path

    templates = Path(__file__).resolve().parents[2] / "templates"
    for template in templates.rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:|\|safe\b", text), template
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script or "application/json" in script, template


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_an_error_page_says_what_is_safe_and_what_to_do(status: int):
    from django.template.loader import render_to_string

    page = render_to_string(f"{status}.html", {"status": status})
    assert "What is safe:" in page
    assert "What to do:" in page


def test_a_hidden_page_and_a_missing_page_look_the_same(people: People):
    client = people.sign_in("cy")
    hidden = client.get(f"/cases/{people.case.id}/").content
    absent = client.get(f"/cases/{NOWHERE}/").content
    # The token in the sign-out form differs in every answer.
    import re

    def bare(page: bytes) -> bytes:
        return re.sub(rb'value="\w{64}"', b"", page)

    assert bare(hidden) == bare(absent)


def test_health_answers_without_a_session_and_says_nothing_of_the_inside(people: People):
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/readyz").json()["parts"] == {
        "database": "ok",
        "cache": "ok",
        "folder": "ok",
    }


def test_readiness_fails_without_words_of_the_reason(people: People, monkeypatch):
    from telerad import health

    def fails() -> None:
        raise OSError("/secret/path is full")

    monkeypatch.setitem(health.CHECKS, "folder", fails)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "status": "failed",
        "parts": {"database": "ok", "cache": "ok", "folder": "failed"},
    }
