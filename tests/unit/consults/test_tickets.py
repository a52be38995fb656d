"""Tickets: what was signed comes back, and nothing else does."""

import base64
import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consults.tickets import TICKET_SECONDS, Ticket, sign, verify
from telerad.errors import Forbidden

KEY = b"k" * 32
NOW = 1_800_000_000.0
USER = UUID("01890000-0000-7000-8000-000000000001")
CASE = UUID("01890000-0000-7000-8000-000000000002")


def ticket(expires_at: float = NOW + 60) -> Ticket:
    return Ticket(
        principal_kind="user",
        principal_id=USER,
        case_id=CASE,
        rights=frozenset({"look", "download"}),
        epochs=((f"user:{USER}", "abc"), (f"case:{CASE}", "def")),
        expires_at=expires_at,
    )


def test_a_signed_ticket_comes_back_as_it_was():
    assert verify(sign(ticket(), KEY), KEY, NOW) == ticket()


def test_a_ticket_lives_sixty_seconds():
    assert TICKET_SECONDS == 60


def test_the_form_is_base64url_json_dot_base64url_hmac_without_padding():
    body, signature = sign(ticket(), KEY).split(".")
    assert json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["c"] == str(CASE)
    # SHA-256 is 32 bytes; base64 of 32 bytes is 43 characters and one of padding.
    assert len(signature) == 43
    assert "=" not in body


@pytest.mark.parametrize(
    ("now", "opens"), [(NOW + 59.9, True), (NOW + 60, False), (NOW + 61, False)]
)
def test_a_ticket_ends_at_its_time_and_not_after(now, opens):
    token = sign(ticket(), KEY)
    if opens:
        assert verify(token, KEY, now).case_id == CASE
    else:
        with pytest.raises(Forbidden, match="expired"):
            verify(token, KEY, now)


@pytest.mark.parametrize("moment", [float("nan"), float("inf"), -float("inf")])
def test_a_clock_that_shows_no_time_opens_nothing_for_ever(moment):
    token = sign(ticket(expires_at=float("nan")), KEY)
    with pytest.raises(Forbidden):
        verify(token, KEY, moment)


def test_another_key_opens_nothing():
    with pytest.raises(Forbidden, match="not one of ours"):
        verify(sign(ticket(), KEY), b"x" * 32, NOW)


@given(data=st.data())
def test_S1_one_changed_character_anywhere_is_refused(data):
    token = sign(ticket(), KEY)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda char: char != token[place]))
    with pytest.raises(Forbidden):
        verify(token[:place] + other + token[place + 1 :], KEY, NOW)


@given(st.text(max_size=300))
def test_S1_any_text_is_refused_in_the_same_words(text):
    with pytest.raises(Forbidden, match="not one of ours"):
        verify(text, KEY, NOW)


@given(cut=st.integers(0, 200))
def test_S1_a_cut_or_lengthened_token_is_refused(cut):
    token = sign(ticket(), KEY)
    for changed in (token[:cut], token + "A", "A" + token, token + "." + token):
        with pytest.raises(Forbidden):
            verify(changed, KEY, NOW)


def test_the_unsigned_algorithm_trick_has_nothing_to_hold_on_to():
    body = sign(ticket(), KEY).split(".")[0]
    for forged in (body, body + ".", "." + body, body + ".none"):
        with pytest.raises(Forbidden, match="not one of ours"):
            verify(forged, KEY, NOW)


def test_what_our_key_signed_in_another_form_is_refused_and_not_a_fault():
    import hashlib
    import hmac

    for content in (b"[]", b"{}", b"null", b"\xff", b'{"k":1,"i":2,"c":3,"r":4,"e":5,"x":6}'):
        body = base64.urlsafe_b64encode(content).rstrip(b"=")
        mac = base64.urlsafe_b64encode(hmac.digest(KEY, body, hashlib.sha256)).rstrip(b"=")
        with pytest.raises(Forbidden, match="old form"):
            verify((body + b"." + mac).decode(), KEY, NOW)


def test_H9_a_megabyte_is_refused_before_it_is_hashed():
    with pytest.raises(Forbidden, match="not one of ours"):
        verify("A" * 1_000_000, KEY, NOW)
