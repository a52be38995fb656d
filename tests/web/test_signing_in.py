"""L1, L3, S8: signing in and out."""

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.test import Client

from consults.access import Principal
from consults.actions import issue_ticket
from consults.models import AuditEvent, User
from telerad.revocation import epochs_hold
from tests.people import PASSWORD, People

pytestmark = [pytest.mark.django_db, pytest.mark.stores]


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str):
    return client.post("/sign-in/", {"username": email, "password": password, **more})


def text_of(response) -> str:
    import re

    return re.sub(r'value="[^"]*"', "", response.content.decode())


def test_the_right_pair_leads_to_the_cases(people: People):
    response = sign_in(Client(), "amara@example.org")
    assert (response.status_code, response["Location"]) == (302, "/")


def test_the_address_of_mail_may_be_typed_in_capitals(people: People):
    assert sign_in(Client(), " Amara@Example.ORG ").status_code == 302


def test_L1_an_unknown_and_a_known_account_get_the_same_answer(people: People):
    known = sign_in(Client(), "amara@example.org", "wrong")
    unknown = sign_in(Client(), "nobody@example.org", "wrong")
    people.bo.is_active = False
    people.bo.save()
    inactive = sign_in(Client(), "bo@example.org")
    assert known.status_code == unknown.status_code == inactive.status_code == 400
    assert text_of(known) == text_of(unknown) == text_of(inactive)


def test_L1_an_unknown_account_costs_one_password_hash_as_well(people: People, monkeypatch):
    hashed: list[str] = []
    monkeypatch.setattr(User, "set_password", lambda self, raw: hashed.append(raw))
    sign_in(Client(), "nobody@example.org", "wrong")
    assert hashed == ["wrong"]


@pytest.mark.parametrize("email", ["amara@example.org", "nobody@example.org"])
def test_L1_an_account_is_closed_for_a_while_after_ten_failures(people: People, settings, email):
    assert settings.SIGN_IN_TRIES_PER_ACCOUNT == 10
    for _ in range(10):
        assert sign_in(Client(), email, "wrong").status_code == 400
    response = sign_in(Client(), email, PASSWORD)
    assert response.status_code == 429
    assert "Wait 15 minutes" in response.content.decode()
    assert sign_in(Client(), "bo@example.org").status_code == 302


def test_L1_an_address_is_closed_whatever_accounts_it_tries(people: People, settings):
    settings.SIGN_IN_TRIES_PER_ADDRESS = 3
    for number in range(3):
        sign_in(Client(), f"guess{number}@example.org", "wrong")
    assert sign_in(Client(), "amara@example.org").status_code == 429
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert sign_in(elsewhere, "amara@example.org").status_code == 302


def test_H6_a_forged_forwarding_header_does_not_change_the_address(people: People, settings):
    settings.SIGN_IN_TRIES_PER_ADDRESS = 2
    for number in range(2):
        client = Client(headers={"X-Forwarded-For": f"198.51.100.{number}"})
        sign_in(client, f"guess{number}@example.org", "wrong")
    client = Client(headers={"X-Forwarded-For": "198.51.100.77"})
    assert sign_in(client, "amara@example.org").status_code == 429


def test_signing_in_rightly_does_not_use_up_the_tries(people: People, settings):
    settings.SIGN_IN_TRIES_PER_ACCOUNT = 2
    for _ in range(5):
        assert sign_in(Client(), "amara@example.org").status_code == 302


def test_L1_a_password_of_a_megabyte_is_refused_unhashed(people: People, monkeypatch):
    monkeypatch.setattr(User, "check_password", lambda self, raw: pytest.fail("it was hashed"))
    assert sign_in(Client(), "amara@example.org", "x" * 1_000_000).status_code == 400


def test_L3_the_session_key_changes_with_the_sign_in(people: People):
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session["before"] = True
    session.save()
    client.cookies["telerad-session"] = session.session_key
    sign_in(client, "amara@example.org")
    assert client.session.session_key != session.session_key


def test_L3_signing_out_ends_the_session_and_every_ticket(people: People):
    client = Client()
    sign_in(client, "amara@example.org")
    _, ticket = issue_ticket(Principal.of(people.amara), people.case.id)
    copied = Client()
    copied.cookies = client.cookies.copy()
    assert epochs_hold(ticket.epochs)
    assert client.post("/sign-out/").status_code == 302
    assert not epochs_hold(ticket.epochs)
    assert copied.get("/").status_code == 302


def test_H1_signing_out_by_a_link_does_nothing(people: People):
    client = people.sign_in("amara")
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)",
     "https:evil.example", "///evil.example", "http://testserver@evil.example/"],
)  # fmt: skip
def test_S8_next_never_leads_to_another_host(people: People, target: str):
    assert sign_in(Client(), "amara@example.org", next=target)["Location"] == "/"


def test_next_leads_back_to_the_case(people: People):
    path = f"/cases/{people.case.id}/"
    assert Client().get(path)["Location"] == f"/sign-in/?next={path}"
    assert sign_in(Client(), "amara@example.org", next=path)["Location"] == path


def test_U1_sign_ins_failures_and_sign_outs_are_audited_without_what_was_typed(people: People):
    client = Client()
    sign_in(client, "amara@example.org", "hunter2-wrong")
    sign_in(client, "typed-my-password-here", "x")
    sign_in(client, "amara@example.org")
    client.post("/sign-out/")
    events = list(AuditEvent.objects.order_by("sequence").filter(action__startswith="sign-"))
    assert [(event.action, event.outcome) for event in events] == [
        ("sign-in", "failure"),
        ("sign-in", "failure"),
        ("sign-in", "success"),
        ("sign-out", "success"),
    ]
    assert [event.object_id for event in events] == [
        str(people.amara.id), "", str(people.amara.id), str(people.amara.id)
    ]  # fmt: skip
    said = " ".join(f"{event.details} {event.object_id} {event.address}" for event in events)
    assert "hunter2" not in said
    assert "typed-my" not in said


def test_L1_the_operators_door_is_the_same_counted_one(people: People):
    response = Client().get("/operator/login/?next=/operator/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/operator/")


def test_passwords_are_kept_as_argon2(settings):
    from telerad import settings as shipped

    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    assert identify_hasher(make_password("x")).algorithm == "argon2"
