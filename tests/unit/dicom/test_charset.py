"""Names and texts in any character set (correctness case 30; PS3.5 6.1.2, annexes H, I, J, K)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dicom_factory import dataset, element, file_bytes, part10, raw
from viewer.dicom.charset import CharacterSets, clean
from viewer.dicom.header import read_instance

SOP = element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.88.11\0") + element(
    0x00080018, "UI", b"1.2.3.4\0"
)


def even(value: bytes) -> bytes:
    """Return a value padded to even length."""
    return value + b" " * (len(value) % 2)


def patient(name: bytes, character_sets: bytes = b""):
    """Read a data set with a Patient's Name, written byte by byte; return it and the doubt."""
    sets = element(0x00080005, "CS", even(character_sets)) if character_sets else b""
    parsed = read_instance(part10(sets + SOP + element(0x00100010, "PN", even(name))))
    return parsed.patient.name, parsed.remarks.charset


# The examples of the standard, byte for byte.
EXAMPLES = {
    "Annex H.3.1": (
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        b"\\ISO 2022 IR 87",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    "Annex H.3.2": (
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J="
        b"\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
        b"ISO 2022 IR 13\\ISO 2022 IR 87",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    ),
    "Annex I.2": (
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7="
        b"\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        b"\\ISO 2022 IR 149",
        "Hong^Gildong=洪^吉洞=홍^길동",
    ),
    "Annex J.1": (
        "Wang^XiaoDong=王^小東=".encode(),
        b"ISO_IR 192",
        "Wang^XiaoDong=王^小東",
    ),
    "Annex J.3": (
        "Wang^XiaoDong=王^小东=".encode("gb18030"),
        b"GB18030",
        "Wang^XiaoDong=王^小东",
    ),
    "Annex K": (
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
        b"\\ISO 2022 IR 58",
        "Zhang^XiaoDong=张^小东",
    ),
    "Greek": (b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", b"ISO_IR 126", "Διονυσιος"),
    "Hebrew": (b"\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", b"ISO_IR 138", "שרון^דבורה"),
    "Arabic": (b"\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", b"ISO_IR 127", "قباني^لنزار"),
    "Russian": (b"\xbb\xee\xda", b"ISO_IR 144", "Люк"),
    "Thai": (b"\xca\xc1\xaa\xd2\xc2", b"ISO_IR 166", "สมชาย"),
    "French": (b"Buc^J\xe9r\xf4me", b"ISO_IR 100", "Buc^Jérôme"),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_case_30_names_of_the_standard_and_of_each_script(example: str) -> None:
    name, character_sets, expected = EXAMPLES[example]
    assert patient(name, character_sets) == (expected, None)


def test_case_30_bytes_of_a_kanji_that_look_like_delimiters_do_not_split_the_name() -> None:
    # JIS X 0208 0x3D55 is spring: its first byte is "=" in ASCII.
    name = b"Haru=\x1b$B\x3d\x55\x1b(B^\x1b$B\x3d\x55\x1b(B"
    assert patient(name, b"\\ISO 2022 IR 87") == ("Haru=春^春", None)


def test_case_30_a_gb18030_character_whose_second_byte_is_a_backslash_stays_whole() -> None:
    raw = "聥^誠".encode("gb18030")
    assert b"\\" in raw
    assert patient(raw, b"GB18030") == ("聥^誠", None)


def test_case_30_the_sets_go_back_to_the_first_at_a_caret() -> None:
    # Greek by escape, then ^: the rest is Latin-1 again (PS3.5 6.1.2.5.3).
    name = b"\x1b-F\xc4\xe9^\xe9"
    assert patient(name, b"ISO 2022 IR 100\\ISO 2022 IR 126") == ("Δι^é", None)


def test_case_30_undeclared_letters_are_shown_by_a_guess_that_is_told() -> None:
    name, doubt = patient("Müller".encode())
    assert name == "Müller"
    assert doubt is not None
    assert "UTF-8, which is a guess" in doubt
    name, doubt = patient(b"M\xfcller")
    assert name == "Müller"
    assert doubt is not None
    assert "Latin-1" in doubt


@pytest.mark.parametrize("term", [b"ISO-IR 100", b"iso_ir_100", b"ISO IR 100", b"LATIN1"])
def test_case_30_misspelt_terms_that_leave_no_doubt_are_understood(term: bytes) -> None:
    assert patient(b"J\xe9", term) == ("Jé", None)


def test_case_30_an_unknown_term_is_told() -> None:
    name, doubt = patient(b"Test", b"KLINGON")
    assert name == "Test"
    assert doubt == "The character set 'KLINGON' is unknown."


def test_case_30_bytes_that_a_set_does_not_define_become_a_replacement_and_are_told() -> None:
    name, doubt = patient(b"A\xff\xfe", b"ISO_IR 192")
    assert name == "A\ufffd\ufffd"
    assert doubt is not None


def test_the_first_of_several_names_is_taken() -> None:
    assert patient(b"One^A\\Two^B")[0] == "One^A"


def test_F12_direction_and_hidden_characters_are_taken_out_of_names() -> None:
    spoof = "Smith\u202eenaJ\u202c^\u200bJo\u2066hn\ufeff".encode()
    assert patient(spoof, b"ISO_IR 192")[0] == "SmithenaJ^John"


def test_F12_joiners_that_spelling_needs_stay() -> None:
    persian = "می\u200cخواهم"  # noqa: RUF001
    assert clean(persian) == persian


def test_F12_control_characters_become_a_space() -> None:
    assert clean("a\x00\x1b[31mb\r\nc\x85d") == "a [31mb c d"


def test_F12_escape_sequences_that_go_nowhere_do_no_harm() -> None:
    name, doubt = patient(b"\x1b$\x1b\x1b(\x1b$(Z\x1b" * 5 + b"End", b"\\ISO 2022 IR 87")
    assert name.endswith("End")
    assert doubt == "Text switches to a character set that is unknown."


def test_over_long_names_are_cut_to_what_is_stored() -> None:
    # 64 characters a group are allowed (PS3.5 6.2); three groups must fit into 400.
    name, _ = patient(b"=".join([b"x" * 500] * 3))
    assert name == "=".join(["x" * 130] * 3)


@given(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from(
            [
                "",
                "ISO 2022 IR 13",
                "ISO 2022 IR 87",
                "ISO 2022 IR 149",
                "ISO_IR 192",
                "GB18030",
                "?",
            ]
        ),
        max_size=3,
    ),
)
def test_F12_any_bytes_in_any_sets_give_text(value: bytes, terms: list[str]) -> None:
    text = clean(CharacterSets(terms).decode(value, b"\\^="))
    assert not any(ord(letter) < 32 or 0x202A <= ord(letter) <= 0x202E for letter in text)


def test_dates_and_times_are_iso_or_nothing() -> None:
    ds = raw(dataset(PatientBirthDate="19700131"), 0x00080020, "DA", b"2026.11.21")
    parsed = read_instance(file_bytes(raw(ds, 0x00080030, "TM", b"235960.5")))
    assert parsed.patient.birth_date == "1970-01-31"
    assert parsed.study.date == "2026-11-21"
    assert parsed.study.time == "23:59:59.500000"
    ds = raw(dataset(), 0x00080020, "DA", b"20261340")
    broken = read_instance(file_bytes(raw(ds, 0x00080030, "TM", b"9999")))
    assert (broken.study.date, broken.study.time) == ("", "")
