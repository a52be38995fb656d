"""A1: every route x every role x a foreign object. A route without an entry fails here."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from consults.access import ALL_RIGHTS, Right
from consults.models import AuditEvent, User
from tests.dicom_factory import file_bytes
from tests.people import People
from tests.web.door_client import (  # noqa: F401, fixtures
    DoorClient,
    blob_url,
    door,
    send_files,
    stack_of,
    token_for,
)
from tests.web.routes import MATRIX, OPERATOR, Entry, address, routes
from tests.web.test_door import ct
from viewer.door import ROUTES as DOOR_ROUTES
from viewer.models import Instance, Stack

pytestmark = [pytest.mark.django_db, pytest.mark.stores]

WORKING = {Right.LOOK, Right.COMMENT, Right.DOWNLOAD, Right.UPLOAD}
# What each person may do in Amara's case; nobody else sees it.
RIGHTS: dict[str, set[Right]] = {
    "amara": set(ALL_RIGHTS),
    "bo": {Right.LOOK},
    "cy": set(),
    "dee": WORKING,
    "kim": set(ALL_RIGHTS),
    "lou": set(),
}
CASE_ROUTES = [route for route in MATRIX if "case_id" in route]
NESTED_ROUTES = [route for route in CASE_ROUTES if "instance_id" in route or "stack_id" in route]


@dataclass(frozen=True)
class World:
    """Two cases that know nothing of each other, each with one slice."""

    people: People
    instance: Instance
    stack: Stack
    foreign_instance: Instance
    foreign_stack: Stack

    def path(self, route: str, **other: object) -> str:
        """The address of a route in Amara's case, with some places filled otherwise."""
        own = {
            "case_id": self.people.case.id,
            "instance_id": self.instance.id,
            "stack_id": self.stack.id,
            "frame": 1,
        }
        return address(route, **(own | other))


@pytest.fixture
def world(people: People, blob_url: str) -> World:  # noqa: F811, the fixture
    own = send_files(people.case, people.amara, [file_bytes(ct())])[0]
    foreign = send_files(people.case_of_cy, people.cy, [file_bytes(ct(2))])[0]
    return World(people, own, stack_of(own), foreign, stack_of(foreign))


def ask(client: Client, path: str, entry: Entry) -> Any:
    if entry.body == {"": "bytes"}:
        return client.post(path, b"", content_type="application/octet-stream")
    if entry.method == "POST":
        return client.post(path, entry.body, content_type="application/json")
    return client.get(path + entry.query)


def test_A1_every_route_has_an_entry_and_every_entry_a_route():
    found = [route for route in routes() if not route.startswith(OPERATOR)]
    assert set(found) == set(MATRIX)
    assert len(found) == len(set(found))


def statuses(client: Client, world: World, wanted: list[str], **other: object) -> dict[str, int]:
    """What each of some routes answers."""
    return {
        route: ask(client, world.path(route, **other), MATRIX[route]).status_code
        for route in wanted
    }


def test_A1_what_needs_nothing_answers_anybody(world: World):
    public = [route for route, entry in MATRIX.items() if entry.need == "nothing"]
    assert statuses(Client(), world, public) == {route: MATRIX[route].ok for route in public}


def test_A3_without_a_session_a_page_leads_to_the_sign_in_and_the_api_says_401(world: World):
    closed = [route for route, entry in MATRIX.items() if entry.need != "nothing"]
    for route in closed:
        response = ask(Client(), world.path(route), MATRIX[route])
        if route.startswith("api/") and route != "api/docs/":
            assert response.status_code == 401, route
            assert response.json()["code"] == "sign-in"
        else:
            assert response.status_code == 302, route
            assert response["Location"].startswith("/sign-in/?next=/")


@pytest.mark.parametrize("name", RIGHTS)
def test_A1_what_needs_a_session_answers_everybody_who_has_one(world: World, name: str):
    wanted = [route for route, entry in MATRIX.items() if entry.need == "sign-in"]
    assert statuses(world.people.sign_in(name), world, wanted) == dict.fromkeys(wanted, 200)


@pytest.mark.parametrize("name", RIGHTS)
def test_A1_invisible_is_404_and_visible_without_the_right_is_403(world: World, name: str):
    expected = {
        route: 404
        if not RIGHTS[name]
        else MATRIX[route].ok
        if MATRIX[route].need in RIGHTS[name]
        else 403
        for route in CASE_ROUTES
    }
    assert statuses(world.people.sign_in(name), world, CASE_ROUTES) == expected


