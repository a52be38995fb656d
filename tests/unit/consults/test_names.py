"""Person names: three groups (PS3.5 6.2.1.1), five components (PS3.5 6.2.1)."""

import pytest

from consults.names import fold, name_groups, readable


def test_the_three_groups_of_the_standards_example_are_kept_apart():
    # PS3.5 Annex H.3, example 1.
    assert name_groups("Yamada^Tarou=山田^太郎=やまだ^たろう") == {
        "alphabetic": "Yamada, Tarou",
        "ideographic": "山田, 太郎",
        "phonetic": "やまだ, たろう",
    }


def test_absent_groups_are_empty_and_a_fourth_is_left_out():
    assert name_groups("") == {"alphabetic": "", "ideographic": "", "phonetic": ""}
    assert name_groups("=山田") == {"alphabetic": "", "ideographic": "山田", "phonetic": ""}
    assert name_groups("a=b=c=d")["phonetic"] == "c"


def test_prefix_and_suffix_stand_where_people_say_them():
    # PS3.5 6.2.1.2: "Rev. John Robert Quincy Adams, B.A. M.Div." is
    # Adams^John Robert Quincy^^Rev.^B.A. M.Div.
    text = readable("Adams^John Robert Quincy^^Rev.^B.A. M.Div.")
    assert text == "Adams, Rev. John Robert Quincy, B.A. M.Div."


@pytest.mark.parametrize("control", ["\u202e", "\u2066", "\u202a"])
def test_F12_a_name_cannot_turn_the_text_around_it(control):
    assert control not in readable(f"Doe{control}^Jane")


def test_folding_drops_case_accents_and_separators():
    assert fold("MÜLLER^Änne=ÇELİK, Şule") == "muller anne celik sule"
    assert fold("Straße") == "strasse"