def test_A2_a_foreign_case_with_ones_own_objects_is_404(world: World):
    client = world.people.sign_in("amara")
    found = statuses(client, world, CASE_ROUTES, case_id=world.people.case_of_cy.id)
    assert found == dict.fromkeys(CASE_ROUTES, 404)


def test_A2_ones_own_case_with_a_foreign_object_is_404(world: World):
    foreign = {"instance_id": world.foreign_instance.id, "stack_id": world.foreign_stack.id}
    found = statuses(world.people.sign_in("amara"), world, NESTED_ROUTES, **foreign)
    assert found == dict.fromkeys(NESTED_ROUTES, 404)


def test_A3_after_signing_out_every_address_of_the_case_is_closed(world: World):
    client = world.people.sign_in("amara")
    client.post("/sign-out/")
    assert set(statuses(client, world, CASE_ROUTES).values()) <= {302, 401}


def test_U1_a_refusal_is_one_audit_event_with_who_what_and_outcome(world: World):
    client = world.people.sign_in("cy")
    for route in CASE_ROUTES:
        before = AuditEvent.objects.count()
        ask(client, world.path(route), MATRIX[route])
        event = AuditEvent.objects.latest("sequence")
        assert AuditEvent.objects.count() == before + 1, route
        assert (event.action, event.outcome) == ("access.refused", "not-found")
        assert event.actor_id == str(world.people.cy.id)
        assert event.details["wanted_case_id"] == str(world.people.case.id)


def test_H1_a_post_from_another_site_is_403_and_changes_nothing(world: World):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people.amara)
    posts = [route for route, entry in MATRIX.items() if entry.method == "POST"]
    assert statuses(client, world, posts) == dict.fromkeys(posts, 403)
    assert "_auth_user_id" in client.session


def test_the_operators_pages_are_for_staff_alone(world: World):
    people = world.people
    for name in RIGHTS:
        response = people.sign_in(name).get("/operator/")
        assert (response.status_code, response["Location"].split("?")[0]) == (
            302,
            "/operator/login/",
        )
    User.objects.filter(id=people.kim.id).update(is_staff=True)
    assert people.sign_in("kim").get("/operator/").status_code == 200


# What the door answers to someone who may look, by the end of the address.
DOOR_OK = {
    "{row}.png": 200,
    "{row}.deep": 200,
    "thumbnail.png": 200,
    "stored.jpg": 422,
    "{group}.png": 404,
    "/frames": 200,
}


def door_path(world: World, template: str, **other: object) -> str:
    places = {
        "case": world.people.case.id,
        "instance": world.instance.id,
        "stack": world.stack.id,
        "frame": 1,
        "level": 0,
        "column": 0,
        "row": 0,
        "group": 24576,
    }
    path = template.format(**(places | other))
    revision = f"?range=1-1&kind=deep&revision={world.stack.revision}"
    return path + (revision if path.endswith("/frames") else "")


def test_A1_every_address_of_the_pixel_door_has_an_entry():
    for template in DOOR_ROUTES:
        assert [end for end in DOOR_OK if template.endswith(end)], template


@pytest.mark.django_db(transaction=True)
def test_A1_the_pixel_door_opens_for_the_tickets_case_alone(
    world: World,
    door: DoorClient,  # noqa: F811
):
    for template in DOOR_ROUTES:
        check_door(world, door, template)


def check_door(world: World, door: DoorClient, template: str) -> None:  # noqa: F811
    people = world.people
    own = token_for(people.bo, people.case)
    ok = next(status for end, status in DOOR_OK.items() if template.endswith(end))
    assert door.ask(door_path(world, template), own).status == ok
    assert door.ask(door_path(world, template)).status == 401
    foreign = token_for(people.cy, people.case_of_cy)
    assert door.ask(door_path(world, template), foreign).status in {401, 403, 404}
    other = door_path(world, template, case=people.case_of_cy.id)
    assert door.ask(other, own).status in {401, 403, 404}
    inside = door_path(
        world, template, instance=world.foreign_instance.id, stack=world.foreign_stack.id
    )
    assert door.ask(inside, own).status == 404
